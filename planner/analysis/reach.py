"""What one limit alone reaches: whether giving it up suffices, and the smallest change of it that does, with a checked plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.analysis.bench import QUICK, Bench, without_total_cap
from planner.analysis.conflicts import Conflicts
from planner.analysis.limits import Limit, Step
from planner.analysis.smallest import TOTALS, smallest
from planner.plan.cost import TOTAL
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change, patched

if TYPE_CHECKING:
    from planner.plan.schema import Plan


@dataclass(frozen=True)
class Reach:
    """How far one limit alone goes.

    suffices    whether giving it up leaves a plan
    least_usd_per_month  the least cost then, the total uncapped; None: no plan at any price
    proven      nothing costs less than that; else a cheaper plan may exist
    kept        it may not give way
    step        the smallest change that suffices; None: none does, or it is kept
    too_little  the closest value that is known not to suffice; None: a choice
    plan        the cheapest plan after that change, checked
    """

    limit: Limit
    suffices: bool
    least_usd_per_month: float | None
    proven: bool = True
    kept: bool = False
    step: Step | None = None
    too_little: float | None = None
    plan: Plan | None = None


def reaches(bench: Bench, loaded: LoadedProblem, limits: Sequence[Limit], kept: frozenset[int], found: Conflicts) -> tuple[Reach, ...]:
    """Of every wish, and of the levers that suffice: those that do first, the smallest change first; then in the order of ``limits``.

    Where a signal asks for the end, limits not looked at yet are left out.
    """
    alone = [(number, one) for number, one in _asked(bench, loaded, limits, kept, found)]
    return tuple(one for number, one in sorted(alone, key=lambda pair: (_order(pair[1]), pair[0])))


def _order(one: Reach) -> tuple[bool, float, float]:
    """Numbers and choices by size, what is given up whole last; of equal size the cheaper plan."""
    if not one.suffices:
        return True, 0.0, 0.0
    size = float("inf") if one.step is None or (one.step.dropped and one.limit.side != "choice") else one.step.size
    return False, size, one.least_usd_per_month if one.plan is None else one.plan.cost[TOTAL]


def _asked(bench: Bench, loaded: LoadedProblem, limits: Sequence[Limit], kept: frozenset[int], found: Conflicts) -> Iterator[tuple[int, Reach]]:
    every = [{limit.path for limit in conflict.limits} for conflict in found.sets]
    for number, limit in enumerate(limits):
        if bench.stopped:
            return
        held = number in kept
        # A limit that is not in every conflict leaves one when it goes: that was confirmed by a second solver.
        hopeless = not limit.lever and (found.hopeless or any(limit.path not in conflict for conflict in every))
        after = patched(loaded, [limit.steps[-1].change], bench.catalog)
        suffices = False if hopeless else bench.has_plan(after.problem)
        if suffices is None and bench.stopped:
            return
        if limit.lever and not suffices:
            continue
        plan = None if found.hopeless and not limit.lever else bench.cheapest_known(without_total_cap(after.problem)[1], **QUICK)
        reach = Reach(limit, bool(suffices), None if plan is None else plan.cost[TOTAL], plan is None or plan.proven, held)
        # What a kept budget would have to be follows from the least cost; of other limits that are kept nobody asks.
        yield number, _smallest(bench, loaded, reach) if suffices and (not held or limit.path in TOTALS) else reach


def _smallest(bench: Bench, loaded: LoadedProblem, reach: Reach) -> Reach:
    limit = reach.limit

    def after(change: Change) -> LoadedProblem:
        return patched(loaded, [change], bench.catalog)

    # Giving more never hurts, so the first step that suffices is the one to narrow.
    low, high = 0, len(limit.steps) - 1
    while low < high:
        middle = (low + high) // 2
        holds = bench.has_plan(after(limit.steps[middle].change).problem) if limit.path not in TOTALS else False
        if holds is None:
            break
        low, high = (low, middle) if holds else (middle + 1, high)
    found = smallest(bench, after, limit, limit.steps[high])
    plan = bench.cheapest_known(after(found.step.change).problem, explain=False)
    return replace(reach, step=found.step, too_little=found.too_little, plan=plan)
