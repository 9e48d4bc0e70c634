"""Instances stay within stock, quotas and power."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.figures import power_caps, quota_name, quota_use, taken
from planner.verify.measure import Seen, at_most, refused
from planner.verify.recarbon import capped_kw
from planner.verify.registry import check


@check("stock")
def stock(case: Case) -> Iterator[Seen]:
    """Firm and spot instances of a pool are at most its stock, or what is owned; what is not sold does not run."""
    for part in case.plan.pools:
        pool = case.pools[part.id]
        if any(part.running_firm) and not pool.firm:
            yield refused(part.id, "firm instances run where none are sold")
        if any(part.spot) and pool.spot is None:
            yield refused(part.id, "spot instances run where none are sold")
    for pool in case.every_pool:
        for t in case.periods if pool.stock is not None else ():
            yield at_most(taken(case, pool, t), pool.stock, f"{pool.id} {case.names[t]}", unit="instances", floor=1.0)


@check("quota")
def quota(case: Case) -> Iterator[Seen]:
    """Instances or accelerators of all pools that a quota names are at most the quota, in every period."""
    for number, limit in enumerate(case.problem.limits.quotas):
        top = limit.max_instances if limit.max_accelerators is None else limit.max_accelerators
        unit = "instances" if limit.max_accelerators is None else "accelerators"
        for t in case.periods:
            where = f"{quota_name(limit, number)} {case.names[t]}"
            yield at_most(quota_use(case, limit, t), top, where, unit=unit, floor=1.0)


@check("power_cap")
def power_cap(case: Case) -> Iterator[Seen]:
    """An owned pool, and all at a site, draw at most their cap in every period, idle instances that stay on included."""
    for where, cap, pools in power_caps(case):
        for t in case.periods:
            drawn = [capped_kw(case, pool, t) for pool in pools]
            if None in drawn:
                yield refused(where, "its power is unknown, so a cap on it cannot hold")
                break
            yield at_most(sum(drawn), cap, f"{where} {case.names[t]}", unit="kW")
