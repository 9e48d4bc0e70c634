"""Cash by month from a plan's decisions: each season's cost as if it lasted, and what is due on a day."""

from __future__ import annotations

import copy
from dataclasses import replace

from planner.economics.cash import paid_before_usd_per_month, upfront_by_month
from planner.economics.windows import share_by_month, windows
from planner.verify.case import Case
from planner.verify.jobs import data_usd, job_usd, jobs_of, needed
from planner.verify.recharge import paid_once
from planner.verify.remigrate import migration_usd
from planner.verify.recost import preparation_usd, recost

JOBS = ("jobs_usd_per_month", "job_energy_usd_per_month", "job_data_usd_per_month")
SPREAD = (*JOBS, "purchase_usd_per_month", "preparation_usd_per_month", "migration_usd_per_month", "held_commitments_usd_per_month")


def cash(case: Case) -> list[tuple[float, float, float]]:
    """(running, upfront, one-off) USD by month of the horizon."""
    months, without = case.problem.horizon.months, set(case.problem.costs.without)
    charged = sum(c.one_off_usd for c in paid_once(case).values() if c.part not in without)
    charged += sum(usd for part, usd in case.charges.fixed_one_off.items() if part not in without)
    prepared = 0.0 if "preparation_usd_per_month" in without else sum(preparation_usd(case).values())
    found = [[0.0, 0.0, 0.0] for _ in range(months)]
    for season in case.times.seasons:
        cost = recost(_lasting(case, season))
        usd = sum(value for part, value in cost.items() if part not in SPREAD) - charged / months
        for month in season.months:
            found[month][0] += usd
    for held in () if "held_commitments_usd_per_month" in without else case.problem.commitments.held:
        for month in range(held.start_month, months if held.end_month is None else min(held.end_month, months)):
            found[month][0] += held.usd_per_month
    for bought in case.plan.commitments:
        option = case.options[bought.name]
        part = "purchase" if option.bought else "spend_commitments" if option.measure == "spend" else "reserved"
        if f"{part}_usd_per_month" in without:
            continue
        for month in range(months):
            found[month][0] -= bought.units * paid_before_usd_per_month(option)
        for month, usd in upfront_by_month(option, months).items():
            found[month][1] += bought.units * usd
    for job in needed(case):
        for month, share in enumerate(share_by_month(job, months)):
            found[month][0] += 0.0 if JOBS[2] in without else data_usd(job) * len(windows(job, months)) * share
    for job in jobs_of(case):
        alone = dict(zip(JOBS, job_usd(case, job)))
        for month, share in enumerate(share_by_month(job.job, months)):
            found[month][0] += months * share * sum(alone[part] for part in JOBS[:2] if part not in without)
    moved = 0.0 if "migration_usd_per_month" in without else migration_usd(case)
    found[0][2] = charged + prepared + moved
    return [tuple(each) for each in found]


def _lasting(case: Case, season) -> Case:
    """The case with all hours of a month in one season."""
    factor = case.problem.horizon.months / len(season.months)
    found = copy.copy(case)
    periods = tuple(
        replace(p, hours_per_month=p.hours_per_month * factor, occurrences=p.occurrences * factor)
        if p.season == season.index
        else replace(p, hours_per_month=0.0, occurrences=0.0)
        for p in case.times.periods
    )
    found.times = replace(case.times, periods=periods)
    found.hours = tuple(p.hours_per_month for p in periods)
    return found
