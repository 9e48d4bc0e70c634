"""Plans solved beside the one asked for, the same way and checked the same way, to say what a choice in the problem is worth."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
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
    nominal = _beside(run, plan, with_confidence(problem, None), catalog, "nominal plan", "no nominal plan was found")
    safety = Safety(
        confidence=confidence,
        nominal_usd_per_month=nominal.usd_per_month,
        nominal_bound_usd_per_month=nominal.bound_usd_per_month,
        extra_usd_per_month=nominal.cheaper_usd_per_month,
        message=nominal.message,
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
    without = changed(problem, services=services)
    at_once = _beside(run, plan, without, catalog, "plan that serves as it comes", "no plan serves all work as it comes")
    emitted, saved = at_once.carbon_kg_per_month, at_once.cheaper_usd_per_month
    known = emitted is not None and plan.carbon_kg_per_month is not None
    told = Waiting(
        as_it_comes_usd_per_month=at_once.usd_per_month,
        as_it_comes_bound_usd_per_month=at_once.bound_usd_per_month,
        saved_usd_per_month=None if saved is None else -saved,
        as_it_comes_carbon_kg_per_month=emitted,
        saved_carbon_kg_per_month=emitted - plan.carbon_kg_per_month if known else None,
        message=at_once.message,
    )
    return plan.model_copy(update={"waiting": told})


def with_cost_of_shadows(run: Run, plan: Plan, problem: Problem, catalog: Catalog) -> Plan:
    """The plan with what mirroring costs, from a plan in which nothing is mirrored."""
    from planner.plan.shadow import Shadow
    from planner.problem.mirror import without_mirrors

    mirrors = tuple(service.name for service in problem.services if service.workload.mirrors is not None)
    if not run.options.price_safety or not mirrors:
        return plan
    alone = _beside(run, plan, without_mirrors(problem), catalog, "plan without shadows", "no plan without shadows was found")
    shadow = Shadow(
        services=mirrors,
        without_usd_per_month=alone.usd_per_month,
        without_bound_usd_per_month=alone.bound_usd_per_month,
        extra_usd_per_month=alone.cheaper_usd_per_month,
        message=alone.message,
    )
    return plan.model_copy(update={"shadow": shadow})


@dataclass(frozen=True)
class _Beside:
    """What is known of a second plan: None where there is none; ``cheaper_usd_per_month`` is how much less it costs."""

    usd_per_month: float | None
    bound_usd_per_month: float | None
    cheaper_usd_per_month: float | None
    carbon_kg_per_month: float | None
    message: str


def _beside(run: Run, plan: Plan, problem: Problem, catalog: Catalog, phase: str, without: str) -> _Beside:
    """The plan of ``problem``, solved within the time that is left; ``without`` is said where there is none."""
    answer = _solved(run, plan, problem, catalog, phase)
    found = getattr(answer, "plan", None)
    if found is None:
        return _Beside(None, getattr(answer, "bound_usd_per_month", None), None, None, getattr(answer, "message", without))
    cost = found.cost[TOTAL]
    return _Beside(cost, found.bound_usd_per_month, plan.cost[TOTAL] - cost, found.carbon_kg_per_month, "")


def _solved(run: Run, plan: Plan, problem: Problem, catalog: Catalog, phase: str) -> Outcome:
    from planner.solve import solve

    since = time.monotonic()
    run.tell(phase, incumbent=plan.cost[TOTAL])
    options = replace(run.options, time_limit_s=run.left(), price_safety=False)
    answer = solve(problem, catalog, options, on_progress=run.on_progress, stop=run.stop)
    run.phase(phase, since)
    return answer
