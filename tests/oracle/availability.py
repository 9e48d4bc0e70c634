"""What must still serve after a loss, and the floor of instances, stated by hand."""

from __future__ import annotations

from tests.oracle.carries import carries
from tests.oracle.cbc import least
from tests.oracle.facts import SPOT
from tests.oracle.program import Program, size, total


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
