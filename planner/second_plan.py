"""Plans solved beside the one asked for, the same way and checked the same way, to say what a choice in the problem is worth."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.plan.cost import TOTAL

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem
    from planner.solve import Outcome, Run


def with_price_of_safety(run: Run, plan: Plan, problem: Problem, catalog: Catalog) -> Plan:
    """The plan with what its confidence costs, from a nominal plan."""
    from planner.plan.schema import Safety
    from planner.problem.confidence import EVEN, confidence_of, with_confidence

    confidence = confidence_of(problem)
    if not run.options.price_safety or not confidence or min(confidence.values()) < EVEN:
        return plan
    nominal = _solved(run, plan, with_confidence(problem, None), catalog, "nominal plan")
    found = getattr(nominal, "plan", None)
    safety = Safety(
        confidence=confidence,
        nominal_usd_per_month=None if found is None else found.cost[TOTAL],
        nominal_bound_usd_per_month=getattr(nominal if found is None else found, "bound_usd_per_month", None),
        extra_usd_per_month=None if found is None else plan.cost[TOTAL] - found.cost[TOTAL],
        message="" if found is not None else getattr(nominal, "message", "no nominal plan was found"),
    )
    return plan.model_copy(update={"safety": safety})


def with_gain_of_waiting(run: Run, plan: Plan, problem: Problem, catalog: Catalog) -> Plan:
    """The plan with what it saves to let work wait within its window, from a plan that serves all work as it comes."""
    from planner.plan.waiting import Waiting
    from planner.problem.normalise import changed

    waiting = tuple(service for service in problem.services if service.window_hours is not None and service.defer)
    if not run.options.price_safety or not any(any(w) for part in plan.services for w in part.waiting.values()):
        return plan
    services = tuple(changed(s, defer=False) if s in waiting else s for s in problem.services)
    at_once = _solved(run, plan, changed(problem, services=services), catalog, "plan that serves as it comes")
    found = getattr(at_once, "plan", None)
    both = None if found is None else (found.carbon_kg_per_month, plan.carbon_kg_per_month)
    told = Waiting(
        as_it_comes_usd_per_month=None if found is None else found.cost[TOTAL],
        as_it_comes_bound_usd_per_month=getattr(at_once if found is None else found, "bound_usd_per_month", None),
        saved_usd_per_month=None if found is None else found.cost[TOTAL] - plan.cost[TOTAL],
        as_it_comes_carbon_kg_per_month=None if found is None else found.carbon_kg_per_month,
        saved_carbon_kg_per_month=None if both is None or None in both else both[0] - both[1],
        message="" if found is not None else getattr(at_once, "message", "no plan serves all work as it comes"),
    )
    return plan.model_copy(update={"waiting": told})


def with_cost_of_shadows(run: Run, plan: Plan, problem: Problem, catalog: Catalog) -> Plan:
    """The plan with what mirroring costs, from a plan in which nothing is mirrored."""
    from planner.plan.shadow import Shadow
    from planner.problem.mirror import without_mirrors

    mirrors = tuple(service.name for service in problem.services if service.workload.mirrors is not None)
    if not run.options.price_safety or not mirrors:
        return plan
    alone = _solved(run, plan, without_mirrors(problem), catalog, "plan without shadows")
    found = getattr(alone, "plan", None)
    shadow = Shadow(
        services=mirrors,
        without_usd_per_month=None if found is None else found.cost[TOTAL],
        without_bound_usd_per_month=getattr(alone if found is None else found, "bound_usd_per_month", None),
        extra_usd_per_month=None if found is None else plan.cost[TOTAL] - found.cost[TOTAL],
        message="" if found is not None else getattr(alone, "message", "no plan without shadows was found"),
    )
    return plan.model_copy(update={"shadow": shadow})


def _solved(run: Run, plan: Plan, problem: Problem, catalog: Catalog, phase: str) -> Outcome:
    from planner.solve import solve

    since = time.monotonic()
    run.tell(phase, incumbent=plan.cost[TOTAL])
    options = replace(run.options, time_limit_s=run.left(), price_safety=False)
    answer = solve(problem, catalog, options, on_progress=run.on_progress, stop=run.stop)
    run.phase(phase, since)
    return answer
