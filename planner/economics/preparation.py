"""One-off cost of making a variant: its accelerator-hours at what an accelerator-hour usually costs."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from planner.economics.pools import Pool


def preparation_usd(accelerator_hours: float | None, pools: Iterable[Pool]) -> float | None:
    """USD for the work, at the median on-demand price of an accelerator-hour over ``pools``; None: unknown.

    Nothing to do costs nothing, whatever the prices. The catalogue states hours without naming an accelerator; the
    median is that of the pools of the problem in their first period.
    """
    if accelerator_hours is None:
        return None
    if accelerator_hours == 0.0:
        return 0.0
    prices = [pool.on_demand[0] / pool.accelerators for pool in pools if pool.on_demand is not None]
    return accelerator_hours * median(prices) if prices else None
