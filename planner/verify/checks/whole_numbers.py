"""Counts are whole and nothing is negative."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.verify.case import Case
from planner.verify.measure import Seen, at_least, equal
from planner.verify.registry import check


@check("non_negative")
def non_negative(case: Case) -> Iterator[Seen]:
    """Rates, replicas, instances, coverage, units, unserved demand and recourse routing are zero or more."""
    for where, values in _decisions(case):
        for value in values:
            yield at_least(value, 0.0, where)


@check("integrality")
def integrality(case: Case) -> Iterator[Seen]:
    """Replicas, instances and slices are whole; so are units of commitments counted in instances or accelerators.

    An instance may be on demand in part only while a commitment counted in accelerators or spend covers the rest.
    """
    for where, values in _counts(case):
        for value in values:
            yield equal(value, round(value), where, floor=1.0)
    terms = {**case.options, **case.held}
    for part in case.plan.pools:
        shared = [covered for name, covered in part.reserved.items() if terms[name].measure != "instances"]
        for t, value in enumerate(part.on_demand):
            if not any(covered[t] for covered in shared):
                yield equal(value, round(value), f"{part.id} on demand {case.names[t]}", floor=1.0)


def _decisions(case: Case) -> Iterator[tuple[str, Iterable[float]]]:
    yield from _counts(case)
    for one in case.hosted:
        for name, rates in one.use.rate_per_s.items():
            yield f"{one} {name}", rates
    for p in case.placed:
        for name, rates in p.deployment.rate_per_s.items():
            yield f"{p} rate {name}", rates
    for part in case.plan.pools:
        yield f"{part.id} on demand", part.on_demand
        for name, covered in part.reserved.items():
            yield f"{part.id} covered by {name}", covered
    yield from ((f"commitment {c.name}", (c.units,)) for c in case.plan.commitments)
    for service in case.plan.services:
        for name, rates in service.unserved_per_s.items():
            yield f"{service.name} unserved {name}", rates
        for loss in service.survival:
            for route in loss.routing:
                yield f"{service.name} without {loss.lost} {route.request_class}", route.rate_per_s


def _counts(case: Case) -> Iterator[tuple[str, Iterable[float]]]:
    for p in case.placed:
        yield f"{p} replicas", p.deployment.replicas
        for name, slices in (p.deployment.slices or {}).items():
            yield f"{p} slices {name}", slices
    for part in case.plan.pools:
        for what in ("owned", "spot", "running_firm", "firm_starts", "spot_starts"):
            yield f"{part.id} {what}", getattr(part, what)
    for bought in case.plan.commitments:
        if bought.measure != "spend":
            yield f"commitment {bought.name}", (bought.units,)
