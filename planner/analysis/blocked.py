"""Which limits keep an option from serving a service at all: some that move together, none in vain, each no further than it must."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.analysis.bench import Bench, plan_of
from planner.analysis.chosen_at import Option, changed_words, cheapest_pools, limits_beside, solved_without
from planner.analysis.difference import Interval, cost_interval
from planner.analysis.extended import extended, is_list
from planner.analysis.limits import Limit, Step, limits_of
from planner.analysis.smallest import TOTALS, moved, smallest
from planner.analysis.used_up import cents
from planner.errors import PlannerError
from planner.plan.cost import TOTAL
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change, patched
from planner.solve import Infeasible, Outcome, Solved

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem


@dataclass(frozen=True)
class Blocked:
    """Limits that together let the option serve the whole service, no fewer of them do; others may do as well.

    changes  in the user's words; empty: none of the limits stands in its way alone or with others, but stock, prices or the hardware
    paths    of these limits
    forced   what the cheapest plan costs in which it then does, less the plan as it is; None: there is none
    plan     that plan
    best     what the cheapest plan costs after these changes, however the option is used; without: when it is not [USD/month]
    """

    changes: tuple[str, ...]
    paths: tuple[str, ...]
    forced: Interval | None = None
    plan: Plan | None = None
    best: float | None = None
    without: float | None = None


def blocked(bench: Bench, option: Option, forced: Callable[[LoadedProblem], Outcome | None]) -> Blocked | None:
    """``forced`` is the cheapest plan of a problem in which the option serves all of the service; None: not known, or too wide to ask."""
    asked = _Forced(bench, forced)
    totals = [one for one in limits_of(bench.loaded.stated) if one.path in TOTALS]
    # What says nothing about the service is put back first, then what hurts most to give up: limits that options break are named.
    limits = sorted((*limits_beside(bench.loaded, option), *totals), key=lambda one: (not one.path.endswith(".profiles_only"), -one.kind.weight, one.path))
    ways = {one.path: way for one in limits if (way := _way(one, option)) is not None}
    out = [one for one in limits if one.path in ways]
    if not asked.holds([ways[one.path][0] for one in out]):
        # With more pools than were asked for something might do.
        return None if asked.unknown or len(cheapest_pools(option.pools)) < len(option.pools) else Blocked((), ())
    for one in list(out):
        left = [other for other in out if other is not one]
        if asked.holds([ways[other.path][0] for other in left]):
            out = left
    if asked.unknown or not out:
        return None
    given = {one.path: ways[one.path] for one in out}
    for one in out:
        if not is_list(one) and one.side != "choice" and not isinstance(one.value, bool):
            step = _least(asked, one, [change for path, (change, _) in given.items() if path != one.path])
            given[one.path] = step.change, changed_words(one, step)
    problem, base = asked.after([change for change, _ in given.values()]).problem, plan_of(bench.base())
    plan = asked.known_plan(problem)
    interval = None if plan is None or base is None else cost_interval(base, plan)
    best, without = cost_of(bench.solved(problem, explain=False)), cost_of(solved_without(bench, option, problem, bench.options.gap))
    return Blocked(tuple(words for _, words in given.values()), tuple(given), interval, plan, best, without)


def cost_of(answer: Outcome) -> float | None:
    """USD a month; None without a plan."""
    plan = plan_of(answer)
    return None if plan is None else plan.cost[TOTAL]


def _least(asked: _Forced, limit: Limit, others: list[Change]) -> Step:
    """The smallest step of a number that suffices beside ``others``; of a cap on the total what the plan without it costs."""
    if limit.path not in TOTALS:
        return smallest(asked, lambda change: asked.after([*others, change]), limit, limit.steps[-1], limit.value).step
    problem = asked.after([*others, limit.steps[-1].change]).problem
    return moved(limit, cents(TOTALS[limit.path](problem) * asked.known_plan(problem).cost[TOTAL]))


def _way(limit: Limit, option: Option) -> tuple[Change, str] | None:
    """How a limit gives way to the option, and in words; None: it already does."""
    if is_list(limit):
        found = extended(limit, replace(option, pools=cheapest_pools(option.pools)))
        return None if found is None else (found.change, found.words)
    return limit.steps[-1].change, changed_words(limit, limit.steps[-1])


class _Forced:
    """A bench whose every plan serves the service from the option alone."""

    def __init__(self, bench: Bench, forced: Callable[[LoadedProblem], Outcome | None]) -> None:
        self.bench, self.catalog, self._ask = bench, bench.catalog, forced
        self.unknown = False
        self._known: dict[str, Outcome | None] = {}
        self._loaded: dict[str, LoadedProblem] = {}

    @property
    def stopped(self) -> bool:
        """As of a bench."""
        return self.bench.stopped

    def after(self, changes: Sequence[Change]) -> LoadedProblem:
        made = patched(self.bench.loaded, list(changes), self.catalog)
        self._loaded[made.problem.model_dump_json()] = made
        return made

    def holds(self, changes: Sequence[Change]) -> bool:
        try:
            return bool(self.has_plan(self.after(changes).problem))
        except PlannerError:
            return False

    def has_plan(self, problem: Problem) -> bool | None:
        answer = self._solved(problem)
        return isinstance(answer, Solved) if isinstance(answer, (Solved, Infeasible)) else None

    def known_plan(self, problem: Problem) -> Plan | None:
        return plan_of(self._solved(problem))

    def _solved(self, problem: Problem) -> Outcome | None:
        key = problem.model_dump_json()
        if key not in self._known:
            self._known[key] = answer = self._ask(self._loaded[key])
            self.unknown = self.unknown or not isinstance(answer, (Solved, Infeasible))
        return self._known[key]
