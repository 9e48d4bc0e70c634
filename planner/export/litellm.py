"""A LiteLLM router configuration: the plan's own endpoints and what it buys from providers, weighted by requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planner.export.deployable import Unit
from planner.export.names import slug
from planner.export.yaml_text import yaml_text


def litellm(units: Sequence[Unit], bought: Sequence[Mapping[str, Any]] = ()) -> dict[str, str]:
    """One proxy configuration; requests go to each endpoint by its share of a service's.

    bought  provider's share of a service: ``service``, ``model`` (provider/name), ``requests_per_s``, ``key`` (environment)
    """
    models = [_own(units, service) for service in dict.fromkeys(one.service for one in units)]
    models += [_bought(one) for one in bought]
    return {"config.yaml": yaml_text({"model_list": models, "router_settings": {"routing_strategy": "simple-shuffle"}})}


def _own(units: Sequence[Unit], service: str) -> dict[str, Any]:
    """All replicas of a service behind its Kubernetes service, as the manifests name it."""
    rate = sum(one.requests_per_s for one in units if one.service == service)
    parameters = {"model": f"hosted_vllm/{service}", "api_base": f"http://{slug(service)}/v1", "api_key": "none", "weight": round(rate, 6) or 1e-6}
    return {"model_name": service, "litellm_params": parameters}


def _bought(one: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {"model": one["model"], "api_key": f"os.environ/{one['key']}", "weight": round(one["requests_per_s"], 6) or 1e-6}
    return {"model_name": one["service"], "litellm_params": parameters}
