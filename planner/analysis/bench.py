"""Where every figure of an analysis comes from: a base problem, and the same program solved again after changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from planner.analysis.few import few, width, without_bound
from planner.analysis.narrow import affordable
from planner.analysis.reuse import rejudged
from planner.documents import digest
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.problem.load import LoadedProblem
from planner.problem.normalise import changed
from planner.problem.patch import Change, patched
from planner.solve import Infeasible, Judged, Options, Outcome, Solved, Unknown, judged, solve

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem


#: From so many places for replicas on, a plan is first looked for among few candidates; from so many on, the cheapest is not proven
#: where it is only one of several answers: with shared replicas and jobs over a whole catalogue that takes minutes each.
WIDE, VERY_WIDE = 500, 10_000
#: Problems of which the candidates are kept, beside the last one.
JUDGED = 5
#: How to solve where only whether there is a plan, or what it costs, is asked.
QUICK = {"tie_break": False, "price_safety": False, "explain": False, "confirm": False}


@dataclass
class Bench:
    """A base problem with its catalogue and the way of solving; answers are kept, so that nothing is solved twice.

    source             what ``load_catalog`` was given, for processes that load it themselves; None: the edition's name
    on_progress, stop  as for ``planner.solve.solve``
    solves             how many programs were solved
    """

    loaded: LoadedProblem
    catalog: Any
    options: Options = field(default_factory=Options)
    on_progress: Callable[[Any], None] | None = None
    stop: Callable[[], bool] | None = None
    source: tuple[str | None, str | None] | None = None
    solves: int = 0
    _known: dict[tuple, Outcome] = field(default_factory=dict)
    _whether: dict[str, bool] = field(default_factory=dict)
    _plans: dict[str, Plan] = field(default_factory=dict)
    _of_few_known: dict[tuple, Plan | None] = field(default_factory=dict)
    _judged: list[Judged] = field(default_factory=list)

    @property
    def stopped(self) -> bool:
        """Whether a signal has asked for the end: what would only say more is then left out."""
        return self.stop is not None and self.stop()

    def after(self, *changes: Change) -> LoadedProblem:
        """The base problem after changes."""
        return patched(self.loaded, changes, self.catalog)

    def base(self) -> Outcome:
        """The answer to the base problem."""
        return self.solved(self.loaded.problem)

    def take(self, plan: Plan) -> None:
        """Takes a checked plan of the base problem, solved before, for the answer to it; raises UsageError where it is of another one."""
        from planner.plan.problem_digest import problem_digest

        same = plan.inputs.problem_digest == problem_digest(self.loaded.problem.model_dump(mode="json"))
        if not same or (plan.inputs.catalog_digest, plan.inputs.overlay_digest) != (self.catalog.digest, self.catalog.overlay_digest):
            what = "the problem as it is now" if not same else "these facts"
            raise UsageError(f"the plan was not made of {what}", where="--base", hint="planner solve PROBLEM -o PLAN, with the same --catalog and --overlay")
        self._known[digest(self.loaded.problem.model_dump(mode="json")), self.options] = Solved(plan)

    def solved(self, problem: Problem, **other: Any) -> Outcome:
        """The answer to a problem, checked; ``other`` are options that differ from the bench's own.

        A problem that says nothing sensible against the catalogue has been refused before: this only solves.
        """
        options = replace(self.options, **other)
        key = (digest(problem.model_dump(mode="json")), options)
        if key not in self._known:
            self.solves += 1
            stated = self.stated(problem, prune=options.prune)
            answer = solve(problem, self.catalog, options, on_progress=self.on_progress, stop=self.stop, stated=stated)
            if isinstance(answer, Unknown):
                return answer  # the clock or a signal ended it: asked again it may say more
            self._known[key] = answer
            self._whether[key[0]] = isinstance(answer, Solved)
            if isinstance(answer, Solved):
                self._plans[key[0]] = answer.plan
        return self._known[key]

    def solved_below(self, problem: Problem, *ceilings: float) -> Outcome:
        """As ``solved``, sooner where the cheapest plan costs no more than one of ``ceilings`` [USD/month], tried from the lowest.

        What no plan up to a ceiling can use is left out for it: the answer is that of the whole program, while what a plan
        lists as not considered is not.
        """
        key = (digest(problem.model_dump(mode="json")), self.options)
        left = [] if key in self._known else sorted(set(ceilings))
        tried: Judged | None = None
        while left:
            ceiling = left.pop(0)
            few = affordable(self.stated(problem, prune=self.options.prune), ceiling)
            if few is None:
                break
            if tried is None or few.choices != tried.choices:
                answer, tried = solve(problem, self.catalog, self.options, on_progress=self.on_progress, stop=self.stop, stated=few), few
            if not (isinstance(answer, Solved) and answer.plan.proven):
                continue
            cost = answer.plan.cost[TOTAL]
            if cost <= ceiling:
                self.solves += 1
                return answer
            # No cheaper plan is missed once all that a plan of this cost can use is there.
            left = [cost]
        return self.solved(problem)

    def has_plan(self, problem: Problem) -> bool | None:
        """Whether any plan meets all limits of ``problem``, by one solver; None: not known in the time given, or a signal asked for the end.

        Asked often on the way to a conflict, which a second solver then confirms. A cap on the very total that is
        minimised is compared with the least total, so that no search has to feel its way along it.
        """
        if self.stopped:
            return None
        key = digest(problem.model_dump(mode="json"))
        if key not in self._whether:
            found = self._asked_whether(problem, key)
            if found is None:
                return None
            self._whether[key] = found
        return self._whether[key]

    def known_plan(self, problem: Problem) -> Plan | None:
        """A plan of ``problem`` that is known already, not the cheapest; None: none is."""
        return self._plans.get(digest(problem.model_dump(mode="json")))

    def cheapest_known(self, problem: Problem, **other: Any) -> Plan | None:
        """The cheapest plan of a problem; of a very wide one that of few candidates, without a bound. None: there is none, or none was found."""
        if width(self.stated(problem)) > VERY_WIDE:
            found = self._of_few(problem, **other)
            if found is not None:
                return found
        return plan_of(self.solved(problem, **other))

    def _of_few(self, problem: Problem, **other: Any) -> Plan | None:
        """The cheapest plan of few candidates; of a problem so narrow that they are not worth asking, None."""
        stated = self.stated(problem)
        if width(stated) <= WIDE:
            return None
        options = replace(self.options, **{**QUICK, **other})
        key = (digest(problem.model_dump(mode="json")), options)
        if key not in self._of_few_known:
            answer = solve(problem, self.catalog, options, on_progress=self.on_progress, stop=self.stop, stated=few(stated))
            self._of_few_known[key] = without_bound(answer.plan) if isinstance(answer, Solved) else None
        return self._of_few_known[key]

    def _asked_whether(self, problem: Problem, key: str) -> bool | None:
        """A plan of few candidates answers soon; that there is none is only said of all of them."""
        plan = self._of_few(problem, gap=1.0)
        if plan is not None:
            self._plans[key] = plan
            return True
        cap, uncapped = without_total_cap(problem)
        if cap is None:
            return _whether(self.solved(problem, gap=1.0, **QUICK))
        answer = self.solved(uncapped, **QUICK)
        plan = plan_of(answer)
        if plan is None:
            return _whether(answer)
        if plan.cost[TOTAL] <= cap:
            self._plans[key] = plan
            return True
        if plan.bound_usd_per_month is not None and plan.bound_usd_per_month > cap:
            return False
        return _whether(self.solved(problem, **QUICK))

    def know(self, stated: Judged) -> None:
        """Takes candidates that were worked out elsewhere, for problems in which they are the same."""
        self._judged = [stated, *self._judged[:JUDGED]]

    def stated(self, problem: Problem, *, prune: bool = True) -> Judged:
        """Candidates of ``problem``; those of an earlier problem where the change between the two cannot alter them."""
        if not prune:
            return judged(problem, self.catalog, prune=False)
        found = next((made for known in self._judged if (made := rejudged(problem, known)) is not None), None)
        if found is None:
            found = judged(problem, self.catalog)
            self.know(found)
        return found


def _whether(answer: Outcome) -> bool | None:
    return None if isinstance(answer, Unknown) else isinstance(answer, Solved)


def without_total_cap(problem: Problem) -> tuple[float | None, Problem]:
    """(the cap on the total in USD a month, the problem without it); None where nothing caps the total."""
    limits = problem.limits
    caps = [limits.budget_usd_per_month, None if limits.horizon_usd is None else limits.horizon_usd / problem.horizon.months]
    stated = [cap for cap in caps if cap is not None]
    if not stated:
        return None, problem
    bare = changed(limits, budget_usd_per_month=None, horizon_usd=None)
    return min(stated), changed(problem, limits=bare)


def plan_of(answer: Outcome) -> Plan | None:
    """The plan of an answer, or None."""
    return answer.plan if isinstance(answer, Solved) else None


def reason_of(answer: Outcome) -> str:
    """Why an answer holds no plan, in one line."""
    if isinstance(answer, Infeasible):
        names = [c.named for c in answer.conflicts]
        return "no plan meets all limits" + (f": {', '.join(names)}" if names else "")
    return answer.message if isinstance(answer, Unknown) else ""


def in_words(changes: Sequence[Change]) -> str:
    """Changes as they are written on the command line."""
    return ", ".join(map(str, changes))
