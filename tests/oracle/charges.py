"""Charges beside machines in the second statement, straight from the problem's ``costs``."""

from __future__ import annotations

from fnmatch import fnmatchcase

from planner.economics.pools import place_matches
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR
from tests.oracle.program import Program, total, used_sides


def add_charges(m: Program, parts):
    """Adds the charges to ``parts``; returns the one-off work among them [USD]."""
    f = m.facts
    costs, months = f.problem.costs, f.problem.horizon.months
    for k, side in used_sides(m):
        pool = f.pools[k]
        licence = sum(row.usd_per_accelerator_hour for row in costs.licences if _offer(row.offers, k)) * pool.accelerators
        watch = sum(row.usd_per_instance_hour for row in costs.monitoring if place_matches(row.place, pool))
        for t in f.periods:
            there = f.hours[t] * f.availability(k, side) * m.run[k, side, t]
            parts["licences_usd_per_month"].append(licence * there)
            parts["monitoring_usd_per_month"].append(watch * there)
    for g in f.groups:
        _by_request(m, g, parts)
    one_off = [row.one_off_usd for row in costs.fixed]
    for row in costs.fixed:
        part = "data_usd_per_month" if row.kind == "data" else "fixed_usd_per_month"
        parts[part].append(row.usd_per_month + row.one_off_usd / months)
    for row in costs.storage:
        for mark, _ in _weights(m, lambda pool, row=row: place_matches(row.place, pool)):
            parts["storage_usd_per_month"].append(_gb(m, mark) * row.usd_per_gb_month * row.versions * m.marks[mark])
    for row in costs.load_balancers:
        keys = {(g.s, f.pools[k].region): None for g in f.groups for k, _ in f.slots(g) if place_matches(row.place, f.pools[k])}
        for s, region in keys:
            used = _used(m, [(g, k, side) for g in m.groups_of(s) for k, side in f.slots(g) if f.pools[k].region == region])
            parts["load_balancing_usd_per_month"].append(row.usd_per_hour * HOURS_PER_MONTH * used)
    for row in costs.transfer if costs.weights_home else ():
        for mark, _ in _weights(m, lambda pool, row=row: place_matches(row.place, pool) and not place_matches(costs.weights_home, pool)):
            usd = _gb(m, mark) * row.usd_per_gb
            one_off.append(usd * m.marks[mark])
            parts["transfer_usd_per_month"].append(usd / months * m.marks[mark])
    for owned in f.problem.owned:
        if owned.partner is not None:
            used = _used(m, [(g, k, side) for g in f.groups for k, side in f.slots(g) if k.startswith(f"owned:{owned.name}@")])
            parts["partner_usd_per_month"].append(owned.partner.usd_per_month * used)
    for row in costs.platforms:
        used = _used(m, [(g, k, side) for g in f.groups for k, side in f.slots(g) if any(_offer(p, k) for p in row.offers)])
        people = row.people * (row.usd_per_person_year or 0.0) * row.loading / 12.0
        parts["staff_usd_per_month"].append((people + row.usd_per_month + row.one_off_usd / months) * used)
        one_off.append(row.one_off_usd * used)
    return total(one_off)


def _by_request(m: Program, g, parts) -> None:
    f = m.facts
    costs, service = f.problem.costs, f.problem.services[g.s]
    pool = f.pools[f.slots(g)[0][0]]
    away = service.home is not None and not place_matches(service.home, pool)
    for b in m.able(g):
        asked = service.workload.classes[b]
        both = asked.input_tokens + asked.output_tokens
        gb = costs.bytes_per_token / 1e9
        usd = {
            "egress_usd_per_month": asked.output_tokens * gb * sum(r.usd_per_gb for r in costs.egress if place_matches(r.place, pool)),
            "transfer_usd_per_month": away * both * gb * sum(r.usd_per_gb for r in costs.transfer if place_matches(r.place, pool)),
            "load_balancing_usd_per_month": both * gb * sum(r.usd_per_gb for r in costs.load_balancers if place_matches(r.place, pool)),
            "monitoring_usd_per_month": sum(r.usd_per_million_requests for r in costs.monitoring if place_matches(r.place, pool)) / 1e6,
        }
        for t in f.periods:
            for part, each in usd.items():
                parts[part].append(each * f.hours[t] * SECONDS_PER_HOUR * m.x[g.index, b, t])


def _weights(m: Program, covers):
    """(model, variant, region) of what may stand in the pools covered, each with a mark that it does."""
    f = m.facts
    keys = sorted(
        {(f.problem.services[g.s].model, g.candidate.configuration.variant, g.region) for g in f.groups if covers(f.pools[f.slots(g)[0][0]])}
    )
    for key in keys:
        if key not in m.marks:
            members = [g for g in f.groups if (f.problem.services[g.s].model, g.candidate.configuration.variant, g.region) == key]
            m.marks[key] = _used(m, [(g, k, side) for g in members for k, side in f.slots(g)])
        yield key, m.marks[key]


def _gb(m: Program, key) -> float:
    f = m.facts
    return next(
        g.candidate.weights_gb for g in f.groups if (f.problem.services[g.s].model, g.candidate.configuration.variant) == key[:2]
    )


def _used(m: Program, places):
    """1 if any replica stands in one of ``places`` (group, pool, side) in any period."""
    mark = m.yes_no()
    for g, k, side in places:
        for t in m.facts.periods:
            m.p += m.y[g.index, k, side, t] <= m.facts.enough(g) * mark
    return mark


def _offer(pattern: str, pool: str) -> bool:
    return fnmatchcase(pool.casefold(), pattern.casefold())


def support(m: Program, parts) -> None:
    """A share on top of what is paid by the hour for rented instances, and for the commitments that cover them."""
    f = m.facts
    for row in f.problem.costs.support:
        bill = [usd for k, usd in m.bill if _offer(row.offers, k)]
        bill += [usd for option, usd in m.reserved if any(_offer(row.offers, k) for k in option.covers)]
        parts["support_usd_per_month"] += [row.share_of_bill * usd for usd in bill]

