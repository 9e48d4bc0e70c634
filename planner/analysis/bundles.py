"""Bundles of concessions of different character, each with a checked plan, none beaten by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench
from planner.analysis.bundle import OTHER, Bundle, Concession, undominated
from planner.analysis.lattice import Lattice, OutOfCalls, Vector
from planner.analysis.limits import Limit
from planner.analysis.other_ways import BUNDLES, other_ways
from planner.analysis.reach import Reach
from planner.analysis.smallest import NARROW, moved, smallest
from planner.plan.cost import TOTAL
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change, patched

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Questions asked at most for bundles.
QUESTIONS = 600
#: A whole change weighs this much against its size where the fewest changes are wanted.
SIZE = 1e-3
#: Between two steps of a number a better bundle may lie: so often a closer look is taken for each character, until none better by
#: this share is left, each time at so many vectors at most; over the steps as many more are looked at.
LOOKS, CLOSE, VECTORS, MORE = 12, 0.02, 3000, 20

#: Characters: name, kinds that may move (None: all), kinds that may not.
CHARACTERS = (
    ("fewest changes", None, ()),
    ("least pain", None, ()),
    ("no change of service levels", None, ("slo", "quality", "availability", "risk")),
    ("commitment only", ("commitment",), ()),
    ("procurement only", ("procurement", "quota", "commitment", "spot"), ()),
)


class Bundles:
    """The search for bundles over steps of all limits, levers included.

    A number gives way by steps; the bundle found is moved no further than it must, and where a better one may lie between two
    steps these are split there, so that the least pain is that over all values, to ``CLOSE``, where ``closed`` says so.
    """

    def __init__(
        self, bench: Bench, loaded: LoadedProblem, limits: Sequence[Limit], kept: frozenset[int], weigh: Sequence[float], least: Plan | None,
        known: Sequence[tuple[frozenset[str], bool]] = (), conflicts: Sequence[frozenset[str]] = (),
    ) -> None:  # fmt: skip
        self.bench, self.loaded, self.limits, self.kept, self.weigh, self.least = bench, loaded, list(limits), kept, weigh, least
        #: Numbers of the limits, levers too, of each conflict that is known.
        self.conflicts = [frozenset(i for i, limit in enumerate(limits) if limit.path in paths) for paths in conflicts]
        self._most: list[list[float]] = [[] for _ in limits]
        self._least: list[list[float]] = [[] for _ in limits]
        for at in range(len(limits)):
            self._weigh(at)
        #: Whether no values between the steps are known to hurt less than what was found.
        self.closed = True
        #: Whether nothing but what another bundle beats was left when the search for more of them ended.
        self.all_seen = False
        self._weights = {limit.path: weight for limit, weight in zip(limits, weigh)}
        self.lattice = Lattice([len(limit.steps) for limit in limits], self.asks, most=QUESTIONS)
        for dropped, enough in known:
            vector = tuple(len(limit.steps) if limit.path in dropped else 0 for limit in limits)
            (self.lattice.enough if enough else self.lattice.too_little).append(vector)

    def all(self, alone: Sequence[Reach] = ()) -> tuple[tuple[Bundle, ...], tuple[str, ...], bool]:
        """(bundles that no other one beats, characters that have none, whether nothing was left unasked over the steps)."""
        made: list[Bundle] = []
        missing: list[str] = []
        exhausted = True
        for name, only, never in CHARACTERS:
            try:
                found = self.best(name == "fewest changes", self.free(only, never))
                if found is None:
                    missing.append(name)
                    continue
                bundle = self.made(found[0], name)
                made += [bundle] if bundle is not None else []
                self.closed = self.closed and found[1]
            except OutOfCalls:
                exhausted = False
                if self.bench.stopped:
                    break
        try:
            other_ways(self, made, alone)
        except OutOfCalls:
            exhausted = exhausted and len(undominated(made)) >= BUNDLES
        return _named(sorted(undominated(made), key=lambda b: (b.pain, b.plan.cost[TOTAL]))), tuple(missing), exhausted

    def place(self, limit: Limit) -> int:
        """Number of a limit."""
        return next(i for i, one in enumerate(self.limits) if one.path == limit.path)

    def best(self, fewest: bool, free: frozenset[int], but: Sequence[Sequence[Concession]] = (), *, whole: bool = True) -> tuple[tuple[Concession, ...], bool] | None:
        """(the best concessions, whether none is better by more than ``CLOSE``); None: there are none.

        but  nothing that moves all that one of these moves; with ``whole`` off, as far
        """
        barred = [self._vector(given, whole) for given in but]
        vector = self.lattice.cheapest(lambda v: self._measure(v, self._most, fewest), free=free, but=barred, most=MORE * VECTORS)
        if vector is None:
            return None
        best = self.refined(vector)
        for _ in range(LOOKS):
            pain = self.pain(best)
            least, slack = (len(best) + SIZE * pain, SIZE) if fewest else (pain, 1.0)
            slack *= CLOSE * pain + 2.0 * NARROW * sum(self._weights[one.limit.path] for one in best)
            barred = [self._vector(given, whole) for given in but]
            try:
                vector = self.lattice.cheapest(lambda v: self._measure(v, self._least, fewest), free=free, but=barred, most=VECTORS)
            except OutOfCalls:
                break
            if vector is None or self._measure(vector, self._least, fewest) >= least - slack:
                return best, True
            given = self.refined(vector)
            pain = self.pain(given)
            if (len(given) + SIZE * pain if fewest else pain) < least:
                best = given
        return best, False

    def _measure(self, vector: Vector, weighs: Sequence[Sequence[float]], fewest: bool) -> float:
        """What concessions at a vector come to, by what each step of each limit weighs."""
        moved_ones = [weighs[i][n - 1] for i, n in enumerate(vector) if n]
        return len(moved_ones) + SIZE * sum(moved_ones) if fewest else sum(moved_ones)

    def _weigh(self, at: int) -> None:
        """Of each step of a limit, what it weighs, and what any value above the step before does at the least."""
        limit, weight = self.limits[at], self.weigh[at]
        self._most[at] = [weight * step.weighs for step in limit.steps]
        self._least[at] = [weight * limit.from_step(n) for n in range(1, len(limit.steps) + 1)]

    def pain(self, given: Sequence[Concession]) -> float:
        """Σ weight × size of each concession."""
        return sum(self._weights[one.limit.path] * one.step.weighs for one in given)

    def refined(self, vector: Vector, first: int | None = None) -> tuple[Concession, ...]:
        """Each number moved no further than it must, ``first``, then the largest first; what was found of it becomes known steps."""
        given = {i: Concession(self.limits[i], self.limits[i].steps[n - 1]) for i, n in enumerate(vector) if n}
        closer: list[tuple[int, float | None]] = []
        for at in sorted(given, key=lambda i: (i != first, -given[i].step.size, i)):
            limit, others = given[at].limit, [one.step.change for i, one in given.items() if i != at]

            def after(change: Change, others: Sequence[Change] = tuple(others)) -> LoadedProblem:
                return patched(self.loaded, [*others, change], self.bench.catalog)

            # Steps of a vector that was found are the least that do; of one that gives everything up nothing below is known.
            found = smallest(self.bench, after, limit, given[at].step, None if first is None else limit.value)
            given[at] = Concession(limit, found.step)
            closer.append((at, found.too_little))
        for at, value in closer:
            self._split(at, value)
            self._split(at, given[at].step.change.value)
        exact = tuple(given[i] for i in sorted(given))
        vector = self._vector(exact, False)
        self.lattice.enough.append(vector)
        for at, value in closer:
            number = self._number(at, value)
            if number is not None:
                self.lattice.too_little.append((*vector[:at], number, *vector[at + 1 :]))
        return exact

    def _split(self, at: int, value: Any) -> None:
        """A step of a number at ``value``, in the order of the others."""
        limit = self.limits[at]
        if limit.side == "choice" or isinstance(value, bool) or value is None or value == limit.value or any(one.change.value == value for one in limit.steps):
            return
        *numbers, last = limit.steps
        # By value, not by size: of a limit of nothing every step is as large as giving it up.
        steps = (*sorted((*numbers, moved(limit, value)), key=lambda one: one.change.value, reverse=limit.side == "least"), last)
        self.limits[at] = replace(limit, steps=steps)
        self._weigh(at)
        self.lattice.split(at, 1 + next(i for i, one in enumerate(steps) if one.change.value == value))

    def _number(self, at: int, value: Any) -> int | None:
        """Of the step at ``value``, the limit's own is 0; None: there is none."""
        limit = self.limits[at]
        if limit.side == "choice" or value is None:
            return None
        return 0 if value == limit.value else next((n for n, one in enumerate(limit.steps, start=1) if one.change.value == value and not one.dropped), None)

    def _vector(self, given: Sequence[Concession], whole: bool) -> Vector:
        """Of concessions as steps; with ``whole`` the first step of every limit that moves."""
        steps = {one.limit.path: one.step for one in given}
        return tuple(
            0 if (step := steps.get(limit.path)) is None else 1 if whole
            else next(n for n, one in enumerate(limit.steps, start=1) if one.change.value == step.change.value)
            for limit in self.limits
        )  # fmt: skip

    def free(self, only: tuple[str, ...] | None, never: tuple[str, ...]) -> frozenset[int]:
        """Limits of the kinds that may move, those that are kept left out."""
        names = [limit.kind.name for limit in self.limits]
        return frozenset(i for i, name in enumerate(names) if (only is None or name in only) and name not in never) - self.kept

    def asks(self, vector: Vector) -> bool | None:
        """Whether conceding so much leaves a plan, by a solve; None: not known."""
        return self.bench.has_plan(self.after([limit.steps[n - 1].change for limit, n in zip(self.limits, vector) if n]).problem)

    def after(self, changes: Sequence[Change]) -> LoadedProblem:
        """The problem after changes."""
        return patched(self.loaded, changes, self.bench.catalog)

    def made(self, given: Sequence[Concession], character: str = "") -> Bundle | None:
        """What concessions buy; None: no plan, or none is known."""
        plan = self.bench.cheapest_known(self.after([one.step.change for one in given]).problem, explain=False)
        if plan is None:
            return None
        return self.with_plan(given, plan, character)

    def with_plan(self, given: Sequence[Concession], plan: Plan, character: str) -> Bundle:
        """Concessions with the plan that they buy."""
        saves = None if self.least is None else self.least.cost[TOTAL] - plan.cost[TOTAL]
        return Bundle((character,), tuple(given), self.pain(given), plan, saves)


def _named(bundles: list[Bundle]) -> tuple[Bundle, ...]:
    """By pain; where the search for the least was cut short and another one came upon less, that is the least."""
    least = CHARACTERS[1][0]
    if not any(least in one.characters for one in bundles) or least in bundles[0].characters:
        return tuple(bundles)
    first, *others = [replace(one, characters=tuple(c for c in one.characters if c != least)) for one in bundles]
    named = [replace(first, characters=(least, *(c for c in first.characters if c != OTHER)))]
    return tuple(named + [one if one.characters else replace(one, characters=(OTHER,)) for one in others])
