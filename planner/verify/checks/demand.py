"""All demand is served, in whole slices where the service asks for them."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case, class_names
from planner.verify.groups import answering, is_group
from planner.verify.measure import Seen, equal, refused, same, unless
from planner.verify.registry import check
from planner.verify.waiting import defers

#: Of a service's highest class rate: rates below it are compared against it, not against themselves.
SMALL = 1e-3


@check("demand_served")
def demand_served(case: Case) -> Iterator[Seen]:
    """Routed rates, to own replicas, groups and hosted options, and unserved ones sum to the demand of every class and period; unserved only where the problem allows it.

    Services whose work may wait are held to ``deadline`` instead; groups have no demand but that of those they answer for.
    """
    by_priority = case.problem.limits.shortage == "by_priority"
    for name, service in case.services.items():
        if defers(case, service) > 1 or is_group(service):
            continue
        demand = case.demand[name]
        unserved = case.parts[name].unserved_per_s
        may_miss = by_priority or service.unserved_usd_per_request is not None
        floor = SMALL * max(map(max, demand)) or 1e-9
        placed = [p.deployment.rate_per_s for p in case.placed_of(name)]
        for b, label in enumerate(class_names(service)):
            routed = [one[label] for one in placed if label in one]
            shared = [rates for _, rates in answering(case, name, label)]
            missed = unserved.get(label)
            for t in case.periods:
                where = f"{name} {label} {case.names[t]}"
                if missed and missed[t] and not may_miss:
                    yield refused(where, f"{missed[t]:g} requests/s are left unserved, which the problem does not allow")
                served = sum(one[t] for one in routed) + (missed[t] if missed else 0.0)
                served += sum(one.rate(b, t) for one in case.hosted_of(name)) + sum(rates[t] for rates in shared)
                served += case.hit(name) * demand[b][t]
                yield equal(served, demand[b][t], where, unit="requests/s", floor=floor)


@check("class_served")
def class_served(case: Case) -> Iterator[Seen]:
    """No request goes to a configuration that cannot serve its class (latency, throughput or length)."""
    for p in case.used:
        for b, name in enumerate(class_names(p.service)):
            wrong = not p.facts.can_serve[b] and any(p.deployment.rate_per_s.get(name, ()))
            yield unless(wrong, f"{p} {name}", "this configuration cannot serve the class")


@check("slices")
def slices(case: Case) -> Iterator[Seen]:
    """With routing ``slices`` a configuration's rate in a region is a whole number of equal parts of the demand."""
    for group in case.groups:
        names = class_names(group.service)
        stated = [m.deployment.slices for m in group.members]
        if group.service.routing != "slices":
            yield unless(any(one is not None for one in stated), str(group), "slices are stated where routing is divisible")
            continue
        if any(one is None for one in stated):
            yield refused(str(group), "slices are missing")
            continue
        yield unless(any(one != stated[0] for one in stated), str(group), "its deployments state different slices of the whole")
        demand = case.demand[group.service.name]
        floor = SMALL * max(map(max, demand)) or 1e-9
        for b, name in enumerate(names):
            counts = stated[0].get(name)
            for t in case.periods:
                rate = sum(m.deployment.rate_per_s[name][t] for m in group.members if name in m.deployment.rate_per_s)
                part = demand[b][t] / group.service.slice_factor
                number = counts[t] if counts else 0
                yield equal(rate, number * part, f"{group} {name} {case.names[t]}", unit="requests/s", floor=floor)
                if not demand[b][t]:
                    yield same(number, 0, f"{group} {name} {case.names[t]}: slices of no demand")
