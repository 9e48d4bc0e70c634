"""Instances stay within stock and quotas."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import numpy as np

from planner.economics.pools import place_matches
from planner.formulation.jobs import runs_in
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="instances", limit=False)
def stock(sets, var, data) -> Iterator[Rows]:
    r"""No more instances run in a pool than can be had there.

    .. math:: running^{firm}_{kt} + running^{spot}_{kt} + \sum_{j,o} n_o \, z_{jo} \le stock_k

    stock_k  instances obtainable at once, or owned     [instances]     offers, owned

    Absent where stock is unknown: the plan then lists the pool as assumed obtainable.
    """
    for pool, found in enumerate(sets.pools):
        sides = [side for side in ((pool, True), (pool, False)) if side in var.running]
        ways = [way for way in var.job_ways if way.pool == pool]
        if found.stock is None or not (sides or ways):
            continue
        rows = Rows(sets.period_count, upper=float(found.stock), where=found.id)
        for side in sides:
            rows.add(var.running[side], 1.0)
        for way in ways:
            rows.add(np.full(sets.period_count, way.chosen), way.option.instances * runs_in(way))
        yield rows


@constraint(unit="instances or accelerators", limit=True)
def quota(sets, var, data) -> Iterator[Rows]:
    r"""Instances or accelerators of all matching pools stay within a quota.

    .. math:: \sum_{k \in q,\, p \in q} a_k \Big( running_{kpt} + \sum_{j,o} n_o \, z_{jo} \Big) \le \bar Q_q

    a_k    1, or the accelerators of an instance where the quota counts accelerators
    Q_bar  quota of a provider, region, accelerator, instance type or any mix       limits.quotas
    """
    for number, limit in enumerate(sets.problem.limits.quotas):
        accelerators = limit.max_accelerators is not None
        top = limit.max_accelerators if accelerators else limit.max_instances
        rows = Rows(
            sets.period_count,
            upper=float(top),
            where=quota_name(limit, number),
            labels=lambda n=quota_name(limit, number): [f"quota {n} {t}" for t in sets.period_names()],
        )
        for (pool, firm), columns in var.running.items():
            if quota_covers(limit, sets.pools[pool], firm):
                rows.add(columns, float(sets.pools[pool].accelerators) if accelerators else 1.0)
        for way in var.job_ways:
            if quota_covers(limit, sets.pools[way.pool], way.option.firm):
                each = sets.pools[way.pool].accelerators if accelerators else 1
                rows.add(np.full(sets.period_count, way.chosen), each * way.option.instances * runs_in(way))
        if not rows.empty:
            yield rows


def quota_name(limit, number: int) -> str:
    """The quota's own name, or its selectors."""
    selectors = [v for v in (limit.provider, limit.region, limit.accelerator, limit.instance_type, limit.purchase) if v]
    return limit.name or " ".join(selectors) or f"quota {number + 1}"


def quota_covers(limit, pool, firm: bool) -> bool:
    """Whether all selectors of a quota match one side of a pool."""
    if limit.purchase is not None and (limit.purchase == "firm") != firm:
        return False
    named = ((limit.provider, pool.provider), (limit.accelerator, pool.accelerator), (limit.instance_type, pool.instance_type))
    if not all(p is None or fnmatchcase(v.casefold(), p.casefold()) for p, v in named):
        return False
    return limit.region is None or place_matches(limit.region, pool)


def quota_values(limit, running: dict, pools) -> np.ndarray:
    """Use of a quota by period, from running instances by side."""
    weigh = limit.max_accelerators is not None
    return sum(
        (values * (pools[pool].accelerators if weigh else 1) for (pool, firm), values in running.items() if quota_covers(limit, pools[pool], firm)),
        start=np.zeros(1),
    )
