"""How far one number must give way: the smallest change with which a plan exists, between a value that is too little and one that is enough."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from planner.analysis.bench import QUICK, Bench, plan_of, without_total_cap
from planner.analysis.limits import Limit, Step, amount_moved
from planner.analysis.used_up import cents, is_read, used_up
from planner.errors import PlannerError
from planner.plan.cost import TOTAL
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change

#: A value is narrowed to this share of itself; whole numbers are found exactly.
NARROW = 0.005
#: Asked once more this much below the value found, relative; a cap that nothing reaches.
JUST, MUCH = 1e-5, 1e15
#: Doublings of a cap until it suffices; halvings of what lies between.
DOUBLINGS, HALVINGS = 12, 16
#: The total is the least cost itself: caps on it are found by one solve. Months by which the least cost is multiplied.
TOTALS: dict[str, Callable[[Any], float]] = {
    "limits.budget_usd_per_month": lambda problem: 1.0,
    "limits.horizon_usd": lambda problem: float(problem.horizon.months),
}

After = Callable[[Change], LoadedProblem]


@dataclass(frozen=True)
class Smallest:
    """The smallest step of a limit that suffices; with ``too_little`` it does not. None: a choice, or nothing closer was asked."""

    step: Step
    too_little: float | None


def smallest(bench: Bench, after: After, limit: Limit, enough: Step, too_little: float | None = None) -> Smallest:
    """``enough`` is a step of ``limit`` with which ``after`` has a plan; ``after`` gives the problem with the limit changed.

    ``too_little`` is a value without one; None: that of the step before.
    """
    if limit.side == "choice" or isinstance(limit.value, bool):
        return Smallest(enough, None)
    if limit.path in TOTALS:
        found = _total(bench, after, limit)
        if found is not None:
            return found
    return _Search(bench, after, limit).narrowed(enough, _before(limit, enough) if too_little is None else too_little)


def _total(bench: Bench, after: After, limit: Limit) -> Smallest | None:
    """A cap on the total need be what the cheapest plan without it costs; None where another cap on the same money is below that, or it is not known."""
    other, bare = without_total_cap(after(limit.steps[-1].change).problem)
    plan = plan_of(bench.solved(bare, **QUICK))
    if plan is None or plan.bound_usd_per_month is None or (other is not None and plan.cost[TOTAL] > other):
        return None
    months = TOTALS[limit.path](bare)
    # Money is stated to the cent, rounded up so that it suffices.
    value = cents(months * plan.cost[TOTAL])
    # A cent below what is proven nothing can cost.
    below = math.floor(100.0 * months * plan.bound_usd_per_month - 1e-6) / 100.0
    return Smallest(moved(limit, value), max(below, limit.value)) if value > limit.value else None


def _before(limit: Limit, step: Step) -> float:
    at = limit.steps.index(step)
    return limit.value if at == 0 else limit.steps[at - 1].change.value


def moved(limit: Limit, value: float) -> Step:
    """``limit`` at another value."""
    return Step(Change(limit.path, value), amount_moved(limit, value), False)


class _Search:
    def __init__(self, bench: Bench, after: After, limit: Limit) -> None:
        self.bench, self.after, self.limit = bench, after, limit
        self.rising = limit.side == "most"

    def narrowed(self, enough: Step, low: float) -> Smallest:
        found = self._number(low, enough) if enough.dropped else (low, self._used(enough.change.value, low))
        if found is None:
            return Smallest(enough, low)
        low, high = found
        for _ in range(HALVINGS):
            if abs(high - low) <= (1 if self.limit.whole else NARROW * max(abs(high), abs(low))):
                break
            middle = _whole(low, high) if self.limit.whole else float(f"{(low + high) / 2.0:.4g}")
            if middle in (low, high):
                break
            holds = self._holds(middle)
            if holds is None:
                break
            low, high = (low, self._used(middle, low)) if holds else (middle, high)
        return Smallest(moved(self.limit, high), self._closer(low, high))

    def _closer(self, low: float, high: float) -> float:
        """A value just below ``high`` that is too little as well, where one more question says so: what steps is often the least exactly."""
        below = high - JUST * abs(high)
        if self.limit.whole or not is_read(self.limit) or not low < below:
            return low
        return below if self._holds(below) is False else low

    def _number(self, low: float, dropped: Step) -> tuple[float, float] | None:
        """(too little, enough) where giving the limit up is enough; None: no number is known to be."""
        used = self._needs(dropped.change.value)
        if used is not None and used > low and self._holds(used):
            return low, used
        if not self.rising:
            return (low, 0) if self._holds(0 if self.limit.whole else 0.0) else None
        # Of nothing the scale is not known either: it is sought by tens.
        times = 2 if self.limit.value else 10
        high = times * low if low else 1
        for _ in range(DOUBLINGS):
            holds = self._holds(high)
            if holds is None:
                return None
            if holds:
                return low, self._used(high, low)
            low, high = high, times * high
        return None

    def _holds(self, value: float) -> bool | None:
        """None: not known, or the format does not allow the value."""
        try:
            return self.bench.has_plan(self.after(Change(self.limit.path, value)).problem)
        except PlannerError:
            return None

    def _used(self, value: float, low: float) -> float:
        """``value``, with which a plan exists, or the less that this plan needs of it; more than ``low``, which is too little."""
        used = self._needs(value)
        return value if used is None or used <= low else min(value, used)

    def _needs(self, value: Any) -> float | None:
        """What a plan that is known with the limit at ``value`` needs of it; None: not known, or not read from a plan."""
        plan = self.bench.known_plan(self.after(Change(self.limit.path, value)).problem) if is_read(self.limit) else None
        # A limit that is given up has no figure: it is asked for at a value that nothing reaches.
        return None if plan is None else used_up(plan, self.after(Change(self.limit.path, MUCH)), self.bench.catalog, self.limit)


def _whole(low: float, high: float) -> int:
    return (int(low) + int(high)) // 2
