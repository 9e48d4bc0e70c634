"""The table that predictions are asked in and answered in: its columns as they are read and written."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from planner.errors import Fault, InvalidInput
from planner.perf.cases import COLUMNS
from planner.perf.cells import OPTIONAL
from planner.perf.spelling import number_in

#: Columns without which no row can be read; the others may be absent, and are then unknown in every row.
NEEDED = ("model", "gpu", "isl", "osl", "concurrency_or_max", "metric")
ANSWER = ("predicted", "low", "high", "basis", "reason")


def columns_of(table: Any) -> dict[str, list[str]]:
    """The columns that predictions depend on, of a ``documents.CsvTable``."""
    return {name: table.column(name) for name in (*COLUMNS, *OPTIONAL)}


def measured_of(table: Any) -> dict[str, list[str]]:
    """The same and ``value``; raises InvalidInput where a value is no positive number."""
    values = table.column("value")
    wrong = [
        Fault("value", "not_positive", f"{value!r} is no positive number", line)
        for value, line in zip(values, table.lines)
        if not (number_in(value) or 0.0) > 0.0
    ]
    if wrong:
        raise InvalidInput(table.file, wrong)
    return {**columns_of(table), "value": values}


def completed(
    columns: Sequence[str], rows: Sequence[Sequence[str]], found: Mapping[str, Sequence[Any]]
) -> tuple[list[str], list[list[str]]]:
    """The table with the columns of the answer; those that it had already are replaced."""
    kept = [at for at, name in enumerate(columns) if name not in ANSWER]
    answers = zip(*(found[name] for name in ANSWER))
    return (
        [*(columns[at] for at in kept), *ANSWER],
        [[*(row[at] for at in kept), *map(_cell, answer)] for row, answer in zip(rows, answers)],
    )


def table_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """As CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def summary(found: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """How many rows have an answer of which basis, and the reasons why others have none or rest on an assumption."""
    bases, reasons = Counter(found["basis"]), Counter(reason for reason in found["reason"] if reason)
    return {
        "rows": len(found["basis"]),
        "basis": dict(sorted(bases.items())),
        "reasons": [{"reason": text, "rows": count} for text, count in reasons.most_common()],
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
