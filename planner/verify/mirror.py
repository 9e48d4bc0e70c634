"""What is mirrored, stated a second time: a share of the source's rates in the months of the mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.economics.timeline import Timeline
    from planner.problem.mirror import Mirror

Rates = tuple[tuple[float, ...], ...]


def mirrored(mirror: Mirror, source: Rates, times: Timeline, horizon_months: int) -> Rates:
    """Rates by class and period [1/s], of the source's rates; none in a period with a month in which it is not mirrored."""
    upto = horizon_months if mirror.months is None else mirror.start_month + mirror.months
    there = [all(mirror.start_month <= month < upto for month in period.months) for period in times.periods]
    return tuple(tuple(mirror.share * rate if on else 0.0 for rate, on in zip(rates, there)) for rates in source)
