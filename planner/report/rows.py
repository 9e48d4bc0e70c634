"""Rows of facts as tables, details and CSV that a spreadsheet takes as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Protocol

from rich.console import Group, RenderableType
from rich.table import Table

from planner.documents.clean import csv_safe, visible
from planner.report.cell import BAD, FAINT, STRONG, WARNING, cell, line, listed, title
from planner.report.figures import counted, percent
from planner.report.foundations import value_text


class Finding(Protocol):
    """Something to look at in a catalogue."""

    severity: str
    rule: str
    table: str
    id: str
    message: str


class Change(Protocol):
    """One difference between two catalogues."""

    table: str
    id: str
    what: str
    field: str
    before: Any
    after: Any
    percent: float | None
    hold_back: bool


def columns_of(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The names of all fields, in the order in which they first appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def csv_text(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Comma-separated values; text that a spreadsheet would compute is marked as text, numbers are as they are.

    Control characters are shown by their codes: the same text may end on a terminal.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_csv_cell(name) for name in columns])
    for row in rows:
        writer.writerow([_csv_cell(row.get(name)) for name in columns])
    return stream.getvalue()


def _csv_cell(value: Any) -> Any:
    safe = csv_safe(value_text(value) if isinstance(value, (list, tuple, dict)) else value)
    return visible(safe) if isinstance(safe, str) else safe


def rows_view(heading: str, rows: Sequence[dict[str, Any]], width: int) -> RenderableType:
    """One line a row where that fits, else the id with the other fields below it."""
    if not rows:
        return Group(title(heading), line("  no row matches"))
    columns = columns_of(rows)
    count = line((counted(len(rows), "row"), FAINT))
    if _natural_width(columns, rows) > width:
        return Group(title(heading), *(_entry(row) for row in rows), count)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for name in columns:
        numeric = any(isinstance(row.get(name), (int, float)) and not isinstance(row.get(name), bool) for row in rows)
        table.add_column(name.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell(_shown(row.get(name))) for name in columns))
    return Group(title(heading), table, count)


def _natural_width(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> int:
    """Columns of the terminal that a table needs when headings break at words and values do not."""
    longest = (
        max([len(word) for word in name.split("_")] + [len(_shown(row.get(name))) for row in rows]) for name in columns
    )
    return sum(longest) + 2 * (len(columns) - 1)


def _entry(row: dict[str, Any]) -> RenderableType:
    head, *rest = row.items()
    facts = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in rest if value is not None)
    return Group(line((_shown(head[1]), STRONG)), listed([line((facts, FAINT))]))


def details_view(rows: Sequence[dict[str, Any]]) -> RenderableType:
    """Every field of every row, one a line; fields without a value are said to be unknown."""
    blocks: list[RenderableType] = []
    for row in rows:
        lines = [line((f"{name}: ", FAINT), _shown(value) or "unknown") for name, value in row.items()]
        blocks.append(listed(lines, indent=0))
        blocks.append(line(""))
    return Group(*blocks[:-1])


def findings_view(edition: str, findings: Sequence[Finding], *, everything: bool) -> RenderableType:
    """Errors and warnings; notes are counted unless ``everything`` is asked for."""
    styles = {"error": BAD, "warning": WARNING, "note": FAINT}
    counts = {name: sum(one.severity == name for one in findings) for name in styles}
    shown = [one for one in findings if everything or one.severity != "note"]
    lines = [
        line((f"{one.severity} ", styles.get(one.severity, "")), (one.rule, STRONG), f" {one.table} {one.id}: {one.message}")
        for one in shown
    ]
    if counts["note"] and not everything:
        lines.append(line((f"and {counted(counts['note'], 'note')} (-v shows them)", FAINT)))
    words = ", ".join(counted(count, name) for name, count in counts.items())
    return Group(line((f"Catalogue {edition}: ", STRONG), words), *([listed(lines)] if lines else []))


def changes_view(before: str, after: str, changes: Sequence[Change], *, everything: bool) -> RenderableType:
    """Prices to look at first, then the rest; changes of mere provenance are counted."""
    real = [one for one in changes if one.what != "provenance"]
    minor = [one for one in changes if one.what == "provenance"]
    held = [one for one in real if one.hold_back]
    sections: list[RenderableType] = [line((f"{before} → {after}: ", STRONG), f"{counted(len(real), 'change')}, {len(minor)} more of provenance only")]
    if held:
        sections += [line(("Look at these before using the edition", WARNING)), listed(_change(one) for one in held)]
    rest = [one for one in real if not one.hold_back] + (minor if everything else [])
    sections += [listed(_change(one) for one in rest)] if rest else []
    return Group(*sections)


def _change(one: Change) -> Any:
    if one.what in ("added", "removed"):
        return line((f"{one.what} ", STRONG), f"{one.table} {one.id}")
    moved = f" ({'+' if one.percent > 0 else ''}{percent(one.percent / 100.0)})" if one.percent is not None else ""
    return line(f"{one.table} {one.id} {one.field}: {_shown(one.before) or 'unknown'} → {_shown(one.after) or 'unknown'}{moved}")


def _shown(value: Any) -> str:
    """Empty for what is unknown; numbers as they stand in the catalogue."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.10g}"
    return value_text(value)
