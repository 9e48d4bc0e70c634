"""A small problem answered by provisioned throughput, with its plan by hand, and what is wrong when each check fails."""

from __future__ import annotations

from typing import Any

import hosted_case
from hosted_case import API, CHAT, USE

from planner.plan.schema import Certificate

# 2/s of 1,000 tokens in and 500 out, which count double: 240,000 a minute. Five units of 50,000 for 1 USD/h each: 5 × 730 USD.
UNITS = {"usd_per_unit_hour": 1.0, "tokens_per_minute": 50_000.0, "output_weight": 2.0, "minimum_units": 3, "step_units": 5, "term_months": 6}
USD = 3650.0
PLAN: dict[str, Any] = {
    f"{USE}.mode": "provisioned", f"{USE}.name": f"{API} provisioned", f"{USE}.usd_per_month": USD, f"{USE}.units": 5,
    "cost": {"provisioned_usd_per_month": USD, "total_usd_per_month": USD}, "bound_usd_per_month": USD,
    f"{CHAT}.share_usd_per_month": USD, "binding": [], "demand_multiplier_survived": 250.0 / 240.0,
    "assumptions": [{"path": f"apis.{API} provisioned", "value": 1.0, "kind": "private", "source": "stated in the problem", "as_of": "",
                     "reason": "USD per hour of a unit"}],
}  # fmt: skip
PROBLEM: dict[str, Any] = {f"{CHAT}.modes": ["provisioned"], "apis.0.provisioned": UNITS, "apis.0.requests_per_minute": None}


def certificate(plan: dict[str, Any] | None = None, problem: dict[str, Any] | None = None) -> Certificate:
    """What is found of the plan by hand, with values at dotted paths of plan and problem changed."""
    return hosted_case.certificate(PLAN | (plan or {}), PROBLEM | (problem or {}))


WRONG: dict[str, dict[str, Any]] = {
    "provisioned_units": {"problem": {"apis.0.provisioned": UNITS | {"term_months": 5}}},
    "provisioned_capacity": {"problem": {"apis.0.provisioned": UNITS | {"tokens_per_minute": 47_000.0}}},
}
