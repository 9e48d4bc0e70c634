"""What must give: the limits that conflict, and bundles of concessions of different character that each buy a checked plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from planner.analysis.bench import QUICK, Bench, plan_of, without_total_cap
from planner.analysis.conflicts import ConflictSet, conflicts
from planner.analysis.lattice import Lattice, OutOfCalls, Vector
from planner.analysis.limits import KINDS, Limit, Step, limits_of
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change, patched
from planner.solve import Outcome

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Questions asked at most for bundles; halvings of the last step of a number.
QUESTIONS, HALVINGS = 600, 5
#: So many bundles are looked for at least, the next best by pain after those of a character of their own.
BUNDLES = 3
#: A whole change weighs this much against its size where the fewest changes are wanted.
SIZE = 1e-3

#: Characters: name, kinds that may move (None: all), kinds that may not.
CHARACTERS = (
    ("fewest changes", None, ()),
    ("least pain", None, ()),
    ("no change of service levels", None, ("slo", "quality", "availability", "risk")),
    ("commitment only", ("commitment",), ()),
    ("procurement only", ("procurement", "quota", "commitment", "spot"), ()),
)


@dataclass(frozen=True)
class Concession:
    """One limit that gives way: from what, to what, and who must agree."""

    limit: Limit
    step: Step

    @property
    def words(self) -> str:
        """In the user's words."""
        return self.limit.given(self.step)


@dataclass(frozen=True)
class Bundle:
    """Concessions that together buy a plan, which is solved and checked.

    characters  what it is the best of
    pain        Σ weight × size over its concessions
    saves       cost of the cheapest plan without the budget less this one's; None where there is none   [USD/month]
    """

    characters: tuple[str, ...]
    concessions: tuple[Concession, ...]
    pain: float
    plan: Plan
    saves: float | None

    @property
    def agrees(self) -> tuple[str, ...]:
        """Who must agree."""
        return tuple(dict.fromkeys(one.limit.kind.agrees for one in self.concessions))


@dataclass(frozen=True)
class Reach:
    """How far one limit alone goes: whether giving it up suffices, and the least cost then."""

    limit: Limit
    suffices: bool
    least_usd_per_month: float | None


@dataclass(frozen=True)
class Negotiation:
    """The answer with all limits, the conflicts, the ways out, and what single concessions reach.

    complete  every minimal conflict is named     exhausted  every bundle asked for was found or proven not to be
    """

    asked: Outcome
    least: Plan | None
    conflicts: tuple[ConflictSet, ...]
    complete: bool
    hopeless: bool
    bundles: tuple[Bundle, ...]
    without: tuple[str, ...]
    exhausted: bool
    reach: tuple[Reach, ...]


def negotiate(
    bench: Bench, *, budget: float | None = None, keep: Sequence[str] = (), weights: Mapping[str, float] | None = None
) -> Negotiation:
    """``budget`` is the ask and never moves; ``keep`` names kinds or paths that do not either; ``weights`` by kind or path."""
    loaded = bench.loaded if budget is None else patched(bench.loaded, [Change("limits.budget_usd_per_month", budget)], bench.catalog)
    limits = limits_of(loaded.stated)
    kept = _kept(limits, keep, budget)
    weigh = _weights(limits, weights or {})
    asked = bench.solved(loaded.problem, explain=False)
    least = plan_of(bench.solved(without_total_cap(loaded.problem)[1], explain=False))
    if plan_of(asked) is not None:
        return Negotiation(asked, least, (), True, False, (), (), True, ())
    wishes = [limit for limit in limits if not limit.lever]
    found = conflicts(bench, loaded, wishes)
    search = _Bundles(bench, loaded, limits, kept, weigh, least)
    for dropped, enough in found.known:
        # A wish that is dropped is at its last step; levers hold in both.
        out = {limit.path for limit, one in zip(wishes, dropped) if one}
        vector = tuple(len(limit.steps) if limit.path in out else 0 for limit in limits)
        (search.lattice.enough if enough else search.lattice.too_little).append(vector)
    bundles, missing, exhausted = search.all() if not found.hopeless or any(limit.lever for limit in limits) else ((), (), True)
    return Negotiation(asked, least, found.sets, found.complete, found.hopeless, bundles, missing, exhausted, tuple(search.reach(wishes)))


