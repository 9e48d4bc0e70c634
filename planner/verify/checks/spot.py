"""Interruptible capacity: only where allowed, no more than its share."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case, class_names
from planner.verify.groups import answering, is_group
from planner.verify.measure import Seen, at_most, unless
from planner.verify.registry import check


@check("spot_allowed")
def spot_allowed(case: Case) -> Iterator[Seen]:
    """A service stands on spot only if it says so, and only in pools that sell it."""
    for p in case.used:
        if not p.firm:
            yield unless(not p.service.spot.allowed or p.service.spot.max_share == 0, str(p), "the service does not allow spot")
            yield unless(p.pool.spot is None, str(p), "the pool is not sold as spot")


@check("spot_share")
def spot_share(case: Case) -> Iterator[Seen]:
    """Requests answered by spot replicas are at most the stated share of the service's requests, in every period."""
    for name, service in case.services.items():
        if not service.spot.allowed or service.spot.max_share >= 1.0 or is_group(service):
            continue
        demand = case.demand[name]
        floor = 1e-3 * max(map(max, demand)) or 1e-9
        for t in case.periods:
            on_spot = sum(p.rate(t) for p in case.placed_of(name) if not p.firm)
            on_spot += sum(rates[t] for label in class_names(service) for p, rates in answering(case, name, label) if not p.firm)
            limit = service.spot.max_share * sum(rates[t] for rates in demand)
            yield at_most(on_spot, limit, f"{name} {case.names[t]}", unit="requests/s", floor=floor)
