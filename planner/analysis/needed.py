"""What one limit of a conflict would have to be for the others of it to hold: a budget's exactly, other caps' between two values."""

from __future__ import annotations

from dataclasses import dataclass

from planner.analysis.bench import QUICK, Bench, plan_of, without_total_cap
from planner.analysis.limits import Limit
from planner.plan.cost import TOTAL
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change, patched

#: Kinds of caps that no candidate depends on, so that asking often is cheap; others are only dropped or kept.
COUNTED = frozenset({"budget", "carbon", "quota", "site"})
#: A value is narrowed to this share of itself; whole numbers are found exactly.
NARROW = 0.005
#: Doublings of a cap until it suffices.
DOUBLINGS = 12


@dataclass(frozen=True)
class Needed:
    """The least that a cap must be: with ``enough`` the rest of the conflict holds, with ``too_little`` and below it does not."""

    enough: float
    too_little: float


def needed(bench: Bench, conflict: LoadedProblem, limit: Limit) -> Needed | None:
    """For a cap of the problem ``conflict``, in which the conflict's limits alone hold; None where it is no such cap or not known."""
    if limit.kind.name not in COUNTED or limit.side != "most" or isinstance(limit.value, bool) or limit.value is None:
        return None
    if limit.path == "limits.budget_usd_per_month":
        bare = patched(conflict, [limit.steps[-1].change], bench.catalog).problem
        if without_total_cap(bare)[0] is not None:
            return None  # the budget over the horizon caps the same money
        plan = plan_of(bench.solved(bare, **QUICK))
        if plan is None or plan.bound_usd_per_month is None:
            return None
        return Needed(plan.cost[TOTAL], max(plan.bound_usd_per_month, limit.value))
    return _between(bench, conflict, limit)


def _between(bench: Bench, conflict: LoadedProblem, limit: Limit) -> Needed | None:
    low, high = limit.value, limit.value * 2 if limit.value else 1

    def holds(value: float) -> bool | None:
        return bench.has_plan(patched(conflict, [Change(limit.path, value)], bench.catalog).problem)

    for _ in range(DOUBLINGS):
        found = holds(high)
        if found is None:
            return None
        if found:
            break
        low, high = high, high * 2
    else:
        return None
    while high - low > (1 if limit.whole else NARROW * high):
        middle = (low + high) // 2 if limit.whole else float(f"{(low + high) / 2:.6g}")
        if middle in (low, high):
            break
        found = holds(middle)
        if found is None:
            return None
        low, high = (low, middle) if found else (middle, high)
    return Needed(high, low)
