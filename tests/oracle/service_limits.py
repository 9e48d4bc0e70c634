"""Limits of services, of provider APIs and of the whole fleet beside capacity, stated by hand."""

from __future__ import annotations

import pulp

from tests.oracle.caches import all_caches_of
from tests.oracle.hosted import Api
from tests.oracle.program import Program, size, total


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
    scored = [c for c in all_caches_of(m, s) if c.score is not None]
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
