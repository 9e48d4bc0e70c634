"""Every job is done in time, in the memory there is, where it may run, on instances that are there."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from planner.economics.pools import place_matches
from planner.verify.case import Case
from planner.verify.jobs import jobs_of, needed
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_least, at_most, equal, refused, same, unless
from planner.verify.registry import check


@check("jobs_done", tolerance=CLAIM_TOLERANCE)
def jobs_done(case: Case) -> Iterator[Seen]:
    """Each job that the plan calls for is run one way, no other; its hours, arithmetic and memory are recomputed; spare instances fit."""
    yield same(sorted(j.name for j in case.plan.jobs), sorted(j.name for j in needed(case)), "jobs")
    for found in jobs_of(case):
        plan, name = found.plan, found.plan.name
        yield unless(plan.instances not in found.job.instances, name, f"{plan.instances} instances are not considered")
        yield same(len(plan.spare), len(case.periods), f"{name}: periods of spare")
        yield equal(plan.runs, found.runs, f"{name}: runs")
        if found.run is None:
            yield refused(name, found.why)
            continue
        yield equal(plan.hours_per_run, found.run.wall_hours, f"{name}: hours_per_run", unit="h")
        yield equal(plan.flop_per_run, found.run.flop, f"{name}: flop_per_run", unit="FLOP")
        yield equal(plan.memory_gib, found.run.memory_gib, f"{name}: memory_gib", unit="GiB")
        if plan.kwh_per_run is not None:
            kw = found.pool.idle_kw() + found.pool.busy_kw_per_accelerator() * found.pool.accelerators
            kwh = kw * plan.instances * found.there_hours() / found.runs
            yield equal(plan.kwh_per_run, kwh, f"{name}: kwh_per_run", unit="kWh")
        for t in case.periods:
            where = f"{name} {case.names[t]}"
            yield at_most(plan.spare[t], found.instances(t), f"{where}: spare", unit="instances", floor=1.0)
            yield at_least(plan.spare[t], 0.0, f"{where}: spare", unit="instances", floor=1.0)
            if (found.pool.on_demand if found.firm else found.pool.spot) is None:
                yield at_least(plan.spare[t], found.instances(t), f"{where}: nothing is rented there", unit="instances", floor=1.0)
            yield unless(plan.spare[t] and not found.firm, where, "spot has nothing to spare")


@check("job_place")
def job_place(case: Case) -> Iterator[Seen]:
    """Jobs run with providers, in regions and on accelerators that they allow and do not exclude, on spot only if they say so, never on endpoints."""
    for found in jobs_of(case):
        allow, pool = found.job.allow, found.pool
        outside = allow.regions is not None and not any(place_matches(r, pool) for r in allow.regions)
        outside |= not _among(pool.provider, allow.providers) or not _among(pool.accelerator, allow.accelerators)
        outside |= any(place_matches(r, pool) for r in allow.exclude_regions)
        outside |= _among(pool.provider, allow.exclude_providers) or _among(pool.accelerator, allow.exclude_accelerators)
        yield unless(outside or pool.endpoint is not None, found.plan.name, f"{pool.id} is not allowed")
        yield unless(not found.firm and not allow.spot, found.plan.name, "the job does not allow spot")


@check("job_price")
def job_price(case: Case) -> Iterator[Seen]:
    """What a job stands on is owned, or has a known price."""
    for found in jobs_of(case):
        known = found.pool.owned is not None or (found.pool.on_demand if found.firm else found.pool.spot) is not None
        yield unless(not known, found.plan.name, f"{found.pool.id} has no price to buy it {found.plan.purchase}")


@check("job_facts")
def job_facts(case: Case) -> Iterator[Seen]:
    """Shape of the model and rate of the accelerator are known, so that the job can be worked out."""
    for found in jobs_of(case):
        yield unless(found.run is None, found.plan.name, found.why)


@check("job_network")
def job_network(case: Case) -> Iterator[Seen]:
    """Jobs that exchange gradients between several instances state the speed of the network between them."""
    for found in jobs_of(case):
        slow = found.plan.instances > 1 and found.job.exchanges and found.job.network_gb_per_s is None
        yield unless(slow, found.plan.name, "several instances over a network of unknown speed")


@check("job_memory")
def job_memory(case: Case) -> Iterator[Seen]:
    """A job's state and activations fit nine tenths of each accelerator's memory."""
    for found in jobs_of(case):
        if found.run is not None:
            yield at_most(found.run.memory_gib, found.run.limit_gib, found.plan.name, unit="GiB")


@check("job_deadline")
def job_deadline(case: Case) -> Iterator[Seen]:
    """Each run is done within its hours, and its deadline lies within the horizon."""
    for found in jobs_of(case):
        yield unless(not found.runs, found.plan.name, "the deadline lies beyond the horizon")
        if found.run is not None:
            yield at_most(found.run.wall_hours, found.job.deadline_hours, found.plan.name, unit="h")


@check("job_stock")
def job_stock(case: Case) -> Iterator[Seen]:
    """A job takes no more instances than the pool has."""
    for found in jobs_of(case):
        for t in case.periods:
            most = found.pool.stock if found.pool.owned is None else max(found.pool.owned_at(t), found.pool.stock)
            if most is not None:
                yield at_most(found.instances(t), most, f"{found.plan.name} {case.names[t]}", unit="instances", floor=1.0)


@check("job_power")
def job_power(case: Case) -> Iterator[Seen]:
    """Power is known where electricity is paid or carbon counts, the grid too where carbon counts."""
    problem = case.problem
    fleet = problem.limits.carbon_kg_per_month is not None or problem.carbon.price_usd_per_tonne > 0 or problem.carbon.offsets
    for found in jobs_of(case):
        pool = found.pool
        carbon = fleet or any(place_matches(r.region, pool) for r in problem.limits.regions)
        unknown = (carbon or pool.owned is not None) and None in (pool.idle_kw(), pool.busy_kw_per_accelerator())
        yield unless(unknown or (carbon and pool.intensity is None), found.plan.name, f"power or grid of {pool.id} is unknown")


def _among(value: str, allowed: tuple[str, ...] | None) -> bool:
    return allowed is None or any(fnmatchcase(value.casefold(), pattern.casefold()) for pattern in allowed)
