"""At which value of a limit an option would be chosen: the smallest change of each limit alone, solved again on both sides.

Let f be the least cost at a value of the limit and h the least cost there without the option: both fall as the limit is loosened,
and the option is chosen where f < h. From a value where f = h nothing changes until f falls below h as it stands there, which is
a question that loosening only ever answers once: the least such value is found by halving. There either f < h, or both fell
together and the search goes on from h as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import WIDE, Bench, plan_of
from planner.analysis.extended import extended, is_list
from planner.analysis.few import width
from planner.analysis.limits import KINDS, Limit, Step, limits_of
from planner.analysis.smallest import TOTALS, moved, smallest
from planner.errors import PlannerError
from planner.milp.status import ZERO_GAP
from planner.plan.cost import TOTAL
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change, patched
from planner.solve import Infeasible, Outcome, Solved, solve

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: An option is chosen where doing without costs more by this share.
DEARER = 1e-6
#: Values of one limit at which cost falls with and without the option alike, before it is only looked for at steps.
LEAPS = 12
#: Of a limit that opens more places than this nothing is asked; of an option of more pools than these a list is opened for the cheapest.
WIDEST, POOLS = 10_000, 12


@dataclass(frozen=True)
class Option:
    """What an option is to the service that is asked about.

    uses     whether a plan serves any of the service from it
    without  the choices of a problem without it
    pools    that it means, of the problem or left out by it        variants  of the service's model that it may mean
    """

    service: str
    uses: Callable[[Plan], bool]
    without: Callable[[Problem], Any]
    pools: tuple[Any, ...]
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChosenAt:
    """The cheapest plan uses the option once a limit is changed so far.

    words    what is changed, in the user's words
    short    the nearest value that was found not to be enough; None: a choice
    least    no smaller change of this limit is enough, to the exactness of ``short``
    plan     the cheapest plan there
    without  what the cheapest plan there without the option costs [USD/month]; None: there is none
    """

    limit: Limit
    step: Step
    words: str
    short: float | None
    least: bool
    plan: Plan
    without: float | None


@dataclass(frozen=True)
class Moved:
    """Limits of which each alone would bring the option in, the smallest change first; ``asked`` and ``unasked`` by name."""

    found: tuple[ChosenAt, ...]
    asked: tuple[str, ...]
    unasked: tuple[str, ...]


def chosen_at(bench: Bench, option: Option) -> Moved:
    """Every limit that the service, or the whole problem, states, default ones too; the base problem has a plan without the option."""
    search = _Search(bench, option)
    found: list[ChosenAt] = []
    asked: list[str] = []
    unasked: list[str] = []
    for limit in limits_beside(bench.loaded, option):
        if bench.stopped:
            unasked.append(str(limit))
            continue
        try:
            one = search.at(limit)
        except _NotKnown:
            unasked.append(str(limit))
            continue
        asked.append(str(limit))
        found += [one] if one is not None else []
    # What is given up whole stands last.
    found.sort(key=lambda one: (one.step.dropped and one.limit.side != "choice", one.step.size, one.plan.cost[TOTAL], one.limit.path))
    return Moved(tuple(found), tuple(asked), tuple(unasked))


def limits_beside(loaded: LoadedProblem, option: Option) -> tuple[Limit, ...]:
    """Limits on the service and on the whole, but for those on the total; stock of the option, and whether it needs a profile."""
    own = f"services.{option.service}."
    stated = [one for one in limits_of(loaded.stated) if one.path not in TOTALS and one.path.startswith((own, "limits.", "offers.", "commitments.", "apis.", "serverless."))]
    service = next(one for one in loaded.stated.services if one.name == option.service)
    if service.profiles_only:
        path = f"{own}profiles_only"
        stated.append(Limit(path, option.service, "profiles only", KINDS["operations"], "choice", True, "", True, (Step(Change(path, False), 1.0, True),)))
    return (*stated, *_stocks(option.pools))


def _stocks(pools: Iterable[Any]) -> Iterator[Limit]:
    for pool in pools:
        if pool.owned is None and pool.stock is not None:
            path = f"offers.{pool.id}.stock"
            yield Limit(path, pool.id, "stock", KINDS["procurement"], "most", pool.stock, "instances", False, (Step(Change(path, None), 3.0, True),), True)


def changed_words(limit: Limit, step: Step) -> str:
    """A limit's change in words that follow "with"."""
    return f"{limit} given up" if step.dropped else limit.given(step)


def solved_without(bench: Bench, option: Option, problem: Problem, gap: float) -> Outcome:
    """The cheapest plan of a problem in which the service does without the option."""
    options = replace(bench.options, gap=gap, explain=False, price_safety=False, tie_break=False, confirm=False)
    return solve(problem, bench.catalog, options, on_progress=bench.on_progress, stop=bench.stop, stated=option.without(problem))


def cheapest_pools(pools: tuple[Any, ...]) -> tuple[Any, ...]:
    """So many pools at the most, the cheapest by the accelerator however they are rented."""
    def usd(pool: Any) -> float:
        prices = [price for way in (pool.on_demand, pool.spot, [usd for _, usd in pool.reserved]) for price in (way or ())]
        return min(prices, default=float("inf")) / pool.accelerators

    return tuple(sorted(sorted(pools, key=lambda pool: (usd(pool), pool.id))[:POOLS], key=lambda pool: pool.id))


class _NotKnown(Exception):
    """A question that was not answered: too wide, or no answer in the time given."""


