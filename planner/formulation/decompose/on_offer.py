"""Which patterns a program that makes a plan may choose from."""

from __future__ import annotations

from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.pricing import Pricing

#: Patterns per block; where blocks are few more of each, so many in all, at most so many per block.
OFFERED, OFFERED_IN_ALL, MOST_OFFERED = 8, 24_000, 100
#: With fewer seconds left no more than the least of each: a plan in time comes before a better one.
HURRY_S = 12.0
#: Of services that may have few configurations over all periods.
OFFERED_LIMITED = 60


def usually_offered(state: Pricing, run) -> int:
    """Patterns per block to choose from."""
    if run.left() is not None and run.left() < HURRY_S:
        return OFFERED
    return max(OFFERED, min(MOST_OFFERED, OFFERED_IN_ALL // max(1, len(state.oracle.split.columns))))


def on_offer(state: Pricing, offered: int) -> list[Pattern]:
    """The cheapest patterns of each block at the best prices, and those that the master uses.

    Where a service may have few configurations over all periods, single periods need others to fall back on.
    """
    services = state.oracle.built.sets.services
    most = [OFFERED_LIMITED if service.max_configurations is not None else offered for service in services]
    found = [p for block, patterns in state.reduced().items() for _, p in patterns[: most[block // state.oracle.periods]]]
    known = {p.key for p in found}
    return found + [p for p in state.used if p.key not in known]
