"""Every job is run one way, on whole instances of one pool; what stands on spare capacity is there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.jobs import makers, runs_in
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="jobs", limit=False)
def jobs_done(sets, var, data) -> Iterator[Rows]:
    r"""Each job is run exactly one way; instances that services leave idle may carry it.

    .. math::
        \sum_o z_{jo} = 1 \;(\text{or } made_i), \qquad y_q \le U_q \, made_i, \qquad v_{jot} \le n_o \, z_{jo}, \qquad
        v_{jot} = n_o \, z_{jo} \;\text{ where nothing is rented}

    made_i  1 if what job j prepares (a variant, an adapted model) is used at all; U_q replicas that are enough
    z_jo    1 if job j is run on n_o instances of option o's pool               [1]
    v_jot   of these, on reserved, held or owned ones that services leave idle  [instances]
    n_o     instances that the job takes, all at once, from start to end        [instances]

    What is left, n z - v, is rented by the hour for as long as the job runs. The row ``commitment_pool`` counts v beside
    running instances, ``stock``, ``quota`` and ``power_cap`` count n z in every period in which the job may run.
    """
    for number, choice in enumerate(sets.jobs):
        columns = np.array([way.chosen for way in var.job_ways if way.number == number], dtype=int)
        wanted = 1.0 if choice.job.prepares is None else 0.0
        rows = Rows(1, lower=wanted, upper=wanted, where=choice.job.name)
        if choice.job.prepares is not None:
            rows.add(np.array([var.made[choice.job.prepares]]), -1.0)
        yield rows.add(columns, 1.0, rows=np.zeros(columns.size, dtype=int))
    for q, name in makers(sets):
        rows = Rows(sets.period_count, upper=0.0, where=name).add(var.replicas[q], 1.0)
        yield rows.add(np.full(sets.period_count, var.made[name]), -data.enough[sets.slots[q].group])
    for way in var.job_ways:
        if way.spare is None:
            continue
        rented = sets.pools[way.pool].on_demand is not None
        rows = Rows(sets.period_count, lower=-np.inf if rented else 0.0, upper=0.0, where=way.choice.job.name)
        yield rows.add(way.spare, 1.0).add(np.full(sets.period_count, way.chosen), -way.option.instances * runs_in(way))
    for pool, found in enumerate(sets.pools):
        if found.owned is not None and (pool, True) not in var.running:
            spare = [way.spare for way in var.job_ways if way.pool == pool]
            rows = Rows(sets.period_count, upper=np.array([float(found.owned_at(t)) for t in range(sets.period_count)]), where=found.id)
            for columns in spare:
                rows.add(columns, 1.0)
            if spare:
                yield rows
