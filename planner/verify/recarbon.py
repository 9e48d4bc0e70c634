"""Emissions of a plan from its decisions, in plain arithmetic: fleet, region, pool and service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from planner.economics.pools import Pool
from planner.units import GRAMS_PER_KG
from planner.verify.case import Case
from planner.verify.jobs import job_kg, jobs_of, working_kw


def fleet_kg(case: Case, covers: Callable[[Pool], bool] = lambda pool: True) -> float | None:
    """kgCO2e a month of all pools that ``covers`` accepts; None when a used one's power or grid is unknown.

    What hosted options emit is unknown. Idle machines that are owned and never switched off count; where their power is unknown and nothing runs on
    them they are left out, being the same under every plan.
    """
    if case.hosted:
        return None
    total = 0.0
    for pool, used in _counted(case):
        if not covers(pool):
            continue
        kg = _pool_kg(case, pool)
        if kg is None:
            if used:
                return None
            continue
        total += sum(kg)
    return total


def region_kg(case: Case) -> dict[str, list[float]] | None:
    """kgCO2e a month in each period by region, of the pools that ``fleet_kg`` counts; None where that is unknown."""
    found: dict[str, list[float]] = {}
    if case.hosted:
        return None
    for pool, used in _counted(case):
        kg = _pool_kg(case, pool)
        if kg is None and used:
            return None
        if kg is not None:
            found[pool.region] = [a + b for a, b in zip(found.get(pool.region, [0.0] * len(kg)), kg)]
    return found


def market_kg(case: Case) -> float | None:
    """kgCO2e a month by contracts for electricity of the pools that ``fleet_kg`` counts; None where that is unknown."""
    total = 0.0
    for pool, used in _counted(case):
        kg = _pool_kg(case, replace(pool, intensity=pool.market_intensity))
        if kg is None and used:
            return None
        total += sum(kg or ())
    return total


def service_kg(case: Case, service: str) -> float | None:
    """A service's own share: its busy energy and, by accelerators, the idle energy of the instances it stands on."""
    if case.hosted_of(service):
        return None
    total = 0.0
    for p in case.placed_of(service):
        if not any(p.deployment.replicas):
            continue
        pool = p.pool
        idle, busy = pool.idle_kw(), pool.busy_kw_per_accelerator()
        if idle is None or busy is None or pool.intensity is None:
            return None
        if case.problem.carbon.embodied and pool.embodied_kg_per_hour is None:
            return None
        for t in case.periods:
            instances = p.effective(t) * p.configuration.accelerators / pool.accelerators
            kw = idle * instances + busy * p.configuration.accelerators * p.work(t)
            total += case.hours[t] * pool.intensity[t] / GRAMS_PER_KG * kw
            if case.problem.carbon.embodied:
                total += case.hours[t] * pool.embodied_kg_per_hour * instances
    return total


def power_kw(case: Case, pool: Pool, t: int) -> float | None:
    """Power that a pool draws in a period, spot for the hours it is expected to run; None when unknown."""
    idle, busy = pool.idle_kw(), pool.busy_kw_per_accelerator()
    if idle is None or busy is None:
        return None
    return idle * instances_on(case, pool, t) + busy * busy_accelerators(case, pool, t)


def capped_kw(case: Case, pool: Pool, t: int) -> float | None:
    """Power of a pool with that of jobs, which may run in any period of their window; None when unknown."""
    drawn = power_kw(case, pool, t)
    if drawn is None:
        return None
    return drawn + sum(found.instances(t) * working_kw(pool) for found in jobs_of(case) if found.pool.id == pool.id)


def instances_on(case: Case, pool: Pool, t: int) -> float:
    """Instances that draw idle power."""
    if always_on(pool):
        return float(pool.owned)
    part = case.pool_plans.get(pool.id)
    return part.running_firm[t] + part.spot[t] * pool.spot_availability if part else 0.0


def busy_accelerators(case: Case, pool: Pool, t: int) -> float:
    """Accelerators at work in a pool, on average over a period."""
    return sum(p.configuration.accelerators * p.work(t) for p in case.placed_in(pool.id))


def always_on(pool: Pool) -> bool:
    """Owned, and never switched off."""
    return pool.owned is not None and not pool.power_off


def _counted(case: Case) -> list[tuple[Pool, bool]]:
    """Pools that draw power, each with whether anything runs there."""
    running = {part.id for part in case.pool_plans.values() if any(part.running_firm) or any(part.spot)}
    used = running | {found.pool.id for found in jobs_of(case)}
    return [(pool, pool.id in used) for pool in case.every_pool if pool.id in used or always_on(pool)]


def _pool_kg(case: Case, pool: Pool) -> list[float] | None:
    """By period."""
    if pool.intensity is None or (case.problem.carbon.embodied and pool.embodied_kg_per_hour is None):
        return None
    found = []
    for t in case.periods:
        drawn = power_kw(case, pool, t)
        if drawn is None:
            return None
        kg_per_hour = pool.intensity[t] / GRAMS_PER_KG * drawn
        if case.problem.carbon.embodied:
            kg_per_hour += pool.embodied_kg_per_hour * instances_on(case, pool, t)
        found.append(case.hours[t] * kg_per_hour + sum(job_kg(case, replace(j, pool=pool), t) for j in jobs_of(case) if j.pool.id == pool.id))
    return found
