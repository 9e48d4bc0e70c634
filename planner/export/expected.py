"""The hours and money that a plan expects of each pool, by how they are paid for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from typing import Any

from planner.catalog.catalog import Catalog
from planner.economics.api import api_offers
from planner.economics.build_pools import build_pools
from planner.economics.meters import Metered, metered, offer_of
from planner.economics.pools import Pool
from planner.economics.serverless import serverless_offers
from planner.economics.timeline import timeline
from planner.economics.windows import share_by_period
from planner.plan.cost import TOTAL
from planner.plan.hosted import HostedUse
from planner.plan.schema import CommitmentPlan, JobPlan, Plan, PoolPlan
from planner.problem.schema import Problem
from planner.units import HOURS_PER_MONTH

# Parts of the cost that the expected lines make up; the others are charges beside instances.
OF_INSTANCES = ("on_demand_usd_per_month", "spot_usd_per_month")
OF_COMMITMENTS = ("reserved_usd_per_month", "spend_commitments_usd_per_month", "purchase_usd_per_month")
OF_HOSTED = ("serverless_usd_per_month", "provider_api_usd_per_month", "provisioned_usd_per_month")
OF_JOBS = "jobs_usd_per_month"


@dataclass(frozen=True)
class Expected:
    """A month of one pool, paid in one way.

    pool        with its id, provider, region and instance_type
    way         on_demand, spot or committed
    commitment  whose coverage it is; empty elsewhere
    hours       of instances [h/month]
    usd         amortised: what covered hours cost is their share of the commitment [USD/month]
    list_usd    the same hours on demand [USD/month]
    job         that runs there; empty: services
    """

    pool: Any
    way: str
    commitment: str
    hours: float
    usd: float
    list_usd: float
    job: str = ""


@dataclass(frozen=True)
class ExpectedUse:
    """A month of one hosted option of one service by one meter."""

    service: str
    use: HostedUse
    part: Metered


def expected(plan: Plan, problem: Problem, catalog: Catalog) -> tuple[Expected, ...]:
    """Every pool's hours, in the order of the plan, then those of jobs; seasons at their share of the month, jobs at theirs."""
    times = timeline(problem)
    pools, _ = build_pools(problem, catalog, times)
    known = {pool.id: pool for pool in pools}
    services = [one for part in plan.pools for one in _of_pool(plan, part, known)]
    stated = {job.name: job for job in problem.jobs}
    jobs = [one for job in plan.jobs for one in _of_job(job, known[job.pool], share_by_period(stated[job.name], times), problem.horizon.months)]
    return tuple(services + jobs)


def expected_hosted(plan: Plan, problem: Problem, catalog: Catalog) -> tuple[ExpectedUse, ...]:
    """What hosted options are paid for, in the order of the plan."""
    stated, hours = {one.name: one for one in problem.services}, [one.hours_per_month for one in plan.periods]
    apis, workers = {offer.id: offer for offer in api_offers(problem, catalog)}, serverless_offers(problem, catalog)
    return tuple(
        ExpectedUse(service.name, use, part)
        for service in plan.services
        for use in service.hosted
        for part in metered(use, stated[service.name], offer_of(use, apis, workers), hours)
    )


def _of_job(job: JobPlan, pool: Pool, shares: tuple[float, ...], months: int) -> Iterator[Expected]:
    """A job's hours on instances that nothing else pays for, restarts included."""
    spot = job.purchase == "spot"
    prices = pool.spot if spot else pool.on_demand
    if prices is None:
        return
    each = job.hours_per_run * job.runs / months * (pool.spot_availability if spot else 1.0)
    hours = [each * share * (job.instances - spare) for share, spare in zip(shares, job.spare)]
    quantity = sum(hours)
    if quantity > 0.0:
        usd = sum(hour * price for hour, price in zip(hours, prices))
        yield Expected(pool, "spot" if spot else "on_demand", "", quantity, usd, _listed(pool, quantity, usd), job.name)


def _of_pool(plan: Plan, part: PoolPlan, known: dict[str, Pool]) -> Iterator[Expected]:
    pool, hours = known[part.id], [one.hours_per_month for one in plan.periods]
    for way, prices, share in (("on_demand", pool.on_demand, 1.0), ("spot", pool.spot, pool.spot_availability)):
        counts = getattr(part, way)
        if prices is not None and any(counts):
            quantity = sum(count * hour * share for count, hour in zip(counts, hours))
            usd = sum(count * hour * share * price for count, hour, price in zip(counts, hours, prices))
            yield Expected(part, way, "", quantity, usd, _listed(pool, quantity, usd))
    bought = {one.name: one for one in plan.commitments}
    for name, counts in part.reserved.items():
        quantity = sum(count * hour for count, hour in zip(counts, hours))
        if quantity:
            usd = used_usd(plan, bought[name], part, known) if name in bought else 0.0
            yield Expected(part, "committed", name, quantity, usd, _listed(pool, quantity, usd))


def used_usd(plan: Plan, one: CommitmentPlan, part: PoolPlan, known: dict[str, Pool]) -> float:
    """What a pool uses of a commitment [USD/month]: its part of the used share, by what the commitment counts in."""
    weights = {other.id: _weight(plan, one, other, known[other.id]) for other in plan.pools}
    total = sum(weights.values())
    return committed_usd(one) * one.used_share * weights[part.id] / total if total else 0.0


def committed_usd(one: CommitmentPlan) -> float:
    """What a commitment costs whether it is used or not [USD/month]."""
    return one.units * one.usd_per_unit_hour * HOURS_PER_MONTH


def beside(plan: Plan, lines: tuple[Expected, ...]) -> dict[str, float]:
    """Parts of the cost that are no instance's, commitment's or hosted option's [USD/month]; they and the rest sum to the total.

    lines  what is expected of instances: the rent of jobs among them
    """
    apart = {*OF_INSTANCES, *OF_COMMITMENTS, *OF_HOSTED, TOTAL}
    cost = dict(plan.cost)
    rest = cost.get(OF_JOBS, 0.0) - sum(one.usd for one in lines if one.job)
    # What jobs pay beyond rent is a provider's support plan.
    cost[OF_JOBS] = rest if abs(rest) > 1e-9 * max(1.0, cost.get(OF_JOBS, 0.0)) else 0.0
    found = {part: usd for part, usd in cost.items() if part not in apart and usd}
    # A spend that stays discounted above its minimum costs more than the minimum, and a term longer than the horizon less.
    over = sum(plan.cost.get(part, 0.0) for part in OF_COMMITMENTS) - sum(map(committed_usd, plan.commitments))
    if abs(over) > 1e-9 * max(1.0, plan.cost[TOTAL]):
        found["beyond_commitments_usd_per_month"] = over
    return found


def _weight(plan: Plan, one: CommitmentPlan, part: PoolPlan, pool: Pool) -> float:
    counts = part.reserved.get(one.name, (0.0,) * len(plan.periods))
    each = {"instances": 1.0, "accelerators": float(part.accelerators_per_instance)}.get(one.measure)
    prices = pool.on_demand or (0.0,) * len(counts)
    hours = (period.hours_per_month for period in plan.periods)
    return sum(count * hour * (price if each is None else each) for count, hour, price in zip(counts, hours, prices))


def _listed(pool: Pool, quantity: float, usd: float) -> float:
    """At the on-demand price of the first period; what it costs where there is none."""
    return quantity * pool.on_demand[0] if pool.on_demand else usd
