"""What must give: the limits that conflict, what each would have to be alone, and bundles of concessions that each buy a checked plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.analysis.bench import Bench, plan_of, without_total_cap
from planner.analysis.bundle import Bundle
from planner.analysis.bundles import Bundles
from planner.analysis.conflicts import Conflicts, ConflictSet, conflicts
from planner.analysis.limit_names import meant
from planner.analysis.limits import KINDS, Limit, Step, limits_of
from planner.analysis.reach import Reach, reaches
from planner.problem.patch import Change, patched
from planner.solve import Outcome

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem


@dataclass(frozen=True)
class Negotiation:
    """The answer with all limits, the conflicts, the ways out, and what single concessions reach.

    complete  every minimal conflict is named     exhausted  every bundle asked for was found or proven not to be, over the steps
    closed    no values between the steps hurt less, to 2 % of the pain and the half percent to which values are known
    bundles   the least pain first, of equal pain the cheapest
    levers    of a hopeless problem, defaults without which there would be a plan
    all_seen  where there are fewer than three bundles, no other way exists that none of them beats, over the steps
    reach     of every limit: those that suffice alone first, the smallest change first
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
    closed: bool = True
    levers: tuple[Limit, ...] = ()
    all_seen: bool = True


def negotiate(
    bench: Bench, *, budget: float | None = None, keep: Sequence[str] = (), weights: Mapping[str, float] | None = None
) -> Negotiation:
    """``budget`` is the ask and never moves; ``keep`` names kinds or paths that do not either; ``weights`` by kind or path."""
    loaded = bench.loaded if budget is None else patched(bench.loaded, [Change("limits.budget_usd_per_month", budget)], bench.catalog)
    limits = limits_of(loaded.stated)
    kept = _kept(loaded.stated, limits, keep, budget)
    weigh = _weights(loaded.stated, limits, weights or {})
    asked = bench.solved(loaded.problem, explain=False)
    least = plan_of(bench.solved(without_total_cap(loaded.problem)[1], explain=False))
    if plan_of(asked) is not None:
        return Negotiation(asked, least, (), True, False, (), (), True, ())
    found = conflicts(bench, loaded, [limit for limit in limits if not limit.lever], [limit for limit in limits if limit.lever])
    alone = reaches(bench, loaded, limits, kept, found)
    if found.hopeless and not any(limit.lever for limit in limits):
        return Negotiation(asked, least, found.sets, found.complete, True, (), (), True, alone, levers=found.levers)
    # What suffices alone is a step of its own, so that no bundle asks more of a single limit than it must.
    search = Bundles(bench, loaded, _stepped(limits, alone), kept, weigh, least, _known(limits, found), [frozenset(one.path for one in (*conflict.limits, *conflict.levers)) for conflict in found.sets])
    bundles, missing, exhausted = search.all(alone)
    return Negotiation(asked, least, found.sets, found.complete, found.hopeless, bundles, missing, exhausted, alone, exhausted and search.closed, found.levers, search.all_seen)


def _stepped(limits: Sequence[Limit], alone: Sequence[Reach]) -> tuple[Limit, ...]:
    """Limits with the smallest change that suffices alone among their steps."""
    steps = {one.limit.path: one.step for one in alone if one.step is not None and not one.step.dropped}
    return tuple(_with(limit, steps[limit.path]) if limit.path in steps else limit for limit in limits)


def _with(limit: Limit, step: Step) -> Limit:
    if any(one.change.value == step.change.value for one in limit.steps):
        return limit
    *numbers, last = limit.steps
    return replace(limit, steps=(*sorted((*numbers, step), key=lambda one: one.size), last))


def _known(limits: Sequence[Limit], found: Conflicts) -> tuple[tuple[frozenset[str], bool], ...]:
    """Paths of limits that were dropped together, and whether that leaves a plan."""
    wishes = [limit.path for limit in limits if not limit.lever]
    return tuple((frozenset(path for path, out in zip(wishes, dropped) if out), enough) for dropped, enough in found.known)


def _kept(problem: Problem, limits: Sequence[Limit], keep: Sequence[str], budget: float | None) -> frozenset[int]:
    found = frozenset().union(*(meant(problem, limits, text, "--keep") for text in keep))
    return found if budget is None else found | {i for i, limit in enumerate(limits) if limit.path == "limits.budget_usd_per_month"}


def _weights(problem: Problem, limits: Sequence[Limit], stated: Mapping[str, float]) -> list[float]:
    """By path first, then by kind, then the default of the kind."""
    of = {name: meant(problem, limits, name, "--weights") for name in stated}
    return [
        next((w for name, w in stated.items() if name not in KINDS and i in of[name]), stated.get(limit.kind.name, limit.kind.weight))
        for i, limit in enumerate(limits)
    ]
