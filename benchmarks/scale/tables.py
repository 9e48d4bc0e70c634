"""Prints runs and curves as plain tables, line by line as they come."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.scale.observe import Run

GAPS = (0.05, 0.01, 0.005, 0.001)
COLUMNS = (
    ("instance", 11), ("method", 9), ("columns", 10), ("rows", 10), ("build s", 8), ("1st plan s", 10),
    *((f"{gap:.1%} s", 8) for gap in GAPS), ("gap", 9), ("cost USD", 13), ("GiB", 6), ("all s", 7), ("ended", 0),
)  # fmt: skip


def heading(columns: Sequence[tuple[str, int]] = COLUMNS) -> str:
    """Names of the columns."""
    return row([name for name, _ in columns], columns)


def row(cells: Sequence[str], columns: Sequence[tuple[str, int]] = COLUMNS) -> str:
    """One line; the first two columns and the last are text and start at the left."""
    text = [
        cell.ljust(width) if place < 2 or width == 0 else cell.rjust(width)
        for place, (cell, (_, width)) in enumerate(zip(cells, columns, strict=True))
    ]
    return "  ".join(text).rstrip()


def cells(instance: str, run: Run) -> list[str]:
    """What is told of one run; a dash is never, or not known."""
    phases = run.figure("phases") or {}
    build = phases.get("candidates", math.nan) + phases.get("build", math.nan)
    gap = run.final_gap()
    return [
        instance,
        run.method,
        _count(run.figure("columns")),
        _count(run.figure("rows")),
        _seconds(None if math.isnan(build) else build),
        _seconds(run.first_incumbent_s()),
        *(_seconds(run.reached(each)) for each in GAPS),
        "-" if gap is None else f"{gap:.3%}",
        "-" if run.figure("incumbent") is None else f"{run.figure('incumbent'):,.0f}",
        f"{run.peak_gib:.2f}",
        f"{run.seconds:.1f}",
        run.figure("ended") or "-",
    ]


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
