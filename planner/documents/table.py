"""Reads one CSV table strictly: every cell as the text it is, every fault of its form at its line."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from planner.documents.clean import shortened, visible
from planner.documents.decode import decode
from planner.documents.limits import MAX_FAULTS, MAX_FILE_BYTES, MAX_NODES, MAX_TEXT_CHARS
from planner.documents.near import did_you_mean
from planner.documents.read import bytes_of
from planner.errors import Fault, InvalidInput

#: The name that stands for standard input.
STANDARD_INPUT = "-"


@dataclass(frozen=True)
class CsvTable:
    """A table as it was written: ``columns`` in their order, one tuple of cells a row, ``lines`` where rows begin."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        """Cells of a column, without surrounding blanks; empty texts where the table has no such column."""
        if name not in self.columns:
            return [""] * len(self.rows)
        at = self.columns.index(name)
        return [row[at].strip() for row in self.rows]


def read_csv(path: str, required: Sequence[str] = (), most_cells: int = MAX_NODES) -> CsvTable:
    """The table in a file, or from standard input for ``-``; its first line names the columns.

    most_cells  for tables that other programs write, which have more columns and rows than anybody types

    Raises ``InvalidInput`` for what is no UTF-8 or no CSV, for columns that are missing or named twice, and for rows
    with more or fewer cells than there are columns. Lines without any cell are skipped.
    """
    raw = sys.stdin.buffer.read(MAX_FILE_BYTES + 1) if path == STANDARD_INPUT else bytes_of(path, "a CSV file")
    return parse_csv(raw, "standard input" if path == STANDARD_INPUT else path, required, most_cells)


def parse_csv(raw: bytes, file: str, required: Sequence[str] = (), most_cells: int = MAX_NODES) -> CsvTable:
    """The table in ``raw``; ``file`` names it in messages."""
    shown = visible(file)
    if len(raw) > MAX_FILE_BYTES:
        raise InvalidInput(shown, [Fault("", "file_too_large", f"the table has more than {MAX_FILE_BYTES:,} bytes")])
    text = decode(raw, "a table whose first line names the columns")
    if isinstance(text, Fault):
        raise InvalidInput(shown, [text])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = tuple(name.strip() for name in next(reader, ()))
        faults = _header_faults(columns, required)
        rows, lines = ((), ()) if faults else _rows(reader, columns, faults, most_cells)
    except csv.Error as error:
        faults = [Fault("", "csv", f"this is no CSV: {error}", line=reader.line_num)]
    if faults:
        raise InvalidInput(shown, faults)
    return CsvTable(shown, columns, rows, lines)


def _header_faults(columns: tuple[str, ...], required: Sequence[str]) -> list[Fault]:
    twice = sorted({name for name in columns if columns.count(name) > 1})
    faults = [Fault(visible(name), "duplicate_column", f"two columns are named {shortened(name)!r}", 1) for name in twice]
    other = next((mark for mark in (";", "\t", "|") if len(columns) == 1 and mark in columns[0]), None)
    if other is not None:
        faults.append(Fault("", "delimiter", f"the columns are separated by {other!r}; this reads commas", 1))
        return faults
    for name in required:
        if name not in columns:
            near = did_you_mean(name, columns)
            faults.append(Fault(name, "missing_column", f"the column {name!r} is missing{near}", 1))
    return faults


def _rows(reader, columns: tuple[str, ...], faults: list[Fault], most_cells: int) -> tuple[tuple, tuple]:
    rows, lines = [], []
    line, cells = reader.line_num + 1, 0
    for row in reader:
        cells += len(row)
        if row and len(row) != len(columns):
            faults.append(Fault("", "columns", f"{len(row)} cells under {len(columns)} columns", line))
        elif cells > most_cells:
            faults.append(Fault("", "too_large", f"the table has more than {most_cells:,} cells; split it", line))
            break
        elif any(len(cell) > MAX_TEXT_CHARS for cell in row):
            faults.append(Fault("", "text_too_long", f"a cell has more than {MAX_TEXT_CHARS:,} characters", line))
        elif row:
            rows.append(tuple(row))
            lines.append(line)
        if len(faults) >= MAX_FAULTS:
            break
        line = reader.line_num + 1
    return tuple(rows), tuple(lines)
