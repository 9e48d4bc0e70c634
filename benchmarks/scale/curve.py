"""How the cost of building and of one round of pricing grows with services and periods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.scale.observe import Run, observed
from benchmarks.scale.tables import heading, row

#: Services over a day, and the same number of blocks the other way round.
CURVE = ((5, 24), (10, 24), (25, 24), (50, 24), (100, 24), (200, 24), (200, 1), (50, 168))
LIMIT_S = 300.0
#: A gap that is not reached, so that pricing is.
GAP = 1e-9
COLUMNS = (
    ("instance", 11), ("", 0), ("blocks", 8), ("columns", 10), ("candidates s", 12), ("build s", 8), ("a round s", 9),
    ("ms a block", 10), ("GiB", 6), ("ended", 0),
)  # fmt: skip


def curve(sizes: Sequence[tuple[int, int]], fleet: Callable[[int, int], Path], threads: int, say: Callable[[str], None]) -> None:
    """Says a line for each size; the time per service and period stays level where the cost grows linearly."""
    say(heading(COLUMNS))
    for services, periods in sizes:
        run = observed(fleet(services, periods), "pricing", gap=GAP, seconds=LIMIT_S, threads=threads)
        say(row(_cells(services, periods, run), COLUMNS))


def _cells(services: int, periods: int, run: Run) -> list[str]:
    blocks = services * periods
    phases = run.figure("phases") or {}
    pricing = [note["seconds"] for note in run.notes if note.get("phase") == "pricing"]
    each = (pricing[-1] - pricing[0]) / (len(pricing) - 1) if len(pricing) > 1 else None
    known = [phases.get("candidates"), phases.get("build"), each]
    columns = run.figure("columns")
    return [
        f"{services} x {periods}",
        "",
        f"{blocks:,}",
        "-" if columns is None else f"{columns:,}",
        *("-" if value is None else f"{value:.2f}" for value in known),
        "-" if None in known else f"{1000 * sum(known) / blocks:.2f}",
        f"{run.peak_gib:.2f}",
        run.figure("ended") or "-",
    ]
