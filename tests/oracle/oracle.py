"""The whole self-hosted program stated a second time, by hand in PuLP from the mathematics, for small problems.

It reads like the pages of mathematics it was written from, one limit after the other, and shares no line with the
product's formulation: other code, other solver (CBC), same optimum.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pulp

from planner.units import SECONDS_PER_HOUR
from tests.oracle.cbc import least
from tests.oracle.facts import FIRM, SPOT, Facts, Group
from tests.oracle.hosted import Api
from tests.oracle.jobs import add_jobs, taken
from tests.oracle.money import add_money
from tests.oracle.program import TINY, Program, new_program, size, total


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
                sent += total(c.hit * f.demand(s, b, t) * m.cache(s, c) for c in _caches(m, s))
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
            gone += total(c.hit * f.demand(s, b, t) * m.cache(s, c) for c in _caches(m, s))
            m.p += (total(sent) + gone) * (1.0 / of) == f.demand(s, b, t) / of
        for t in f.periods:
            served = total(m.x[g.index, b, t] for g in m.groups_of(s) if (g.index, b, t) in m.x)
            m.p += (served + m.hosted(s, b, t, batch=False)) * (1.0 / of) == total(flow[t]) * (1.0 / of)


def _caches(m: Program, s: int) -> list:
    """Response caches that keep the floors on quality."""
    service = m.facts.problem.services[s]
    floor = service.quality if service.quality and (service.quality.min or service.quality.mean) else None
    fine = [c for c in service.caches if c.kind == "exact" or floor is None or (c.score is not None and c.score >= (floor.min or 0.0))]
    return [c for c in fine if c.kind != "prefix"]


def caches(m: Program, parts) -> None:
    """At most one each; a store, and a lookup for every request."""
    f = m.facts
    for s in range(len(f.problem.services)):
        found = _caches(m, s)
        m.p += total(m.cache(s, c) for c in found) <= 1
        asked = sum(f.demand(s, b, t) * f.hours[t] * SECONDS_PER_HOUR for b in f.classes(s) for t in f.periods)
        for c in found:
            usd = c.usd_per_month + c.memory_gb * c.usd_per_gb_month + c.usd_per_million_lookups / 1e6 * asked
            parts["caches_usd_per_month"].append(usd * m.cache(s, c))


def carries(m: Program, g: Group, t: int, sent: dict, slots: list, on_spot: dict | None = None) -> None:
    """Σ w·x ≤ φ(N)·E and, where cache is limited, Σ x·residence·tokens ≤ capacity·E, over the replicas in ``slots``.

    One binary per level of φ; it may be 1 only from its count of replicas on. With a spot share to keep, what is on
    spot must fit the spot replicas and the rest the firm ones, at the φ of all of them.
    """
    c, f = g.candidate, m.facts
    replicas = total(m.y[g.index, k, side, t] for k, side in slots)
    effective = {
        side: total(f.availability(k, side) * m.y[g.index, k, side, t] for k, own in slots if own == side)
        for side in (FIRM, SPOT)
    }
    bounds = [(total(c.work_s[b] * x for b, x in sent.items()), effective[FIRM] + effective[SPOT])]
    keeps_share = on_spot is not None and f.problem.services[g.s].spot.max_share < 1.0
    if keeps_share:
        firm = {b: x - on_spot[b] for b, x in sent.items()}
        bounds.append((total(c.work_s[b] * x for b, x in firm.items()), effective[FIRM]))
        bounds.append((total(c.work_s[b] * on_spot[b] for b in sent), effective[SPOT]))
    if c.kv_capacity_tokens is not None:
        tokens = {b: c.residence_s[b] * c.kv_tokens[b] for b in sent}
        m.p += total(tokens[b] * x for b, x in sent.items()) <= c.kv_capacity_tokens * (effective[FIRM] + effective[SPOT])
        if keeps_share:
            m.p += total(tokens[b] * x for b, x in firm.items()) <= c.kv_capacity_tokens * effective[FIRM]
            m.p += total(tokens[b] * on_spot[b] for b in sent) <= c.kv_capacity_tokens * effective[SPOT]
    for b in (b for b in sent if 0.0 < f.together(g.s, b, t) < TINY):
        # Any work needs a replica, also work within CBC's tolerance.
        parts = [(sent[b], (FIRM, SPOT))]
        if keeps_share:
            parts += [(on_spot[b], (SPOT,)), (sent[b] - on_spot[b], (FIRM,))]
        for x, sides in parts:
            m.p += x * (1.0 / f.together(g.s, b, t)) <= total(m.y[(g.index, *slot, t)] for slot in slots if slot[1] in sides)
    if c.levels[0][0] <= 1 and len({share for _, share in c.levels}) == 1:
        for work, room in bounds:
            m.p += work <= c.levels[0][1] * room
        return
    everything = sum(c.work_s[b] * f.together(g.s, b, t) for b in sent)
    chosen = []
    for at_least, share in c.levels:
        if share > 0:
            z = m.yes_no()
            chosen.append(z)
            m.p += replicas >= at_least * z
            for work, room in bounds:
                m.p += work <= share * room + everything * (1 - z)
    m.p += total(chosen) <= 1
    for work, _ in bounds:
        m.p += work <= everything * total(chosen)


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


def survives_loss(m: Program, s: int) -> None:
    """For every domain that may be lost there is a routing of the stated fraction over what remains."""
    f = m.facts
    rule = getattr(f.problem.services[s].availability, "survives_loss", None)
    if rule is None:
        return
    for lost in _domains(m, s, rule.of):
        for t in f.periods:
            if not f.has_demand(s, t):
                continue
            sent = {g.index: {b: m.rate(f.demand(s, b, t)) for b in m.able(g)} for g in m.groups_of(s)}
            for b in f.classes(s):
                of = size(f.demand(s, b, t))
                routed = total(rates[b] for rates in sent.values() if b in rates)
                if f.is_group(s):  # of what it is sent
                    asked = total(m.x[g.index, b, t] for g in m.groups_of(s) if (g.index, b, t) in m.x)
                else:  # groups see to what they are sent
                    asked = f.demand(s, b, t) - m.shared(s, b, t)
                m.p += (routed + m.hosted(s, b, t)) * (1.0 / of) >= rule.fraction / of * asked
            for g in m.groups_of(s):
                remaining = [slot for slot in f.slots(g) if slot not in lost]
                # A class is never sent more than its demand: the levels' slack is bounded by it.
                for b, rate in sent[g.index].items():
                    m.p += rate <= f.demand(s, b, t)
                carries(m, g, t, sent[g.index], remaining)


def _domains(m: Program, s: int, kinds: tuple[str, ...]) -> list[set[tuple[str, str]]]:
    """Sets of (pool, side) that may be lost at once."""
    pools = m.facts.pools
    slots = {slot for g in m.groups_of(s) for slot in m.facts.slots(g)}
    spot = {slot for slot in slots if slot[1] == SPOT}
    found: list[set[tuple[str, str]]] = []
    if "spot_pool" in kinds:
        found += [{slot} for slot in sorted(spot)]
    if "spot_region" in kinds:
        found += [{e for e in spot if pools[e[0]].region == r} for r in sorted({pools[k].region for k, _ in spot})]
    if "zone" in kinds:
        zones = sorted({(pools[k].region, pools[k].zone) for k, _ in slots if pools[k].zone is not None})
        found += [{e for e in slots if (pools[e[0]].region, pools[e[0]].zone) == zone} for zone in zones]
    return found


def min_instances(m: Program, s: int) -> None:
    """Replicas stand on at least so many distinct instances, and can be placed so beside all others."""
    f = m.facts
    availability = f.problem.services[s].availability
    if availability is None or availability.min_instances == 0:
        return
    for t in f.periods:
        if not f.has_demand(s, t) and f.window(s) <= 1:
            continue
        distinct = {}
        for k, side in sorted({slot for g in m.groups_of(s) for slot in f.slots(g)}):
            stands = [(g, m.y[g.index, k, side, t]) for g in f.groups if (g.index, k, side, t) in m.y]
            own = sorted({g.a for g, _ in stands if g.s == s})
            for a in own:
                distinct[k, side, a] = m.whole()
                m.p += distinct[k, side, a] <= total(y for g, y in stands if g.s == s and g.a == a)
            m.p += total(distinct[k, side, a] for a in own) <= m.run[k, side, t]
            size = f.pools[k].accelerators
            for q in (2**i for i in range(1, size.bit_length())):
                larger = total(g.a * y for g, y in stands if g.a >= q)
                broken = total(distinct[k, side, a] for a in own if a < q)
                m.p += larger <= size * m.run[k, side, t] - q * broken
        least = availability.min_instances
        if any(api.s == s for api in m.apis) or f.window(s) > 1 or f.is_group(s) or f.in_group(s):
            # Where any replica stands, so many instances hold one; where none does, others answer.
            any_stands = m.yes_no()
            for g in m.groups_of(s):
                for k, side in f.slots(g):
                    m.p += m.y[g.index, k, side, t] <= f.enough(g) * any_stands
            least = least * any_stands
        m.p += total(distinct.values()) >= least


def ramp(m: Program, s: int) -> None:
    """Replicas added from one period to the next stay under the limit."""
    rule = m.facts.problem.services[s].ramp
    if rule is None:
        return
    for t, period in enumerate(m.facts.times.periods):
        if period.before is not None:
            now, before = (
                total(y for (g, _, _, when), y in m.y.items() if when == at and m.facts.groups[g].s == s)
                for at in (t, period.before)
            )
            m.p += now - before <= rule.max_added_replicas


def quality_mean(m: Program, s: int) -> None:
    """Quality weighted by the requests it answers, over the month."""
    quality = m.facts.problem.services[s].quality
    if quality is None or quality.mean is None:
        return
    f = m.facts
    of = size(max(f.demand(s, b, t) for b in f.classes(s) for t in f.periods))
    answered = sum(m.facts.hours[t] * f.demand(s, b, t) for b in f.classes(s) for t in f.periods)
    scored = [c for c in _caches(m, s) if c.score is not None]
    m.p += total(c.hit * (c.score - quality.mean) * answered / of * m.cache(s, c) for c in scored) + total(
        m.facts.hours[t] * (g.candidate.quality - quality.mean) / of * m.x[g.index, b, t]
        for g in m.groups_of(s)
        for b in m.able(g)
        for t in m.facts.periods
    ) + total(
        m.facts.hours[t] * (g.candidate.member_quality[sorted(serves.services).index(name)] - quality.mean) / of * m.x[g.index, at, t]
        for name in (f.problem.services[s].name,)
        for g in f.groups
        if (serves := f.problem.services[g.s].workload.serves) is not None and name in serves.services
        for at, asked in enumerate(f.asked_by(g.s))
        if asked[0] == s and at in m.able(g)
        for t in f.periods
    ) + total(
        m.facts.hours[t] * (api.quality - quality.mean) / of * m.h[o, b, t]
        for o, api in enumerate(m.apis)
        if api.s == s
        for b in f.classes(s)
        for t in m.facts.periods
    ) >= 0


def api_limits(m: Program) -> None:
    """Requests and tokens a minute that all services send to one API."""
    every = [(o, api) for o, api in enumerate(m.apis) if isinstance(api, Api)]
    for name in {api.name for _, api in every}:
        members = [(o, api) for o, api in every if api.name == name]
        for t in m.facts.periods:
            sent = [(m.h[o, b, t], api.tokens[b]) for o, api in members for b in m.facts.classes(api.s)]
            if members[0][1].requests_per_minute is not None:
                m.p += total(60 * x for x, _ in sent) <= members[0][1].requests_per_minute
            if members[0][1].tokens_per_minute is not None:
                m.p += total(60 * tokens * x for x, tokens in sent) <= members[0][1].tokens_per_minute


def max_configurations(m: Program) -> None:
    """No more distinct configurations than a service, or the fleet, will run; one model run alike counts once."""
    f = m.facts
    fleet = f.problem.limits.max_configurations
    opened: dict[tuple[str, object], pulp.LpVariable] = {}
    for s, service in enumerate(f.problem.services):
        if service.max_configurations is None and fleet is None:
            continue
        own: dict[object, pulp.LpVariable] = {}
        for g in m.groups_of(s):
            mark = own.setdefault(g.candidate.configuration, m.yes_no())
            for k, side in f.slots(g):
                for t in f.periods:
                    m.p += m.y[g.index, k, side, t] <= f.enough(g) * mark
        if service.max_configurations is not None:
            m.p += total(own.values()) <= service.max_configurations
        for configuration, mark in own.items():
            key = (service.model, configuration)
            m.p += opened.setdefault(key, m.yes_no()) >= mark
    if fleet is not None:
        m.p += total(opened.values()) <= fleet


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
