"""A plan for outsiders: money as an index where this plan's total is 100, and no price of any unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.report.page.analyses import Analysis

INDEX = 100.0
HIDDEN = "hidden"
# What is paid for a unit tells the scale of everything else to whoever knows one of them.
_UNIT_PRICES = ("usd_per_hour", "usd_per_unit_hour", "usd_per_kwh", "usd_per_tonne", "usd_per_mtok", "usd_per_request", "discount")
_PRICED_FACT = ("apis.", "costs", "on_demand", "spot", "reserved", "usd", "discount", "price", "upfront", "commitment")


def index_factor(plan: Plan) -> float:
    """What an amount of USD a month is multiplied with; a plan that costs nothing has no index."""
    total = plan.cost.get(TOTAL, 0.0)
    return INDEX / total if total > 0.0 else 0.0


def hidden(document: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """The plan's JSON with money as index and unit prices taken out.

    What the index keeps are ratios: who knows the price of one pool and how many instances of it run can work back.
    """
    found = _scaled(document, factor)
    # Somebody's own words: they may state an amount.
    found["inputs"]["problem"].pop("description", None)
    found["cost"] = {part: usd * factor for part, usd in document["cost"].items()}
    # What a spend commitment counts are USD an hour.
    found["commitments"] = [{**one, "units": one["units"] * factor} if one["measure"] == "spend" else one for one in found["commitments"]]
    found["binding"] = [_limit(one, factor) for one in document["binding"]]
    found["assumptions"] = [_fact(one) for one in document["assumptions"]]
    return found


def _scaled(value: Any, factor: float, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _scaled(member, factor, name if isinstance(name, str) else key) for name, member in value.items()}
    if isinstance(value, list):
        return [_scaled(member, factor, key) for member in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if any(word in key for word in _UNIT_PRICES):
        return None
    return value * factor if "usd" in key or key in ("cost", "budget") else value


def _limit(one: dict[str, Any], factor: float) -> dict[str, Any]:
    if "USD" not in one["unit"]:
        return one
    return {**one, **{field: one[field] * factor for field in ("value", "limit", "slack")}}


def _fact(one: dict[str, Any]) -> dict[str, Any]:
    """Prices lose their value, and private facts their reason too: either may state an amount."""
    private = one["kind"] == "private"
    if not private and "USD" not in one["reason"] and not any(word in one["path"] for word in _PRICED_FACT):
        return one
    return {**one, "value": HIDDEN, "reason": "" if private else one["reason"]}
