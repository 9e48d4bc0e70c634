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
        for part, columns, usd in _way_terms(sets, way):
            parts.setdefault(part, []).append((columns, usd))
        hours = way.option.instances * hours_in(sets, way).sum()
        for part, each in sets.charges.usd_per_hour(sets.pools[way.pool]).items():
            parts.setdefault(part, []).append((np.array([way.chosen]), np.array([hours * each])))
    for choice in sets.jobs:
        usd = job_data_usd(choice.job) * choice.runs / months
        if usd and choice.job.prepares is not None:
            made = np.array([var.made[choice.job.prepares]])
            parts.setdefault("job_data_usd_per_month", []).append((made, np.array([usd])))
        elif usd:
            fixed["job_data_usd_per_month"] = fixed.get("job_data_usd_per_month", 0.0) + usd


def _way_terms(sets, way: JobWay) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(part, columns, USD a month per unit) of one way to run a job: rent less what stands on spare capacity, own energy."""
    pool, hours = sets.pools[way.pool], hours_in(sets, way)
    chosen, count = np.array([way.chosen]), way.option.instances
    price = pool.on_demand if way.option.firm else pool.spot
    if price is not None:
        usd = hours * np.array(price) * (1.0 + sets.charges.support_share((pool,)))
        yield "jobs_usd_per_month", chosen, np.array([count * usd.sum()])
        if way.spare is not None:
            yield "jobs_usd_per_month", way.spare, -usd
    if pool.owned is not None:
        each = job_kw(pool) * pool.electricity_usd_per_kwh + pool.upkeep_usd_per_hour
        yield "job_energy_usd_per_month", chosen, np.array([count * hours.sum() * each])


def one_off_terms(sets, var) -> tuple[Terms, float]:
    """(columns, USD) of jobs that are run once, as one-off work counts them, and what of it is paid in any case [USD]."""
    months = sets.problem.horizon.months
    terms: Terms = []
    for way in var.job_ways:
        if way.choice.job.every_months is None:
            terms += [(columns, usd * months) for _, columns, usd in _way_terms(sets, way)]
    fixed = 0.0
    for choice in sets.jobs:
        usd = 0.0 if choice.job.every_months is not None else job_data_usd(choice.job) * choice.runs
        if usd and choice.job.prepares is not None:
            terms.append((np.array([var.made[choice.job.prepares]]), np.array([usd])))
        else:
            fixed += usd
    return terms, fixed


def jobs_once_usd(sets, decided) -> float:
    """Rent, energy and data of the jobs that a plan runs once [USD]; ``decided`` holds each with its instances on spare capacity."""
    months, total = sets.problem.horizon.months, 0.0
    for way, spare in decided:
        if way.choice.job.every_months is None:
            for _, columns, usd in _way_terms(sets, way):
                total += months * float(np.sum(usd * (spare if columns is way.spare else 1.0)))
            total += job_data_usd(way.choice.job) * way.choice.runs
    return total


def job_data_usd(job) -> float:
    """Data, people and an API's teaching of one run [USD]."""
    teacher = job.teacher
    taught = teacher.tokens / 1e6 * teacher.usd_per_mtok if teacher is not None and teacher.usd_per_mtok is not None else 0.0
    return job.data_usd + taught