class _Search:
    def __init__(self, bench: Bench, option: Option) -> None:
        self.bench, self.option, self.loaded = bench, option, bench.loaded
        plan = plan_of(bench.base())
        small = plan is None or (plan.solver.method == "monolith" and width(bench.stated(self.loaded.problem)) <= WIDE)
        self.gap = 0.0 if small else bench.options.gap
        self._known: dict[str, Outcome] = {}

    def at(self, limit: Limit) -> ChosenAt | None:
        """The smallest change of ``limit`` alone; None: there is none."""
        if limit.side == "choice" or isinstance(limit.value, bool):
            return next((one for step, words in self._choices(limit) if (one := self._chosen(limit, step, words, None, least=True)) is not None), None)
        return self._number(limit)

    def _choices(self, limit: Limit) -> Iterator[tuple[Step, str]]:
        """What the option needs of a list, no more; without that, giving the limit up."""
        if not is_list(limit):
            yield limit.steps[-1], changed_words(limit, limit.steps[-1])
            return
        option = replace(self.option, pools=cheapest_pools(self.option.pools))
        change = extended(limit, option)
        if change is None:
            return
        whole = Step(change.change, 1.0, False)
        there = self._chosen(limit, whole, change.words, None, least=True)
        if there is None:
            if len(option.pools) < len(self.option.pools):
                raise _NotKnown  # a dearer pool may have what the cheapest lack
            return
        mine = [d for s in there.plan.services if s.name == self.option.service for d in s.deployments if any(d.replicas)]
        pools, variants = {d.pool for d in mine}, {d.variant for d in mine}
        used = replace(self.option, pools=tuple(p for p in self.option.pools if p.id in pools), variants=tuple(v for v in self.option.variants if v in variants))
        fewer = extended(limit, used)
        if fewer is not None and fewer.change != change.change:
            yield Step(fewer.change, 1.0, False), fewer.words
        yield whole, change.words

    def _number(self, limit: Limit) -> ChosenAt | None:
        free = self._cost(self._after(limit.steps[-1].change))
        low, least = limit.value, self._without(self.loaded.problem)
        for _ in range(LEAPS):
            # Looser is never dearer: where giving it up saves nothing against doing without, no value does.
            if least is not None and free >= least * (1.0 - DEARER):
                return None
            found = smallest(self.bench, self._cheaper_than(least), limit, limit.steps[-1], low)
            one = self._chosen(limit, found.step, changed_words(limit, found.step), found.too_little, least=True)
            if one is not None or found.step.dropped:
                return one
            low, least = found.step.change.value, self._without(self._after(found.step.change))
        return self._stepped(limit)

    def _cheaper_than(self, usd: float | None) -> Callable[[Change], LoadedProblem]:
        """The problem after a change in which no plan may cost as much; None: any may."""
        def after(change: Change) -> LoadedProblem:
            more = [] if usd is None else [Change("limits.budget_usd_per_month", max(0.0, usd * (1.0 - DEARER)))]
            return patched(self.loaded, [change, *more], self.bench.catalog)

        return after

    def _stepped(self, limit: Limit) -> ChosenAt | None:
        """Where cost falls too often to follow: the first of a few steps at which it is chosen, then halved; a smaller change may do."""
        low = limit.value
        for step in limit.steps:
            one = self._chosen(limit, step, changed_words(limit, step), low, least=False)
            if one is None:
                low = low if step.dropped else step.change.value
                continue
            if step.dropped:
                return one
            high = step.change.value
            for _ in range(LEAPS):
                middle = (int(low) + int(high)) // 2 if limit.whole else float(f"{(low + high) / 2.0:.4g}")
                if middle in (low, high):
                    break
                nearer = self._chosen(limit, moved(limit, middle), changed_words(limit, moved(limit, middle)), low, least=False)
                low, high, one = (low, middle, nearer) if nearer is not None else (middle, high, one)
            return replace(one, short=low)
        return None

    def _chosen(self, limit: Limit, step: Step, words: str, short: float | None, *, least: bool) -> ChosenAt | None:
        problem = self._after(step.change)
        answer = self._with(problem)
        plan = plan_of(answer)
        if plan is None:
            if isinstance(answer, Infeasible):
                return None
            raise _NotKnown
        if not self.option.uses(plan):
            return None
        without = self._without(problem)
        if without is not None and without <= plan.cost[TOTAL] * (1.0 + DEARER):
            return None
        return ChosenAt(limit, step, words, short, least, plan, without)

    def _after(self, change: Change) -> Problem:
        try:
            return patched(self.loaded, [change], self.bench.catalog).problem
        except PlannerError as error:
            raise _NotKnown from error

    def _with(self, problem: Problem) -> Outcome:
        if width(self.bench.stated(problem)) > WIDEST:
            raise _NotKnown
        return self.bench.solved(problem, gap=self.gap, explain=False, price_safety=False)

    def _cost(self, problem: Problem) -> float:
        return self._read(self._with(problem), float("inf"))

    def _without(self, problem: Problem) -> float | None:
        """The least cost without the option [USD/month]; None: there is no plan."""
        key = problem.model_dump_json()
        if key not in self._known:
            self._known[key] = solved_without(self.bench, self.option, problem, self.gap)
        return self._read(self._known[key], None)

    def _read(self, answer: Outcome, none: Any) -> Any:
        if isinstance(answer, Solved):
            # A bound, where a program solved in parts is not proven: what is dearer than the bound is dearer.
            bound = answer.plan.bound_usd_per_month
            return answer.plan.cost[TOTAL] if self.gap <= ZERO_GAP or bound is None else bound
        if isinstance(answer, Infeasible):
            return none
        raise _NotKnown
