"""Results of analyses as plain values for JSON: dataclasses by field, plans by what they cost and how far that is proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from planner.plan.cost import TOTAL
from planner.plan.schema import Plan


def plain(value: Any) -> Any:
    """``value`` with nothing in it but what JSON has."""
    if isinstance(value, Plan):
        return plan_summary(value)
    if is_dataclass(value) and not isinstance(value, type):
        found = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        sign = getattr(value, "sign", None)
        return found if sign is None else {**found, "sign": sign}
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return value


def plan_summary(plan: Plan) -> dict[str, Any]:
    """What an analysis says of a plan; ``planner solve`` prints the whole."""
    return {
        "total_usd_per_month": plan.cost[TOTAL],
        "bound_usd_per_month": plan.bound_usd_per_month,
        "gap": plan.gap,
        "proven": plan.proven,
        "checked": plan.checked,
        "carbon_kg_per_month": plan.carbon_kg_per_month,
        "cost": plan.cost,
        "problem_digest": plan.inputs.problem_digest,
    }
