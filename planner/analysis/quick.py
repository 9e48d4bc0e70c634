"""A first answer to a changed problem from few candidates: those of the base plan and the next cheapest of each service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench
from planner.solve import Judged, Solved, solve

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: Accelerators considered beside those of the base plan, each with its cheapest configuration, and pools of each.
BESIDE, POOLS = 8, 2


def quick_answer(bench: Bench, plan: Plan, problem: Problem) -> Solved | None:
    """The cheapest checked plan among few candidates, its bound taken away; None where these have no plan."""
    stated = bench.stated(problem)
    few = replace(stated, choices=tuple(_few(stated, number, plan) for number in range(len(stated.choices))))
    answer = solve(
        problem, bench.catalog, replace(bench.options, tie_break=False, price_safety=False, explain=False, confirm=False),
        on_progress=bench.on_progress, stop=bench.stop, stated=few,
    )  # fmt: skip
    if not isinstance(answer, Solved):
        return None
    # The bound is that of the few, not of the problem: as a bound of the problem it would be a wrong claim.
    found = answer.plan.model_copy(update={"status": "feasible", "proven": False, "gap": None, "bound_usd_per_month": None})
    return Solved(found)


def _few(stated: Judged, number: int, plan: Plan) -> Any:
    """One service's choices: what the plan uses of them, and the next ones by what serving alone costs."""
    choice = stated.choices[number]
    used = _used(plan, choice.service)
    prices = {pool.id: pool for pool in stated.pools}
    ranked = sorted(choice.candidates, key=lambda c: (_usd(c, prices), c.configuration))
    cheapest_of: dict[str, Any] = {}
    for candidate in ranked:
        cheapest_of.setdefault(candidate.configuration.accelerator, candidate)
    beside = set(map(id, list(cheapest_of.values())[:BESIDE]))
    kept = []
    for candidate in choice.candidates:
        mine = {pool for configuration, pool in used if configuration == _name(candidate.configuration)}
        if not mine and id(candidate) not in beside:
            continue
        cheapest = sorted(candidate.pools, key=lambda pool: (_usd_in(candidate, prices[pool]), pool))[:POOLS]
        kept.append(replace(candidate, pools=tuple(sorted((mine | set(cheapest)) & set(candidate.pools)))))
    return replace(choice, candidates=tuple(kept))


def _used(plan: Plan, service: str) -> set[tuple[tuple, str]]:
    return {(_name(d), d.pool) for s in plan.services if s.name == service for d in s.deployments if any(d.replicas)}


def _name(one: Any) -> tuple:
    return one.variant, one.accelerator, one.tp, one.pp, one.engine, one.max_num_seqs


def _usd(candidate: Any, pools: dict[str, Any]) -> float:
    return min((_usd_in(candidate, pools[pool]) for pool in candidate.pools), default=float("inf"))


def _usd_in(candidate: Any, pool: Any) -> float:
    """Of one request of each class, at the cheapest price per accelerator of the pool [USD, up to a constant]."""
    work = sum(w for w, can in zip(candidate.work_s, candidate.can_serve) if can)
    lost = sum(not can for can in candidate.can_serve)
    prices = [*_least(pool.on_demand), *_least(pool.spot), *(price for _, price in pool.reserved)]
    each = 0.0 if pool.owned is not None else min(prices, default=float("inf")) / pool.accelerators
    return work * candidate.configuration.accelerators * each * (1.0 + lost)


def _least(prices: Iterable[float] | None) -> tuple[float, ...]:
    return () if prices is None else (min(prices),)
