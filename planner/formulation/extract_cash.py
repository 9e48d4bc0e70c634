"""What a plan pays in each month of the horizon, beside its cost spread over all of them."""

from __future__ import annotations

import numpy as np

from planner.economics.cash import paid_before_usd_per_month, upfront_by_month
from planner.economics.windows import share_by_month
from planner.formulation.build import Built
from planner.formulation.constraints.changes import migration_terms
from planner.formulation.constraints.paid_once import uses
from planner.formulation.constraints.preparation import preparation_usd
from planner.formulation.jobs import job_data_usd
from planner.formulation.objective import part_of
from planner.plan.schema import CashMonth

#: Parts that spread over the horizon what is paid on a day.
SPREAD = ("purchase_usd_per_month", "preparation_usd_per_month")
#: Parts that are paid while jobs run.
JOBS = ("jobs_usd_per_month", "job_energy_usd_per_month", "job_data_usd_per_month")
HELD = "held_commitments_usd_per_month"


def plan_cash(built: Built, values: np.ndarray) -> tuple[CashMonth, ...]:
    """Cash by month: what runs by season, upfront payments and one-off work when they are due."""
    months = built.sets.problem.horizon.months
    one_off = _one_off(built, values)
    # What is prepared is no part of what runs, so it is not taken off it.
    running = _running(built, values) - (one_off - _prepared(built, values)) / months + _held(built) + _jobs(built, values)
    upfront = np.zeros(months)
    for number, column in built.var.units.items():
        option = built.sets.options[number]
        if part_of(option) in built.parts:
            running -= values[column] * paid_before_usd_per_month(option)
            for month, usd in upfront_by_month(option, months).items():
                upfront[month] += values[column] * usd
    return tuple(
        CashMonth(month=m, running_usd=float(running[m]), upfront_usd=float(upfront[m]), one_off_usd=one_off if m == 0 else 0.0)
        for m in range(months)
    )


def _running(built: Built, values: np.ndarray) -> np.ndarray:
    """Parts of the cost by month; what has no periods is the same in all [months]."""
    times, months = built.sets.times, built.sets.problem.horizon.months
    even = float(sum(usd for part, usd in built.fixed.items() if part not in (HELD, *JOBS)))
    by_period = np.zeros(built.sets.period_count)
    for part, terms in built.parts.items():
        if part in (*SPREAD, *JOBS):
            continue
        for columns, usd in terms:
            spent = values[columns] * usd
            if columns.shape[-1] == by_period.size:
                by_period += spent.reshape(-1, by_period.size).sum(axis=0)
            else:
                even += float(spent.sum())
    found = np.full(months, even)
    for period, usd in zip(times.periods, by_period, strict=True):
        found[list(period.months)] += usd * months / len(period.months)
    return found


def _one_off(built: Built, values: np.ndarray) -> float:
    """One-off work of all kinds that are counted [USD]."""
    counted = set(built.parts) | set(built.fixed)
    total = sum(usd for part, usd in built.sets.charges.fixed_one_off.items() if part in counted)
    if "migration_usd_per_month" in counted:
        moves, gone = migration_terms(built.sets, built.var, built.data)
        total += gone + sum(float(np.sum(values[columns] * usd)) for columns, usd in moves)
    for key, (charge, _) in uses(built.sets).items():
        if key in built.var.uses and charge.part in counted:
            total += charge.one_off_usd * values[built.var.uses[key]]
    return float(total) + _prepared(built, values)


def _prepared(built: Built, values: np.ndarray) -> float:
    """Preparation of the variants opened [USD]."""
    if SPREAD[1] not in built.parts:
        return 0.0
    return float(sum(preparation_usd(built.sets, key) * values[column] for key, column in built.var.prepared.items()))


def _jobs(built: Built, values: np.ndarray) -> np.ndarray:
    """What jobs cost in the months in which they run."""
    months = built.sets.problem.horizon.months
    found = np.zeros(months)
    for way in built.var.job_ways:
        by_month = np.array(share_by_month(way.choice.job, months))
        mine = {way.chosen, *(() if way.spare is None else map(int, way.spare))}
        for part in JOBS[:2]:
            for columns, usd in built.parts.get(part, ()):
                if int(columns.flat[0]) in mine:
                    found += months * by_month * float(np.sum(values[columns] * usd))
    for choice in built.sets.jobs if JOBS[2] in {*built.fixed, *built.parts} else ():
        made = 1.0 if choice.job.prepares is None else values[built.var.made[choice.job.prepares]]
        found += made * job_data_usd(choice.job) * choice.runs * np.array(share_by_month(choice.job, months))
    return found


def _held(built: Built) -> np.ndarray:
    """Payments for commitments already held, in the months they run."""
    found = np.zeros(built.sets.problem.horizon.months)
    if HELD in built.fixed:
        for row in built.sets.problem.commitments.held:
            found[row.start_month : row.end_month] += row.usd_per_month
    return found
