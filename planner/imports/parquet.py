"""Reads a table of a Parquet file as the texts that a CSV of it would hold; pyarrow is asked for only when such a file comes."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Sequence
from typing import Any

from planner.documents.limits import MAX_LISTED_CELLS
from planner.documents.read import bytes_of
from planner.documents.table import CsvTable
from planner.errors import Fault, InvalidInput, UsageError

MAGIC = b"PAR1"


def is_parquet(file: str) -> bool:
    """By its first bytes: names tell nothing, and what is no file (standard input, a pipe) is text."""
    if not os.path.isfile(file):
        return False
    try:
        with open(file, "rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False  # whoever reads it next says why it cannot be read


def read_parquet(file: str, required: Sequence[str], wanted: Sequence[str]) -> CsvTable:
    """The wanted columns that there are; what is missing in a row is an empty text, and rows count from 1 like lines below a heading.

    Raises InvalidInput for what is no Parquet, lacks a required column or is too large, UsageError where pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        hint = "pip install pyarrow, or the extra [parquet]; or write the bill as CSV"
        raise UsageError("this is a Parquet file, which pyarrow reads, and that is not installed", where=file, hint=hint) from None
    try:
        source = parquet.ParquetFile(pyarrow.BufferReader(bytes_of(file, "a bill")))
        names = [name for name in source.schema_arrow.names if name in wanted]
        missing = [name for name in required if name not in names]
        if missing:
            raise InvalidInput(file, [Fault(name, "missing_column", f"the column {name!r} is missing", 1) for name in missing])
        if source.metadata.num_rows * len(names) > MAX_LISTED_CELLS:
            raise InvalidInput(file, [Fault("", "too_large", f"the table has more than {MAX_LISTED_CELLS:,} cells; split it by month")])
        columns = [source.read(columns=[name]).column(0).to_pylist() for name in names]
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidInput(file, [Fault("", "parquet", f"this is no Parquet that can be read: {str(error).splitlines()[0][:200]}")]) from error
    rows = tuple(tuple(map(_text, row)) for row in zip(*columns))
    return CsvTable(file, tuple(names), rows, tuple(range(2, len(rows) + 2)))


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str)
    return str(value)
