"""Near-optimal plans that really differ: with the fewest deployments in common, at a cost within a stated share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.analysis.difference import Difference, cost_interval, difference
from planner.analysis.elsewhere import named, sent
from planner.plan.cost import TOTAL
from planner.solve import Outcome, Solved, solve

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Solves at most for one alternative.
SOLVES = 40

#: Service, pool, firm or spot: another batch limit on the same machine is no other plan. Service, hosted option, how it is paid.
Deployment = tuple[str, str, str]
HOSTED = "hosted"


@dataclass(frozen=True)
class Alternative:
    """Another plan; ``shared`` are the deployments that it has in common with the plans before it."""

    found: Difference
    shared: tuple[str, ...]
    fewest: bool


@dataclass(frozen=True)
class Alternatives:
    """Plans within ``within`` of the cheapest cost; ``complete`` says that there is no other kind."""

    base: Outcome
    within: float
    others: tuple[Alternative, ...]
    complete: bool


def alternatives(bench: Bench, *, within: float = 0.03, most: int = 3) -> Alternatives:
    """``within`` is relative to the cheapest plan's cost."""
    base = bench.base()
    plan = plan_of(base)
    if plan is None:
        return Alternatives(base, within, (), True)
    # What is dominated is just what an alternative may be made of, once what dominates it is forbidden.
    stated = bench.stated(bench.loaded.problem, prune=False)
    plans = [deployments(plan)]
    others: list[Alternative] = []
    for _ in range(most):
        found = _next(bench, stated, plans, plan.cost[TOTAL] * (1.0 + within))
        if found is None:
            return Alternatives(base, within, tuple(others), True)
        new, fewest = found
        shared = tuple(sorted(_words(key) for key in deployments(new) & set().union(*plans)))
        others.append(Alternative(_difference(plan, new), shared, fewest))
        plans.append(deployments(new))
    return Alternatives(base, within, tuple(others), False)


def deployments(plan: Plan) -> set[Deployment]:
    """What stands where, by service and purchase; and what is sent to hosted options."""
    own = {(s.name, d.pool, d.purchase) for s in plan.services for d in s.deployments if any(d.replicas)}
    return own | {(s.name, named(one), HOSTED) for s in plan.services for one in s.hosted if named(one) in sent(s)}


def _next(bench: Bench, stated: Any, plans: list[set[Deployment]], cap: float) -> tuple[Plan, bool] | None:
    """(the cheapest plan that shares the fewest deployments with ``plans``, whether fewer is impossible); None: no other kind.

    Known deployments are forbidden, as many as can be, and of each known plan at least one: the first size at which a plan
    stays within the cap is the fewest that must be shared.
    """
    known = sorted(set().union(*plans))
    solves = 0
    for keep in range(len(known)):
        best: Plan | None = None
        for kept in combinations(known, keep):
            if any(plan <= set(kept) for plan in plans):
                continue
            if solves >= SOLVES:
                return None if best is None else (best, False)
            solves += 1
            new = _without(bench, stated, set(known) - set(kept))
            if new is not None and new.cost[TOTAL] <= cap and (best is None or new.cost[TOTAL] < best.cost[TOTAL]):
                best = new
        if best is not None:
            return best, True
    return None


def _without(bench: Bench, stated: Any, forbidden: set[Deployment]) -> Plan | None:
    """The cheapest plan without some deployments; its bound is that of such plans."""
    fewer = tuple(replace(choice, candidates=tuple(_left(choice, forbidden)), hosted=_hosted_left(choice, forbidden)) for choice in stated.choices)
    options = replace(bench.options, tie_break=False, price_safety=False, explain=False, confirm=False)
    answer = solve(bench.loaded.problem, bench.catalog, options, on_progress=bench.on_progress, stop=bench.stop, stated=replace(stated, choices=fewer))
    return answer.plan if isinstance(answer, Solved) else None


def _difference(plan: Plan, other: Plan) -> Difference:
    """The difference with the interval for plans of the other kind; the other plan then claims the problem's own bound only."""
    bound, cost = plan.bound_usd_per_month, other.cost[TOTAL]
    gap = None if bound is None or cost == 0 else max(0.0, (cost - bound) / abs(cost))
    claimed = other.model_copy(update={"status": "feasible", "proven": False, "bound_usd_per_month": bound, "gap": gap})
    return replace(difference(plan, claimed), cost=cost_interval(plan, other))


def _left(choice: Any, forbidden: set[Deployment]) -> Iterator[Any]:
    closed = {(pool, purchase == "firm") for service, pool, purchase in forbidden if service == choice.service and purchase != HOSTED}
    for candidate in choice.candidates:
        sides = frozenset(candidate.dominated_sides | {side for side in closed if side[0] in candidate.pools})
        pools = tuple(pool for pool in candidate.pools if not {(pool, True), (pool, False)} <= sides)
        if pools:
            yield replace(candidate, pools=pools, dominated_sides=sides)


def _hosted_left(choice: Any, forbidden: set[Deployment]) -> tuple[Any, ...]:
    return tuple(one for one in choice.hosted if (choice.service, named(one), HOSTED) not in forbidden)


def _words(key: Deployment) -> str:
    service, where, purchase = key
    return f"{service} by {where}" if purchase == HOSTED else f"{service} on {where} {purchase}"
