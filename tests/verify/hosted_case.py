"""A small problem that hosted options answer, with its plan by hand, and what is wrong when each check fails."""

from __future__ import annotations

import copy
from typing import Any

from planner.catalog.catalog import Catalog
from planner.catalog.usage import ApiPrice, Mode
from planner.documents import digest, from_data, validate
from planner.plan.schema import Certificate, Plan
from planner.problem.schema import Problem
from planner.verify.certify import certify

API = "host:toy-chat"
# 2 requests/s of 1,000 tokens in and 500 out at 1 and 2 USD a million: 0.002 USD each, 5.256 M a month.
USD = 10512.0

PROBLEM: dict[str, Any] = {
    "offers": {"catalog": False},
    "vendors": [{"provider": "host", "attributes": ["no_training"]}],
    "apis": [{"provider": "host", "model": "*", "regions": ["EU"], "ttft_ms": {"p95": 400.0}, "requests_per_minute": 150.0}],
    "services": [
        {"name": "chat", "model": "toy", "modes": ["provider_api"], "requires": ["no_training"],
         "workload": {"rate_per_s": [2.0], "dispersion_10s": 1.0,
                      "classes": [{"name": "c", "input_tokens": 1000.0, "output_tokens": 500.0, "share": 1.0}]},
         "slo": {"ttft_ms": {"p90": 500.0}}, "allow": {"regions": ["EU"]}, "quality": {"min": 0.9}},
    ],
}  # fmt: skip

PLAN: dict[str, Any] = {
    "status": "optimal", "proven": True, "checked": True, "deterministic": True, "gap": 0.0, "bound_usd_per_month": USD,
    "cost": {"provider_api_usd_per_month": USD, "total_usd_per_month": USD}, "carbon_kg_per_month": None, "routing": "divisible",
    "periods": [{"name": "all", "hours_per_month": 730.0}],
    "services": [
        {"name": "chat", "deployments": [], "quality_mean": 1.0, "share_usd_per_month": USD,
         "hosted": [{"mode": "provider_api", "name": API, "provider": "host", "rate_per_s": {"c": [2.0]}, "usd_per_month": USD}]}
    ],
    "pools": [],
    "binding": [{"constraint": "api_limit", "where": f"{API} requests", "value": 120.0, "limit": 150.0,
                 "unit": "requests/minute", "slack": 30.0}],
    "demand_multiplier_survived": 1.25,  # 150 of 120 requests a minute
    "assumptions": [{"path": f"apis.{API}", "value": [1.0, 2.0], "kind": "published", "source": "test", "as_of": "2026-11",
                     "reason": "USD per million tokens of input and of output"}],
    "solver": {"backend": "hand", "version": "", "method": "by hand", "seconds": 0.0, "columns": 0, "rows": 0,
               "nonzeros": 0, "integers": 0, "gap_asked": 0.0},
}  # fmt: skip

PRICE: dict[str, Any] = {
    "provider": "host", "api_model": "toy-chat", "model": "toy", "weights": "open", "input_usd_per_mtok": 1.0,
    "output_usd_per_mtok": 2.0, "context_window": 4000,
}  # fmt: skip


CLOSED = Mode(provider="host", service="Old", name="endpoint", mode="real-time", retired=True, source="test", as_of="2023", kind="published")


def catalog(**price: Any) -> Catalog:
    """A catalogue with one token price; ``price`` changes its facts."""
    row = ApiPrice(**{**PRICE, **price}, source="test", as_of="2026-11", kind="published")
    empty: dict[str, Any] = {}
    return Catalog(edition="2026-11", digest="0" * 64, sources=empty, accelerators=empty, models=empty, regions=empty, offers=empty,
                   region_hours=empty, spot=empty, commitments=empty, variants=empty,
                   _late=lambda table: {"api_prices": {row.id: row}, "modes": {CLOSED.id: CLOSED}}.get(table, {}))  # fmt: skip


def certificate(plan: dict[str, Any] | None = None, problem: dict[str, Any] | None = None, **price: Any) -> Certificate:
    """What is found of the plan by hand, with values at dotted paths of plan and problem changed."""
    stated = _changed(PROBLEM, problem or {})
    made = validate(from_data(stated, "problem"), Problem)
    data = _changed(PLAN, plan or {})
    dumped = made.model_dump(mode="json")
    data["inputs"] = {"problem": dumped, "problem_digest": digest(dumped), "catalog_edition": "2026-11",
                      "catalog_digest": "0" * 64, "planner_version": "test"}  # fmt: skip
    return certify(validate(from_data(data, "plan"), Plan), made, catalog(**price))


def _changed(document: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    data = copy.deepcopy(document)
    for path, value in values.items():
        *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        at: Any = data
        for step in parents:
            at = at[step]
        at[last] = value
    return data


CHAT, USE = "services.0", "services.0.hosted.0"
# Check → what is wrong: values of the plan, of the problem, facts of the price.
WRONG: dict[str, dict[str, Any]] = {
    "modes": {"problem": {f"{CHAT}.modes": ["real_time"]}},
    "attributes": {},  # see test_hosted_checks: it is about replicas
    "hosted_provider": {"problem": {f"{CHAT}.allow": {"exclude_providers": ["ho*"]}}},
    "hosted_place": {"problem": {f"{CHAT}.allow.regions": ["US"]}},
    "hosted_attributes": {"problem": {f"{CHAT}.requires": ["private_network"]}},
    "hosted_emissions": {"problem": {"carbon": {"price_usd_per_tonne": 10.0}}},
    "hosted_quality": {"problem": {f"{CHAT}.quality.min": 1.1}},
    "api_batch_window": {},  # see tests/verify/test_deadline.py
    "mode_retired": {"plan": {f"{USE}.name": "host:Old endpoint"}},
    "api_price_known": {"output_usd_per_mtok": None},
    "api_sold": {"retires_on": "2027-10-31"},  # the horizon ends with October 2027
    "api_variant": {"served_as": "turbo"},
    "api_context": {"context_window": 1499},
    "api_latency": {"problem": {f"{CHAT}.slo.ttft_ms": {"p99": 500.0}}},  # known at p95 only
    "api_limit": {"problem": {"apis.0.requests_per_minute": 119.0}},
    "claimed_hosted": {"plan": {f"{USE}.usd_per_month": USD + 1.0}},
}