class _Bundles:
    """The search for bundles over steps of all limits, levers included."""

    def __init__(self, bench: Bench, loaded: LoadedProblem, limits, kept: frozenset[int], weigh: Sequence[float], least: Plan | None) -> None:
        self.bench, self.loaded, self.limits, self.kept, self.weigh, self.least = bench, loaded, limits, kept, weigh, least
        self.lattice = Lattice([len(limit.steps) for limit in limits], self._ask, most=QUESTIONS)

    def all(self) -> tuple[tuple[Bundle, ...], tuple[str, ...], bool]:
        """(bundles that no other one beats, characters that have none, whether nothing was left unasked)."""
        chosen: dict[Vector, list[str]] = {}
        missing: list[str] = []
        exhausted = True
        try:
            for name, only, never in CHARACTERS:
                pain = self._count if name == "fewest changes" else self.pain
                vector = self.lattice.cheapest(pain, free=self._free(only, never))
                chosen.setdefault(vector, []).append(name) if vector is not None else missing.append(name)
            while len(chosen) < BUNDLES:
                vector = self.lattice.cheapest(self.pain, free=self._free(None, ()), but=list(chosen))
                if vector is None:
                    break
                chosen[vector] = ["another way"]
        except OutOfCalls:
            exhausted = False
        made = [bundle for vector, names in chosen.items() if (bundle := self._bundle(vector, tuple(names))) is not None]
        return tuple(sorted(_undominated(made), key=lambda b: (b.pain, b.plan.cost[TOTAL]))), tuple(missing), exhausted

    def pain(self, vector: Vector) -> float:
        """Σ weight × size of each limit's step."""
        return sum(w * limit.steps[n - 1].size for w, limit, n in zip(self.weigh, self.limits, vector) if n)

    def reach(self, wishes: Sequence[Limit]):
        """What giving up one limit alone would do."""
        for limit in wishes:
            if self.bench.stopped:
                return
            after = patched(self.loaded, [limit.steps[-1].change], self.bench.catalog)
            plan = plan_of(self.bench.solved(without_total_cap(after.problem)[1], **QUICK))
            suffices = self.bench.has_plan(after.problem)
            if suffices is None and self.bench.stopped:
                return
            yield Reach(limit, bool(suffices), None if plan is None else plan.cost[TOTAL])

    def _count(self, vector: Vector) -> float:
        return sum(n > 0 for n in vector) + SIZE * self.pain(vector)

    def _free(self, only: tuple[str, ...] | None, never: tuple[str, ...]) -> frozenset[int]:
        names = [limit.kind.name for limit in self.limits]
        return frozenset(i for i, name in enumerate(names) if (only is None or name in only) and name not in never) - self.kept

    def _ask(self, vector: Vector) -> bool | None:
        return self.bench.has_plan(self._after(self._steps(vector)).problem)

    def _steps(self, vector: Vector) -> list[Concession]:
        return [Concession(limit, limit.steps[n - 1]) for limit, n in zip(self.limits, vector) if n]

    def _after(self, given: Sequence[Concession]) -> LoadedProblem:
        return patched(self.loaded, [one.step.change for one in given], self.bench.catalog)

    def _bundle(self, vector: Vector, characters: tuple[str, ...]) -> Bundle | None:
        given = self._refined(self._steps(vector))
        plan = plan_of(self.bench.solved(self._after(given).problem, explain=False))
        if plan is None:
            return None
        pain = sum(self.weigh[self.limits.index(one.limit)] * one.step.size for one in given)
        saves = None if self.least is None else self.least.cost[TOTAL] - plan.cost[TOTAL]
        return Bundle(characters, tuple(given), pain, plan, saves)

    def _refined(self, given: list[Concession]) -> list[Concession]:
        """Each number moved no further than it must, the largest first: its last step halved as long as that suffices."""
        for at in sorted(range(len(given)), key=lambda i: -given[i].step.size):
            limit, step = given[at].limit, given[at].step
            before = limit.steps.index(step)
            low = limit.value if before == 0 else limit.steps[before - 1].change.value
            high = step.change.value
            if limit.side == "choice" or step.dropped or isinstance(high, int):
                continue
            for _ in range(HALVINGS):
                if self.bench.stopped:
                    return given
                middle = float(f"{(low + high) / 2:.4g}")
                if middle in (low, high):
                    break
                tried = Step(Change(limit.path, middle), abs(middle - limit.value) / abs(limit.value), False)
                if self.bench.has_plan(self._after([*given[:at], Concession(limit, tried), *given[at + 1 :]]).problem):
                    high, given = middle, [*given[:at], Concession(limit, tried), *given[at + 1 :]]
                else:
                    low = middle
        return given


def _undominated(bundles: list[Bundle]) -> list[Bundle]:
    """Without those that another one beats: it concedes no more of anything, costs no more, and one of the two less."""

    def sizes(bundle: Bundle) -> dict[str, float]:
        return {one.limit.path: one.step.size for one in bundle.concessions}

    def beats(one: Bundle, other: Bundle) -> bool:
        a, b = sizes(one), sizes(other)
        no_more = all(size <= b.get(path, 0.0) for path, size in a.items()) and one.plan.cost[TOTAL] <= other.plan.cost[TOTAL]
        return no_more and (a != b or one.plan.cost[TOTAL] < other.plan.cost[TOTAL])

    kept: list[Bundle] = []
    for bundle in bundles:
        twin = next((i for i, one in enumerate(kept) if sizes(one) == sizes(bundle)), None)
        if twin is not None:
            kept[twin] = replace(kept[twin], characters=(*kept[twin].characters, *bundle.characters))
        else:
            kept.append(bundle)
    return [one for one in kept if not any(beats(other, one) for other in kept if other is not one)]


def _kept(limits: Sequence[Limit], keep: Sequence[str], budget: float | None) -> frozenset[int]:
    found = set()
    for text in keep:
        matched = {i for i, limit in enumerate(limits) if text == limit.kind.name or fnmatchcase(limit.path, text)}
        if not matched and text not in KINDS:
            from planner.documents.near import did_you_mean

            near = did_you_mean(text, [*KINDS, *(limit.path for limit in limits)])
            raise UsageError(f'"{text}" is no kind of limit and no limit of this problem{near}', where="--keep", hint=f"one of {', '.join(KINDS)}")
        found |= matched
    if budget is not None:
        found |= {i for i, limit in enumerate(limits) if limit.path == "limits.budget_usd_per_month"}
    return frozenset(found)


def _weights(limits: Sequence[Limit], stated: Mapping[str, float]) -> list[float]:
    """By path first, then by kind, then the default of the kind."""
    return [
        next((w for path, w in stated.items() if fnmatchcase(limit.path, path)), stated.get(limit.kind.name, limit.kind.weight)) for limit in limits
    ]
