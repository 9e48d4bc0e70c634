"""What ties the services of a fleet together, by name, and a fleet without one of them."""

from __future__ import annotations

from typing import Any

#: Field of ``limits`` behind each coupling; commitments are no limit.
_LIMITS = {"quotas": "quotas", "carbon": "carbon_kg_per_month", "upfront cash": "upfront_usd", "team budgets": "teams"}
COUPLINGS = ("quotas", "commitments", "carbon", "upfront cash", "team budgets")


def without(problem: dict[str, Any], coupling: str) -> dict[str, Any]:
    """``problem`` less one of ``COUPLINGS``; the same where it has none."""
    if coupling == "commitments":
        return {**problem, "commitments": {"offered": False}}
    field = _LIMITS[coupling]
    return {**problem, "limits": {name: value for name, value in problem["limits"].items() if name != field}}
