"""Jobs in the program: which way each is run, what of it stands on capacity that is paid for anyway, what it costs and emits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from planner.candidates.jobs import JobChoices, JobOption
from planner.formulation.data import always_on
from planner.problem.adapted import things_to_make
from planner.units import GRAMS_PER_KG

Terms = list[tuple[np.ndarray, np.ndarray]]


class JobWay(NamedTuple):
    """One option of a job, with its number, its pool's index, and its columns.

    chosen   column: 1 if the job is run so
    spare    columns by period: instances of it on capacity that services leave idle [T]; None: all of it is rented
    """

    number: int
    choice: JobChoices
    option: JobOption
    pool: int
    chosen: int
    spare: np.ndarray | None


def job_columns(var) -> None:
    """One binary for each option, and the instances of it on spare capacity."""
    sets = var.sets
    for name in sorted({choice.job.prepares for choice in sets.jobs} - {None}):
        var.made[name] = int(var.builder.columns("made", 1, upper=1.0, integer=True, labels=[f"make {name}"])[0])
    for number, choice in enumerate(sets.jobs):
        for option in choice.options:
            pool = sets.pool_index[option.pool]
            label = f"job {choice.job.name} on {option.instances} × {option.pool}{'' if option.firm else ' spot'}"
            chosen = int(var.builder.columns("job", 1, upper=1.0, integer=True, labels=[label])[0])
            spare = None
            if option.firm and (sets.pools[pool].owned is not None or (pool, True) in var.running):
                there = np.array(option.share) > 0
                spare = var.builder.columns("job_spare", sets.period_count, upper=np.where(there, float(option.instances), 0.0))
            var.job_ways.append(JobWay(number, choice, option, pool, chosen, spare))


def makers(sets) -> Iterator[tuple[int, str]]:
    """(slot, thing) for everything that jobs make and replicas in a slot need."""
    wanted = {choice.job.prepares for choice in sets.jobs} - {None}
    for slot in sets.slots if wanted else ():
        group = sets.groups[slot.group]
        for name in things_to_make(sets.services[group.service], group.configuration.variant, sets.problem):
            if name in wanted:
                yield slot.index, name


def most_of_jobs(sets, pool: int) -> float:
    """Instances of a pool that jobs can ever stand on at once."""
    most = [[o.instances for o in choice.options if o.firm and sets.pool_index[o.pool] == pool] for choice in sets.jobs]
    return float(sum(max(each, default=0) for each in most))


def runs_in(way: JobWay) -> np.ndarray:
    """1 in periods in which the job may be running, 0 elsewhere [T]."""
    return (np.array(way.option.share) > 0).astype(float)


def hours_in(sets, way: JobWay) -> np.ndarray:
    """Hours a month in which each instance runs, on average over the horizon, by period [h/month] [T]."""
    there = way.option.there_hours(sets.pools[way.pool])
    return there * np.array(way.option.share) / sets.problem.horizon.months


def job_kw(pool) -> float:
    """Power of one instance at work, beside what it draws whether it works or not [kW]."""
    idle = 0.0 if always_on(pool) else pool.idle_kw()
    return idle + pool.busy_kw_per_accelerator() * pool.accelerators


def job_emissions(sets, var, covers) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(column, kg a month) of each way to run a job in the pools covered."""
    for way in var.job_ways:
        pool = sets.pools[way.pool]
        if covers(pool):
            yield np.array([way.chosen]), np.array([emissions_by_period(sets, way).sum()])


def emissions_by_period(sets, way: JobWay) -> np.ndarray:
    """kg a month of all instances of a way to run a job, by period [T]; NaN when unknown."""
    pool = sets.pools[way.pool]
    if pool.intensity is None or pool.idle_kw() is None or pool.busy_w is None:
        return np.full(sets.period_count, np.nan)
    kg = np.array(pool.intensity) / GRAMS_PER_KG * job_kw(pool)
    if sets.problem.carbon.embodied:
        kg = kg + (np.nan if pool.embodied_kg_per_hour is None else pool.embodied_kg_per_hour)
    return way.option.instances * hours_in(sets, way) * kg


def add_jobs(sets, var, parts: dict[str, Terms], fixed: dict[str, float]) -> None:
    """Adds rent, electricity, charges by the hour, data and teachers of jobs."""
    months = sets.problem.horizon.months
    for way in var.job_ways:
        pool, hours = sets.pools[way.pool], hours_in(sets, way)
        chosen, count = np.array([way.chosen]), way.option.instances
        price = pool.on_demand if way.option.firm else pool.spot
        if price is not None:
            usd = hours * np.array(price)
            usd = usd * (1.0 + sets.charges.support_share((pool,)))
            parts.setdefault("jobs_usd_per_month", []).append((chosen, np.array([count * usd.sum()])))
            if way.spare is not None:
                parts["jobs_usd_per_month"].append((way.spare, -usd))
        if pool.owned is not None:
            usd = count * hours.sum() * (job_kw(pool) * pool.electricity_usd_per_kwh + pool.upkeep_usd_per_hour)
            parts.setdefault("job_energy_usd_per_month", []).append((chosen, np.array([usd])))
        for part, each in sets.charges.usd_per_hour(pool).items():
            parts.setdefault(part, []).append((chosen, np.array([count * hours.sum() * each])))
    for choice in sets.jobs:
        usd = job_data_usd(choice.job) * choice.runs / months
        if usd and choice.job.prepares is not None:
            made = np.array([var.made[choice.job.prepares]])
            parts.setdefault("job_data_usd_per_month", []).append((made, np.array([usd])))
        elif usd:
            fixed["job_data_usd_per_month"] = fixed.get("job_data_usd_per_month", 0.0) + usd


def job_data_usd(job) -> float:
    """Data, people and an API's teaching of one run [USD]."""
    teacher = job.teacher
    taught = teacher.tokens / 1e6 * teacher.usd_per_mtok if teacher is not None and teacher.usd_per_mtok is not None else 0.0
    return job.data_usd + taught
