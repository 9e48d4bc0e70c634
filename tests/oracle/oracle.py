"""The whole self-hosted program stated a second time, by hand in PuLP from the mathematics, for small problems.

It reads like the pages of mathematics it was written from, one limit after the other, and shares no line with the
product's formulation: other code, other solver (CBC), same optimum.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.units import SECONDS_PER_HOUR
from tests.oracle.availability import min_instances, survives_loss
from tests.oracle.caches import all_caches_of
from tests.oracle.carries import carries
from tests.oracle.cbc import least
from tests.oracle.facts import FIRM, SPOT, Facts
from tests.oracle.jobs import add_jobs, taken
from tests.oracle.money import add_money
from tests.oracle.program import Program, new_program, size, total
from tests.oracle.service_limits import api_limits, max_configurations, quality_mean, ramp


@dataclass(frozen=True)
class Answer:
    """cost None: proved infeasible. ``parts`` as a plan names them; ``unserved`` by priority, requests a month."""

    cost_usd_per_month: float | None
    parts: dict[str, float] = field(default_factory=dict)
    unserved: dict[int, float] = field(default_factory=dict)


def optimum(facts: Facts, *, time_limit_s: float = 60.0) -> Answer:
    """Least cost a month; raises ``OracleGaveUp`` when CBC is cut off."""
    m = new_program(facts)
    demand_served(m)
    for g in facts.groups:
        for t in facts.periods:
            sent = {b: m.x[g.index, b, t] for b in m.able(g)}
            on_spot = {b: m.xs[g.index, b, t] for b in sent}
            carries(m, g, t, sent, facts.slots(g), on_spot)
    instance_packing(m)
    add_jobs(m)
    stock_and_quotas(m)
    for s in range(len(facts.problem.services)):
        spot_share(m, s)
        survives_loss(m, s)
        min_instances(m, s)
        ramp(m, s)
        quality_mean(m, s)
    max_configurations(m)
    api_limits(m)
    return _solve(m, add_money(m), time_limit_s)


def demand_served(m: Program) -> None:
    """What is sent somewhere and what is left unserved make up the demand."""
    f = m.facts
    for s in range(len(f.problem.services)):
        if f.is_group(s):
            continue
        if f.window(s) > 1:
            served_in_window(m, s)
            continue
        for b in f.classes(s):
            for t in f.periods:
                sent = total(m.x[g.index, b, t] for g in m.groups_of(s) if (g.index, b, t) in m.x)
                sent += total(c.hit * f.demand(s, b, t) * m.cache(s, c) for c in all_caches_of(m, s))
                sent += m.shared(s, b, t)
                of = size(f.demand(s, b, t))
                m.p += (sent + m.hosted(s, b, t) + m.u.get((s, b, t), 0)) * (1.0 / of) == f.demand(s, b, t) / of


def served_in_window(m: Program, s: int) -> None:
    """What comes in a period is served in it or in one of the next D − 1: one flow for each delay.

    What goes to a provider's batch, or is left unserved, goes as it comes.
    """
    f = m.facts
    after = {period.before: t for t, period in enumerate(f.times.periods)}
    for b in f.classes(s):
        flow: dict[int, list] = {t: [] for t in f.periods}
        most = max(f.demand(s, b, t) for t in f.periods)
        of = size(most)
        for t in f.periods:
            at, sent = t, []
            for _ in range(f.window(s)):
                sent.append(m.rate(most))
                flow[at].append(sent[-1])
                at = after[at]
                if at == t:
                    break
            gone = m.hosted(s, b, t, batch=True) + m.u.get((s, b, t), 0)
            gone += total(c.hit * f.demand(s, b, t) * m.cache(s, c) for c in all_caches_of(m, s))
            m.p += (total(sent) + gone) * (1.0 / of) == f.demand(s, b, t) / of
        for t in f.periods:
            served = total(m.x[g.index, b, t] for g in m.groups_of(s) if (g.index, b, t) in m.x)
            m.p += (served + m.hosted(s, b, t, batch=False)) * (1.0 / of) == total(flow[t]) * (1.0 / of)


def instance_packing(m: Program) -> None:
    """Accelerators of replicas fit the instances they stand on; firm and spot apart."""
    for (k, side, t), running in m.run.items():
        taken = total(g.a * m.y[g.index, k, side, t] for g in m.facts.groups if (g.index, k, side, t) in m.y)
        m.p += taken <= m.facts.pools[k].accelerators * running


def stock_and_quotas(m: Program) -> None:
    """What can be had of a pool, and what may be run of anything that a quota names."""
    f = m.facts
    for k, pool in f.pools.items():
        for t in f.periods:
            here = total(m.run[k, side, t] for side in (FIRM, SPOT) if (k, side, t) in m.run)
            if pool.stock is not None:
                m.p += here <= pool.stock
    for quota in f.problem.limits.quotas:
        for t in f.periods:
            covered = [
                (run, f.pools[k].accelerators)
                for (k, side, when), run in m.run.items()
                if when == t and f.quota_covers(quota, f.pools[k], side)
            ]
            jobs = taken(m, t, lambda k, side, quota=quota: f.quota_covers(quota, f.pools[k], side))
            covered += [(count, f.pools[k].accelerators) for k, count in jobs]
            if quota.max_instances is not None:
                m.p += total(run for run, _ in covered) <= quota.max_instances
            else:
                m.p += total(size * run for run, size in covered) <= quota.max_accelerators


def spot_share(m: Program, s: int) -> None:
    """Requests on spot stay under their share of the demand in every period."""
    share = m.facts.problem.services[s].spot.max_share
    if share >= 1.0:
        return
    for g in m.groups_of(s):
        for t in m.facts.periods:
            for b in m.able(g):
                m.p += m.xs[g.index, b, t] <= m.x[g.index, b, t]
    for t in m.facts.periods if not m.facts.is_group(s) else ():
        on_spot = total(m.xs[g.index, b, t] for g in m.groups_of(s) for b in m.able(g))
        on_spot += total(m.shared(s, b, t, m.xs) for b in m.facts.classes(s))
        demand = sum(m.facts.demand(s, b, t) for b in m.facts.classes(s))
        m.p += on_spot * (1.0 / size(demand)) <= share * demand / size(demand)


def _solve(m: Program, parts: dict, time_limit_s: float) -> Answer:
    lost: dict[int, float] = {}
    if m.facts.problem.limits.shortage == "by_priority":
        for priority in sorted({s.priority for s in m.facts.problem.services}):
            missing = _unserved_requests(m, priority)
            found = least(m, missing, time_limit_s)
            if found is None:
                return Answer(None)
            lost[priority] = max(0.0, found[0])
            m.p += missing <= lost[priority] * (1 + 1e-9) + 1e-6
    found = least(m, total(parts.values()), time_limit_s, parts)
    return Answer(None) if found is None else Answer(*found, lost)


def _unserved_requests(m: Program, priority: int):
    """Requests a month left unserved, of services with this priority."""
    return total(
        m.facts.hours[t] * SECONDS_PER_HOUR * u
        for (s, _, t), u in m.u.items()
        if m.facts.problem.services[s].priority == priority
    )
