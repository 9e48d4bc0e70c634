"""An owned site draws no more power than it has."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.data import always_on
from planner.formulation.jobs import job_kw, runs_in
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="kW", limit=True)
def power_cap(sets, var, data) -> Iterator[Rows]:
    r"""Power of an owned pool, and of all that stand at a site, stays under its cap in every period.

    .. math:: \sum_{k \in site} \Big( idle_k \, n_{kt} + busy_k \sum_{s,b,c} a_c \, w_{cb} \, x_{sbckt} \Big) \le \bar P

    idle_k  power of one instance without work, PUE applied       [kW]
    n_kt    instances that draw idle power: running ones, or all owned ones where they are never switched off
    busy_k  extra power of one busy accelerator, PUE applied      [kW]
    P_bar   cap                                                   [kW]   owned.power_cap_kw, limits.sites

    Instances of jobs draw their power at work in every period in which the job may run. Absent without a cap.
    """
    for where, cap, members in caps(sets):
        fixed = sum(_idle(sets, pool) * sets.pools[pool].owned for pool in members if always_on(sets.pools[pool]))
        rows = Rows(sets.period_count, upper=cap - fixed, stated=cap, where=where)
        for pool in members:
            if not always_on(sets.pools[pool]) and (pool, True) in var.running:
                rows.add(var.running[pool, True], _idle(sets, pool))
        for group in sets.groups:
            pool = sets.slots[group.slots[0]].pool
            if pool in members:
                busy = sets.pools[pool].busy_kw_per_accelerator() * group.configuration.accelerators
                rows.add(var.rate[group.index], busy * data.busy_per_request(group)[:, None] * var.work_unit[group.index])
        for way in var.job_ways:
            if way.pool in members:
                kw = way.option.instances * job_kw(sets.pools[way.pool])
                rows.add(np.full(sets.period_count, way.chosen), kw * runs_in(way))
        yield rows


def caps(sets) -> list[tuple[str, float, list[int]]]:
    """(name, kW, pools) of every cap: of an owned pool, of a site over all owned pools that stand there.

    Pools of unknown power are left out: the rule power_known keeps every configuration out of them, and solve refuses
    the cap itself.
    """
    known = [
        index
        for index, pool in enumerate(sets.pools)
        if pool.owned is not None and None not in (pool.idle_kw(), pool.busy_kw_per_accelerator())
    ]
    found = [(sets.pools[k].id, sets.pools[k].power_cap_kw, [k]) for k in known if sets.pools[k].power_cap_kw is not None]
    for limit in sets.problem.limits.sites:
        members = [k for k in known if sets.pools[k].site == limit.site]
        if members:
            found.append((f"site {limit.site}", limit.power_kw, members))
    return found


def _idle(sets, pool: int) -> float:
    return sets.pools[pool].idle_kw()
