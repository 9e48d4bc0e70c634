"""The product's answer to a problem document, as a test compares it."""

from __future__ import annotations

from typing import Any

from planner.plan.schema import Plan
from planner.solve import Infeasible, Options, Solved, solve
from tests.oracle.load import catalog, problem

NEAR = 1e-8  # relative: gap 0 is 1e-9, and integers are found to 1e-6 by CBC


def plan_of(document: dict[str, Any], backend: str = "highs", gap: float = 0.0) -> Plan | None:
    """The plan; None: proved infeasible. Anything else fails the test."""
    answer = solve(problem(document), catalog(), Options(gap=gap, backend=backend))
    if isinstance(answer, Infeasible):
        return None
    assert isinstance(answer, Solved), answer
    assert answer.plan.checked
    return answer.plan


def cost_of(document: dict[str, Any], backend: str = "highs", gap: float = 0.0) -> float | None:
    """USD a month; None: proved infeasible."""
    plan = plan_of(document, backend, gap)
    return None if plan is None else plan.cost["total_usd_per_month"]


def same(a: float | None, b: float | None, *, tolerance: float = NEAR) -> bool:
    """Whether two answers agree: both infeasible, or costs equal to the last digits that matter."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))
