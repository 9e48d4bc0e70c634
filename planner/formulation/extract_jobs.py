"""Reads how each job is run from the decisions."""

from __future__ import annotations

from planner.formulation.build import Built
from planner.formulation.decisions import Decisions
from planner.plan.schema import JobPlan


def plan_jobs(built: Built, decided: Decisions) -> tuple[JobPlan, ...]:
    """Each job with where it runs, in the order of the problem."""
    made = []
    for way, spare in decided.jobs:
        pool, option = built.sets.pools[way.pool], way.option
        idle, busy = pool.idle_kw(), pool.busy_kw_per_accelerator()
        kw = None if idle is None or busy is None else idle + busy * pool.accelerators
        there = option.there_hours(pool) / option.runs
        made.append(
            JobPlan(
                name=way.choice.job.name,
                pool=pool.id,
                purchase="firm" if option.firm else "spot",
                instances=option.instances,
                spare=tuple(float(v) for v in spare),
                runs=option.runs,
                hours_per_run=option.run.wall_hours,
                flop_per_run=option.run.flop,
                memory_gib=option.run.memory_gib,
                kwh_per_run=None if kw is None else kw * option.instances * there,
            )
        )
    return tuple(made)
