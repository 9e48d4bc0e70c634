"""A summary of a table of predictions: how many rows, on what basis, and why some have none."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType

from planner.report.cell import FAINT, STRONG, line, listed
from planner.report.figures import counted

_REASONS_SHOWN = 8


def predictions_view(summary: dict[str, Any], output: str | None) -> RenderableType:
    """The counts of ``perf.rows.summary``; ``output`` is where the table went."""
    where = [] if output is None else [" written to ", (output, STRONG)]
    bases = ", ".join(f"{count:,} {basis}" for basis, count in summary["basis"].items())
    lines = [line((counted(summary["rows"], "row"), STRONG), *where, f": {bases}" if bases else "")]
    shown = summary["reasons"][:_REASONS_SHOWN]
    reasons = [line(f"{one['rows']:,} × ", one["reason"]) for one in shown]
    hidden = len(summary["reasons"]) - len(shown)
    if hidden:
        reasons.append(line((f"and {counted(hidden, 'more reason')}, in the table", FAINT)))
    return Group(*lines, *([listed(reasons)] if reasons else []))
