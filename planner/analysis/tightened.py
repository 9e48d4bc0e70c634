"""Whether changes only tighten limits: then the bound of the plan before is one of every plan after."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.analysis.limits import TABLE
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.problem.patch import Change
from planner.problem.paths import places

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.load import LoadedProblem


def tightens(before: LoadedProblem, after: LoadedProblem, changes: Sequence[Any]) -> bool:
    """Whether all of ``changes`` move numbers that are limits, and none of these gives way."""
    return bool(changes) and all(isinstance(one, Change) and _tightens(before, after, one) for one in changes)


def _tightens(before: LoadedProblem, after: LoadedProblem, change: Change) -> bool:
    try:
        was = {place.path: place.value for place in places(before.stated, change.path)}
        now = {place.path: place.value for place in places(after.stated, change.path)}
    except UsageError:
        return False
    return was.keys() == now.keys() and all(_no_looser(path, was[path], now[path]) for path in was)


def _no_looser(path: str, was: Any, now: Any) -> bool:
    side = next((row.side for row in TABLE if fnmatchcase(path, row.pattern)), None)
    if side not in ("most", "least") or not _number(now) or not (was is None or _number(was)):
        return False
    if was is None:
        return True
    return now <= was if side == "most" else now >= was


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def with_bound(plan: Plan, bound: float | None, gap: float) -> Plan:
    """``plan`` with a bound that holds for it, and proven where that is near enough."""
    if bound is None:
        return plan
    cost = plan.cost[TOTAL]
    bound = min(bound, cost)
    reached = (cost - bound) / abs(cost) if cost else 0.0
    proven = reached <= max(gap, 1e-9)
    return plan.model_copy(update={"bound_usd_per_month": bound, "gap": reached, "proven": proven, "status": "optimal" if proven else "feasible"})
