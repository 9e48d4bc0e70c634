"""A plan under another problem's demand: as many times the requests, sent in the same shares to what it already runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.problem.serves import OF

if TYPE_CHECKING:
    from planner.plan.schema import Plan, ServicePlan
    from planner.problem.schema import Problem

#: Demands that differ by less than this, relative, are as many times the ones before.
EVEN = 1e-9


def carried(plan: Plan, before: Problem, after: Problem) -> tuple[Plan, float] | None:
    """(``plan`` with the rates of ``after``, the greatest multiple of any service's demand).

    None where demand did not change, or the demand of some service changed in shape: then a plan would have to be routed anew.
    """
    factors = _factors(before, after)
    if factors is None or all(abs(factor - 1.0) <= EVEN for factor in factors.values()):
        return None
    services = tuple(_scaled(service, factors) for service in plan.services)
    return plan.model_copy(update={"services": services}), max(factors.values())


def _factors(before: Problem, after: Problem) -> dict[str, float] | None:
    """Demand over demand before, by service; None where it is not the same in every class and period."""
    from planner.economics.timeline import timeline
    from planner.problem.demand import demand, has_own_demand

    old, new = (demand(one, timeline(one)) for one in (before, after))
    found: dict[str, float] = {}
    for service in after.services:
        if not has_own_demand(service) and service.workload.serves is not None:
            continue  # sent the requests of those it serves
        was, now = old.get(service.name), new[service.name]
        if was is None or was.shape != now.shape:
            return None
        if not was.any():
            if now.any():
                return None
            found[service.name] = 1.0
            continue
        factor = float(now.sum() / was.sum())
        if (abs(now - factor * was) > EVEN * now.max()).any():
            return None
        found[service.name] = factor
    return found


def _scaled(service: ServicePlan, factors: dict[str, float]) -> ServicePlan:
    own = factors.get(service.name, 1.0)

    def of(name: str) -> float:
        """A class of its own, or of a service that it answers for."""
        return factors.get(name.partition(OF)[0], own) if service.name not in factors else own

    def rates(found: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
        return {name: tuple(of(name) * rate for rate in row) for name, row in found.items()}

    def routes(one: Any) -> Any:
        return one.model_copy(update={"rate_per_s": tuple(of(one.request_class) * rate for rate in one.rate_per_s)})

    return service.model_copy(
        update={
            "deployments": tuple(one.model_copy(update={"rate_per_s": rates(one.rate_per_s)}) for one in service.deployments),
            "hosted": tuple(one.model_copy(update={"rate_per_s": rates(one.rate_per_s)}) for one in service.hosted),
            "waiting": rates(service.waiting),
            "answered_by": {group: tuple(own * rate for rate in row) for group, row in service.answered_by.items()},
            "unserved_per_s": rates(service.unserved_per_s),
            "survival": tuple(lost.model_copy(update={"routing": tuple(map(routes, lost.routing))}) for lost in service.survival),
        }
    )
