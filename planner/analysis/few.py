"""A few candidates of every service that are likely to be worth having: a plan made of these is a plan, and soon found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.solve import Judged

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Accelerators considered for each service, each with its cheapest configuration, and pools of each.
ACCELERATORS, POOLS = 5, 2
#: Ways kept of each job, the cheapest by price of their machines.
WAYS = 4


def few(stated: Judged) -> Judged:
    """``stated`` with the cheapest choices alone, by what it costs to serve with each of them alone."""
    prices = {pool.id: pool for pool in stated.pools}
    return replace(stated, choices=tuple(_few(choice, prices) for choice in stated.choices), jobs=tuple(_ways(job, prices) for job in stated.jobs))


def without_bound(plan: Plan) -> Plan:
    """The bound is that of the few, not of the problem: as a bound of the problem it would be a wrong claim."""
    return plan.model_copy(update={"status": "feasible", "proven": False, "gap": None, "bound_usd_per_month": None})


def width(stated: Judged) -> int:
    """Places for replicas and ways to run jobs: what the size of the program grows with."""
    return sum(len(c.pools) for choice in stated.choices for c in choice.candidates) + sum(len(job.options) for job in stated.jobs)


def _few(choice: Any, prices: dict[str, Any]) -> Any:
    kept = cheapest(choice.candidates, prices, ACCELERATORS)
    return replace(choice, candidates=tuple(replace(c, pools=cheapest_pools(c, prices, POOLS)) for c in choice.candidates if id(c) in kept))


def cheapest(candidates: Iterable[Any], prices: dict[str, Any], accelerators: int) -> set[int]:
    """Identities of the cheapest candidate of each of so many accelerators."""
    of: dict[str, Any] = {}
    for candidate in sorted(candidates, key=lambda c: (usd(c, prices), c.configuration)):
        of.setdefault(candidate.configuration.accelerator, candidate)
    return set(map(id, list(of.values())[:accelerators]))


def cheapest_pools(candidate: Any, prices: dict[str, Any], pools: int) -> tuple[str, ...]:
    """So many pools of a candidate, the cheapest, sorted by name."""
    return tuple(sorted(sorted(candidate.pools, key=lambda pool: (usd_in(candidate, prices[pool]), pool))[:pools]))


def usd(candidate: Any, pools: dict[str, Any]) -> float:
    """``usd_in`` at the cheapest place."""
    return min((usd_in(candidate, pools[pool]) for pool in candidate.pools), default=float("inf"))


def usd_in(candidate: Any, pool: Any) -> float:
    """Of one request of each class, at the cheapest price per accelerator of the pool [USD, up to a constant]."""
    work = sum(w for w, can in zip(candidate.work_s, candidate.can_serve) if can)
    lost = sum(not can for can in candidate.can_serve)
    each = 0.0 if pool.owned is not None else _hourly(pool) / pool.accelerators
    return work * candidate.configuration.accelerators * each * (1.0 + lost)


def _hourly(pool: Any) -> float:
    prices = [*_least(pool.on_demand), *_least(pool.spot), *(price for _, price in pool.reserved)]
    return min(prices, default=float("inf"))


def _least(prices: Iterable[float] | None) -> tuple[float, ...]:
    return () if prices is None else (min(prices),)


def _ways(job: Any, prices: dict[str, Any]) -> Any:
    """Each way by what its machines cost while it runs."""
    ranked = sorted(job.options, key=lambda one: (one.there_hours(prices[one.pool]) * one.instances * _hourly(prices[one.pool]), one.pool, one.firm, one.instances))
    return replace(job, options=tuple(one for one in job.options if any(one is kept for kept in ranked[:WAYS])))
