"""More ways out beside those of a character of their own: what else may be moved, or the same limits otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.analysis.bundle import OTHER, Bundle, Concession, away, undominated
from planner.analysis.lattice import OutOfCalls
from planner.analysis.reach import Reach
from planner.analysis.smallest import NARROW, smallest
from planner.analysis.used_up import cents
from planner.plan.cost import TOTAL
from planner.problem.patch import Change

if TYPE_CHECKING:
    from planner.analysis.bundles import Bundles

#: So many bundles are looked for at least, the next best by pain after those of a character of their own.
BUNDLES = 3
#: So many ways that another one beats are passed over for that.
TRIES = 5
#: A plan that is cheaper by less than this share is not worth giving more for.
CHEAPER = 1e-3


def other_ways(search: Bundles, made: list[Bundle], alone: Sequence[Reach]) -> None:
    """One limit alone, the least pain first; ways that move other limits; the same limits with another one spared first; other steps."""
    single = [(one, [Concession(one.limit, one.step)]) for one in alone if one.step is not None and one.plan is not None and not one.kept]
    for one, given in sorted(single, key=lambda pair: search.pain(pair[1])):
        if len(undominated(made)) < BUNDLES and not any({c.limit.path for c in bundle.concessions} == {one.limit.path} for bundle in made):
            made.append(search.with_plan(given, one.plan, OTHER))
    cut: OutOfCalls | None = None
    for look in (_others, _sparing, _from_conflicts, _further, _giving):
        if len(undominated(made)) >= BUNDLES:
            return
        try:
            look(search, made)
        except OutOfCalls as error:
            cut = error
            if search.bench.stopped:
                break
    if cut is not None:
        raise cut


def _others(search: Bundles, made: list[Bundle]) -> None:
    _next_best(search, made, whole=True)


def _further(search: Bundles, made: list[Bundle]) -> None:
    _next_best(search, made, whole=False)


def _sparing(search: Bundles, made: list[Bundle]) -> None:
    for bundle in undominated(made):
        for number in range(len(bundle.concessions)):
            if len(undominated(made)) < BUNDLES and len(bundle.concessions) > 1:
                _spared(search, made, bundle, number)


def _giving(search: Bundles, made: list[Bundle]) -> None:
    for bundle in undominated(made):
        if len(undominated(made)) < BUNDLES:
            _generous(search, made, bundle)


def _from_conflicts(search: Bundles, made: list[Bundle]) -> None:
    """One limit out of each known conflict, each limit in turn with the least painful others: soon asked, however many limits there are."""
    free = search.free(None, ())
    sets = [frozenset(i for i in conflict if i in free) for conflict in search.conflicts]
    if not all(sets):
        return
    used = {search.place(one.limit) for bundle in made for one in bundle.concessions}
    for first in sorted(frozenset().union(*sets), key=lambda i: (i in used, search.weigh[i], i)):
        out = {first}
        for conflict in sets:
            if not conflict & out:
                out.add(min(conflict, key=lambda i: (search.weigh[i], i)))
        for i in sorted(out - {first}):
            if all(conflict & (out - {i}) for conflict in sets):
                out.remove(i)
        vector = tuple(top if i in out else 0 for i, top in enumerate(search.lattice.top))
        if len(undominated(made)) >= BUNDLES:
            return
        if search.asks(vector):
            bundle = search.made(search.refined(vector, first=first), OTHER)
            made += [bundle] if bundle is not None else []


def _next_best(search: Bundles, made: list[Bundle], *, whole: bool) -> None:
    """The next best by pain that moves not all that one of ``made`` does, or with ``whole`` off not as far; those that another one beats are passed over."""
    for _ in range(TRIES):
        if len(undominated(made)) >= BUNDLES:
            return
        found = search.best(False, search.free(None, ()), [one.concessions for one in made], whole=whole)
        bundle = None if found is None else search.made(found[0], OTHER)
        if bundle is None:
            search.all_seen = search.all_seen or not whole
            return
        made.append(bundle)


def _spared(search: Bundles, made: list[Bundle], bundle: Bundle, number: int) -> None:
    """The limits of a bundle with one of them moved as little as it can, whatever that asks of the others."""
    places = [search.place(one.limit) for one in bundle.concessions]
    if search.limits[places[number]].side == "choice":
        return
    others = [search.limits[i].steps[-1].change for n, i in enumerate(places) if n != number]
    limit, given = search.limits[places[number]], bundle.concessions[number]
    least = smallest(search.bench, lambda change: search.after([*others, change]), limit, given.step, limit.value)
    if away(Concession(limit, least.step)) >= away(given) * (1.0 - 2.0 * NARROW):
        return
    vector = tuple(search.lattice.top[i] if i in places else 0 for i in range(len(search.limits)))
    another = search.made(search.refined(vector, first=places[number]), OTHER)
    if another is not None:
        made.append(another)


def _generous(search: Bundles, made: list[Bundle], bundle: Bundle) -> None:
    """The limits of a bundle given as far as makes its plan the cheapest there is without them, and no further."""
    free = [Concession(one.limit, search.limits[search.place(one.limit)].steps[-1]) for one in bundle.concessions]
    plan = search.bench.cheapest_known(search.after([one.step.change for one in free]).problem, explain=False)
    if plan is None or plan.cost[TOTAL] >= bundle.plan.cost[TOTAL] * (1.0 - CHEAPER) or any(one.limit.kind.name == "budget" for one in free):
        return
    cap = Change("limits.budget_usd_per_month", cents(plan.cost[TOTAL]))
    for at in sorted(range(len(free)), key=lambda i: -bundle.concessions[i].step.size):
        limit, others = free[at].limit, [one.step.change for i, one in enumerate(free) if i != at]
        given = bundle.concessions[at]
        if limit.side != "choice" and not given.step.dropped:
            found = smallest(search.bench, lambda change, others=others: search.after([*others, cap, change]), limit, free[at].step, limit.value)
            free[at] = Concession(limit, found.step)
    another = search.made(tuple(free), OTHER)
    if another is not None:
        made.append(another)
