"""What caches of answers keep from replicas, and what they cost, stated by hand."""

from __future__ import annotations

from planner.units import SECONDS_PER_HOUR
from tests.oracle.program import Program, total


def all_caches_of(m: Program, s: int) -> list:
    """Response caches that keep the floors on quality."""
    service = m.facts.problem.services[s]
    floor = service.quality if service.quality and (service.quality.min or service.quality.mean) else None
    fine = [c for c in service.caches if c.kind == "exact" or floor is None or (c.score is not None and c.score >= (floor.min or 0.0))]
    return [c for c in fine if c.kind != "prefix"]


def caches(m: Program, parts) -> None:
    """At most one each; a store, and a lookup for every request."""
    f = m.facts
    for s in range(len(f.problem.services)):
        found = all_caches_of(m, s)
        m.p += total(m.cache(s, c) for c in found) <= 1
        asked = sum(f.demand(s, b, t) * f.hours[t] * SECONDS_PER_HOUR for b in f.classes(s) for t in f.periods)
        for c in found:
            usd = c.usd_per_month + c.memory_gb * c.usd_per_gb_month + c.usd_per_million_lookups / 1e6 * asked
            parts["caches_usd_per_month"].append(usd * m.cache(s, c))
