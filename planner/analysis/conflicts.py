"""The minimal sets of limits that cannot all hold, found by leaving limits out, each confirmed by a second solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.analysis.bench import VERY_WIDE, Bench
from planner.analysis.few import width
from planner.analysis.lattice import Lattice, OutOfCalls, Vector
from planner.analysis.limits import Limit
from planner.analysis.needed import COUNTED, Needed, needed
from planner.problem.load import LoadedProblem
from planner.problem.patch import patched
from planner.solve import Infeasible

#: Up to so many limits all conflicts are named; beyond, as many as so many questions find.
ALL_UP_TO, QUESTIONS = 12, 400


@dataclass(frozen=True)
class ConflictSet:
    """Limits that cannot all hold while ``levers`` do; without any one of them, or of the levers, a plan exists.

    confirmed_by  the solvers, or the rules, that say so
    needed        by limit, what it would have to be for the others and the levers to hold; None: no such cap, or not known
    levers        defaults that nobody stated and without any of which these limits could all hold; other defaults may be anything
    sharp         whether each of the levers was found to be needed; else some of them may not be
    """

    limits: tuple[Limit, ...]
    confirmed_by: str
    needed: tuple[Needed | None, ...] = ()
    levers: tuple[Limit, ...] = ()
    sharp: bool = True


@dataclass(frozen=True)
class Conflicts:
    """All minimal sets, or as many as were found; ``complete`` says which.

    hopeless  without a single limit there is still no plan: stock, prices or physics stand in the way, or ``levers``
    known     of which limits dropped (1 or 0 each) it was found whether a plan exists
    """

    sets: tuple[ConflictSet, ...]
    complete: bool
    hopeless: bool = False
    known: tuple[tuple[Vector, bool], ...] = ()
    levers: tuple[Limit, ...] = ()


def conflicts(bench: Bench, loaded: LoadedProblem, limits: Sequence[Limit], levers: Sequence[Limit] = ()) -> Conflicts:
    """The conflicts among ``limits`` of a problem that has no plan; ``levers`` hold throughout, and are named where they matter."""
    count = len(limits)

    def ask(dropped: Vector) -> bool | None:
        return bench.has_plan(dropping(bench, loaded, [limit for limit, out in zip(limits, dropped) if out]).problem)

    lattice = Lattice((1,) * count, ask, most=2**count + count if count <= ALL_UP_TO else QUESTIONS)
    found: list[frozenset[int]] = []
    corrections: list[Vector] = []
    complete = True
    try:
        # One cap out is sooner asked than everything: without any limit every offer of a catalogue may stand open.
        caps = [i for i in range(count) if limits[i].kind.name in COUNTED]
        if any(ask(tuple(int(j == i) for j in range(count))) for i in caps):
            lattice.enough.append((1,) * count)
        if not lattice.suffices((1,) * count):
            held, _ = _held(bench, dropping(bench, loaded, limits), levers)
            return Conflicts((), complete=True, hopeless=True, levers=held)
        while True:
            # The fewest limits out that touch every conflict known: either a plan exists, or there is another conflict.
            vector = lattice.candidate(sum, None, corrections)
            if vector is None:
                break
            if lattice.suffices(vector):
                corrections.append(vector)
            else:
                kept = _shrunk(lattice, vector)
                found.append(kept)
                lattice.too_little.append(tuple(int(i not in kept) for i in range(count)))
    except OutOfCalls:
        complete = False
    sets = tuple(_confirmed(bench, loaded, limits, kept, levers) for kept in found)
    known = (*((vector, True) for vector in lattice.enough), *((vector, False) for vector in lattice.too_little))
    return Conflicts(sets, complete, known=known)


def dropping(bench: Bench, loaded: LoadedProblem, limits: Sequence[Limit]) -> LoadedProblem:
    """The problem without some of its limits."""
    return patched(loaded, [limit.steps[-1].change for limit in limits], bench.catalog)


def _shrunk(lattice: Lattice, dropped: Vector) -> frozenset[int]:
    """A minimal conflict among what is kept: a limit stays in only if without it there is a plan."""
    for i in range(len(dropped)):
        if not dropped[i]:
            tried = (*dropped[:i], 1, *dropped[i + 1 :])
            if not lattice.suffices(tried):
                dropped = tried
    return frozenset(i for i, out in enumerate(dropped) if not out)


def _confirmed(bench: Bench, loaded: LoadedProblem, limits: Sequence[Limit], kept: frozenset[int], levers: Sequence[Limit]) -> ConflictSet:
    alone = dropping(bench, loaded, [limit for i, limit in enumerate(limits) if i not in kept])
    held, sharp = _held(bench, alone, levers)
    alone = dropping(bench, alone, [lever for lever in levers if lever not in held])
    answer = bench.solved(alone.problem, tie_break=False, price_safety=False, explain=False)
    confirmed = answer.confirmed_by if isinstance(answer, Infeasible) else ""
    members = tuple(limits[i] for i in sorted(kept))
    return ConflictSet(members, confirmed, tuple(needed(bench, alone, limit) for limit in members), held, sharp)


def _held(bench: Bench, conflict: LoadedProblem, levers: Sequence[Limit]) -> tuple[tuple[Limit, ...], bool]:
    """(the levers that must hold for a problem to have no plan, whether each of them was found to); none where it never has one.

    All at once first: as a rule none matters. A lever that opens too much to ask about stays.
    """
    left, sharp = list(levers), True
    without = _whether(bench, conflict, left)
    if without is False:
        return (), True
    for lever in levers:
        others = [one for one in left if one is not lever]
        gone = [one for one in levers if one not in others]
        found = _whether(bench, conflict, gone)
        sharp = sharp and found is not None
        if found is False:
            left = others
    return tuple(left), sharp


def _whether(bench: Bench, conflict: LoadedProblem, out: Sequence[Limit]) -> bool | None:
    """Whether a problem has a plan without some levers; None: too wide to ask, or not known."""
    problem = dropping(bench, conflict, out).problem
    if width(bench.stated(problem)) > VERY_WIDE:
        return None
    return bench.has_plan(problem)
