"""Recomputes everything a plan claims, from problem and catalogue, and says what holds."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from planner.errors import PlannerError
from planner.plan.schema import Certificate, Check, Plan
from planner.verify.case import Case
from planner.verify.checks import CHECKS
from planner.verify.checks.min_instances import tightest_placement

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.problem.schema import Problem

CANNOT_CHECK = (
    "the bound rests on the solver's search; this check recomputes the plan, not the proof",
    "predictions of latency and throughput are recomputed by the same formulas, not measured",
    "under shortage, that no better split between priorities exists",
    "the solver's report, what is said of how performance was found, and the options not considered are taken as stated",
)


def certify(plan: Plan, problem: Problem, catalog: Catalog, *, overlay: Any = None) -> Certificate:
    """What a recomputation in plain arithmetic confirms of ``plan``; it never raises for what a plan says.

    problem   normalised: workload inline, one rate per period
    overlay   private facts (``planner.catalog.overlay.read_overlay``) still to be laid over ``catalog``

    Each check has the name of the rule, constraint or claim it recomputes, with the worst relative violation.
    """
    if overlay is not None:
        from planner.catalog.overlay import apply_overlay

        catalog = apply_overlay(catalog, overlay)
    try:
        plan = Plan.model_validate(plan.model_dump(warnings=False))
    except ValidationError as error:
        return _malformed(error)
    except (AttributeError, RecursionError, TypeError, ValueError) as error:  # built without validation, it may hold anything
        return _not_computed({"shape": f"the plan cannot be read as data: {type(error).__name__}: {error}"})
    try:
        case = Case(plan, problem, catalog)
        case.pools, case.demand  # worked out when asked for: what is wrong with them is not the plan's fault
    except (PlannerError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return _not_computed({"inputs": f"problem and catalogue do not go together: {error}"})
    for name, registered in CHECKS.items():
        computed = _sound(case) or registered.first or name == "inputs"
        case.done.append(registered.run(case) if computed else _skipped(name))
    passed = all(c.passed for c in case.done)
    placement = tightest_placement(case) if _sound(case) else {}
    return Certificate(passed=passed, checks=tuple(case.done), placement=placement, cannot_check=CANNOT_CHECK)


def held_against(plan: Plan, problem: Problem, catalog: Catalog, names: Container[str]) -> tuple[Check, ...]:
    """The checks of these names alone, and those of the plan's form: for a plan that is held against limits it was not made for.

    It certifies nothing: what the plan claims is not recomputed. It never raises for what a plan says.
    """
    try:
        case = Case(plan, problem, catalog)
        case.pools, case.demand
    except (PlannerError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return (Check(name="shape", passed=False, worst=1.0, detail=f"it does not go together with them: {error}"),)
    for name, registered in CHECKS.items():
        if registered.first or (name in names and _sound(case)):
            case.done.append(registered.run(case))
    return tuple(case.done)


def _sound(case: Case) -> bool:
    """Whether the plan's form allows computing with it."""
    return all(c.passed for c in case.done if CHECKS[c.name].first)


def _malformed(error: ValidationError) -> Certificate:
    """Fractions where counts belong fail ``integrality``; everything else about form fails ``shape``."""
    failed: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        name = "integrality" if one["type"] == "int_from_float" else "shape"
        place = ".".join(map(str, one["loc"]))
        failed[name] = f"{failed[name]}; {place}: {one['msg']}" if name in failed else f"{place}: {one['msg']}"
    return _not_computed(failed)


def _not_computed(failed: dict[str, str]) -> Certificate:
    checks = tuple(
        Check(name=name, passed=False, worst=1.0, detail=failed[name]) if name in failed else _skipped(name) for name in CHECKS
    )
    return Certificate(passed=False, checks=checks, cannot_check=CANNOT_CHECK)


def _skipped(name: str) -> Check:
    return Check(name=name, passed=False, worst=1.0, detail="not computed: the plan's form does not allow it")
