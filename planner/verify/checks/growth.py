"""Growth from one period to the next, and the variety a team runs."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.figures import added_replicas
from planner.verify.measure import Seen, at_most, same
from planner.verify.recost import starts
from planner.verify.registry import check


@check("ramp")
def ramp(case: Case) -> Iterator[Seen]:
    """Replicas of a service added since the period before are at most the limit."""
    for name, service in case.services.items():
        if service.ramp is None:
            continue
        for t, added in enumerate(added_replicas(case, name)):
            yield at_most(added, service.ramp.max_added_replicas, f"{name} {case.names[t]}", unit="replicas", floor=1.0)


@check("start_up")
def start_up(case: Case) -> Iterator[Seen]:
    """Starts are the instances that run now and did not run in the period before, firm and spot apart."""
    for part in case.plan.pools:
        yield same(list(part.firm_starts), starts(case, part.running_firm), f"{part.id} firm_starts")
        yield same(list(part.spot_starts), starts(case, part.spot), f"{part.id} spot_starts")


@check("max_configurations")
def max_configurations(case: Case) -> Iterator[Seen]:
    """Distinct configurations of a service, and distinct (model, configuration) of the fleet, stay under their limits."""
    fleet = set()
    for name, service in case.services.items():
        own = {p.configuration for p in case.placed_of(name) if any(p.deployment.replicas)}
        fleet |= {(service.model, made) for made in own}
        if service.max_configurations is not None:
            yield at_most(len(own), service.max_configurations, name, unit="configurations")
    if case.problem.limits.max_configurations is not None:
        yield at_most(len(fleet), case.problem.limits.max_configurations, "all services", unit="configurations")
