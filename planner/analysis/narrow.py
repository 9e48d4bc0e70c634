"""A program without the pools of which one instance alone costs more than a plan may: exact where the plan then costs less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from planner.solve import Judged
from planner.units import HOURS_PER_MONTH


def affordable(stated: Judged, usd_per_month: float) -> Judged | None:
    """``stated`` with the pools in which one instance costs no more than ``usd_per_month``; None where that cannot be said.

    Any plan that uses another pool costs more than that, so a plan proven the cheapest without them that costs no more is
    the cheapest of all. An instance is paid in every hour only where there is one period; and nothing may cover or discount it.
    """
    problem = stated.problem
    covered = problem.commitments.offers or problem.commitments.held or problem.jobs or getattr(problem, "existing", None)
    if len(stated.times.periods) != 1 or covered:
        return None
    dear = {pool.id for pool in stated.pools if pool.owned is None and pool.committed_usd_per_hour is None and _least(pool) > usd_per_month}
    if not dear:
        return None
    choices = tuple(
        replace(
            choice,
            candidates=tuple(
                replace(candidate, pools=pools) for candidate in choice.candidates if (pools := tuple(p for p in candidate.pools if p not in dear))
            ),
        )
        for choice in stated.choices
    )
    return replace(stated, choices=choices)


def _least(pool: Any) -> float:
    """What one running instance costs at the least, however it is paid [USD/month]."""
    spot = [price * pool.spot_availability for price in _some(pool.spot)]
    prices = [*_some(pool.on_demand), *spot, *(price for _, price in pool.reserved)]
    return HOURS_PER_MONTH * min(prices, default=0.0)


def _some(prices: Iterable[float] | None) -> tuple[float, ...]:
    return () if prices is None else tuple(prices)
