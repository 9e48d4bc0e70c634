"""A plan without its private prices: what is left says what to run, not what is paid for a unit of it."""

from __future__ import annotations

from typing import Any

from planner.plan.schema import Assumption, CommitmentPlan, Plan

REDACTED = "redacted"
# Fields of a problem that state somebody's own prices.
_PRICES = (
    "usd_per_hour", "usd_per_unit_hour", "usd_per_kwh", "usd_per_month", "discount", "usd_per_gb", "usd_per_gb_month", "usd_per_accelerator_hour",
    "usd_per_instance_hour", "usd_per_person_year", "usd_per_million_requests", "one_off_usd", "share_of_bill", "data_usd", "usd_per_mtok",
)  # fmt: skip


def redacted(plan: Plan) -> Plan:
    """The plan with private facts and the prices that the problem states for itself taken out.

    Totals and cost parts stay: they are the answer. From a part that comes from a single pool its price can be worked
    out. A redacted plan cannot be checked alone.
    """
    inputs = plan.inputs.model_copy(update={"facts": None, "problem": _without_prices(plan.inputs.problem), "origin": None})
    own = _own_commitments(plan)
    facts = tuple(map(_fact, plan.assumptions)) + tuple(_hidden(one) for one in plan.commitments if one.name in own)
    public = tuple(one for one in plan.commitments if one.name not in own)
    return plan.model_copy(update={"assumptions": facts, "inputs": inputs, "commitments": public})


def _own_commitments(plan: Plan) -> frozenset[str]:
    """Names of commitments bought at prices of the user's own; with an overlay that may be any of them.

    Their rows are left out, since a price is no row's to lack; what they cover still stands with the pools.
    """
    if plan.inputs.overlay_digest is not None:
        return frozenset(one.name for one in plan.commitments)
    stated = (plan.inputs.problem.get("commitments") or {}).get("offers") or ()
    return frozenset(one.get("name", "") for one in stated)


def _hidden(one: CommitmentPlan) -> Assumption:
    return Assumption(path=f"commitments.{one.name}", value=REDACTED, kind="private", reason="")


def _fact(one: Assumption) -> Assumption:
    return one.model_copy(update={"value": REDACTED, "reason": ""}) if one.kind == "private" else one


def _without_prices(value: Any) -> Any:
    """Own offers, commitments and owned hardware keep their names and lose their prices."""
    if not isinstance(value, dict):
        return value
    private = {"offers": _cleared, "commitments": _cleared, "owned": _cleared, "costs": _cleared, "jobs": _cleared}
    return {key: private[key](member) if key in private else member for key, member in value.items()}


def _cleared(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: REDACTED if member is not None and key.endswith(_PRICES) else _cleared(member)
            for key, member in value.items()
        }
    return [_cleared(member) for member in value] if isinstance(value, list) else value
