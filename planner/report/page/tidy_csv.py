"""Writes a report's tables as one CSV: a row a figure, with where in the plan it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.report.page.content import Cell, Figure, Name, Report, Table
from planner.report.rows import csv_text

COLUMNS = ("section", "table", "row", "column", "value", "origin")


def tidy_csv_text(report: Report) -> str:
    """Every cell but the one that names its row; figures unrounded, empty where the plan says nothing."""
    return csv_text(COLUMNS, list(_rows(report)))


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    for section in report.sections:
        for table in section.parts:
            if not isinstance(table, Table):
                continue
            numeric = set(table.numeric) - {0}  # a month names its row too
            named = [at for at in range(len(table.headings)) if at not in numeric]
            for row in table.rows:
                head = " / ".join(text for at in named[:3] if (text := _text(row[at])))
                for at, cell in enumerate(row):
                    if at == 0 or cell is None:
                        continue
                    found = {"section": section.title, "table": table.caption, "row": head, "column": table.headings[at]}
                    figure = isinstance(cell, Figure)
                    yield {**found, "value": cell.value if figure else _text(cell), "origin": cell.origin if figure else None}


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell.text if isinstance(cell, (Name, Figure)) else cell
