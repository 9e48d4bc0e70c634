"""A LiteLLM router configuration: the plan's own endpoints and what hosted options answer, weighted by requests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from planner.export.names import slug
from planner.export.yaml_text import yaml_text
from planner.plan.schema import HostedUse, Plan

# What LiteLLM calls a seller, where the catalogue has another name for it.
SELLERS = {"azure": "azure_ai", "fireworks": "fireworks_ai", "google": "gemini", "together": "together_ai", "vertex": "vertex_ai"}
# Where a seller answers from bought units at an address of its own: without it, requests are paid by the token beside them.
UNITS = {
    "bedrock": {"model_id": "PROVISIONED_ARN"},
    "azure": {"api_base": "PROVISIONED_URL", "api_key": "PROVISIONED_API_KEY"},
}
# The least weight that is one: a share that is never drawn would hide an endpoint.
_LEAST = 1e-6


def litellm(plan: Plan) -> dict[str, str]:
    """One proxy configuration; each endpoint of a service gets requests by its share of the month."""
    models = []
    for service in plan.services:
        own = sum(_rate(plan, one.rate_per_s) for one in service.deployments)
        models += [_own(service.name, own)] if service.deployments and not service.busy_shares else []
        models += [_own(service.name, _rate(plan, {"": rates}), at=group) for group, rates in service.answered_by.items()]
        models += [_hosted(service.name, one, _rate(plan, one.rate_per_s)) for one in service.hosted]
    return {"config.yaml": yaml_text({"model_list": models, "router_settings": {"routing_strategy": "simple-shuffle"}})}


def _rate(plan: Plan, rates: Mapping[str, Sequence[float]]) -> float:
    """Requests/s over the month, all classes."""
    hours = [period.hours_per_month for period in plan.periods]
    return sum(value * hour for values in rates.values() for value, hour in zip(values, hours)) / sum(hours)


def _own(service: str, rate: float, *, at: str | None = None) -> dict[str, Any]:
    """All replicas of a service, or of the group ``at`` that answers for it, behind their Kubernetes service."""
    parameters = {"model": f"hosted_vllm/{service}", "api_base": f"http://{slug(at or service)}/v1", "api_key": "none"}
    return {"model_name": service, "litellm_params": {**parameters, "weight": _weight(rate)}}


def _hosted(service: str, one: HostedUse, rate: float) -> dict[str, Any]:
    """A provider's model by its name there; workers of one's own by the address that their host gives them."""
    if one.mode != "serverless":
        seller = SELLERS.get(one.provider, one.provider)
        parameters = {"model": f"{seller}/{one.name.partition(':')[2].removesuffix(' batch').removesuffix(' provisioned')}", "api_key": f"os.environ/{_variable(seller)}_API_KEY"}
        if one.mode == "provisioned":
            parameters |= {field: f"os.environ/{_variable(service)}_{name}" for field, name in UNITS.get(one.provider, {}).items()}
    else:
        name = _variable(service)
        parameters = {"model": f"hosted_vllm/{service}", "api_base": f"os.environ/{name}_URL", "api_key": f"os.environ/{name}_API_KEY"}
    found: dict[str, Any] = {"model_name": service, "litellm_params": {**parameters, "weight": _weight(rate)}}
    if one.mode == "batch":
        # Sent in files to the seller's batch interface: a name of its own keeps requests that somebody waits for away from it.
        found |= {"model_name": f"{service}-batch", "model_info": {"mode": "batch"}}
    return found


def _weight(rate: float) -> float:
    return max(_LEAST, round(rate, 6))


def _variable(text: str) -> str:
    """A name for the environment; what its signs cannot tell apart is told by a digest."""
    plain = text.replace("_", "-").replace(" ", "-").lower()
    return re.sub(r"[^A-Z0-9]+", "_", slug(plain).upper()).strip("_")
