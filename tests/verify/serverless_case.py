"""A small problem that serverless workers answer, with its plan by hand, and what is wrong when each check fails."""

from __future__ import annotations

import math
from typing import Any

import tiny
from hosted_case import _changed

from planner.catalog.catalog import Catalog
from planner.catalog.hardware import Model
from planner.catalog.usage import Mode, ModePrice
from planner.documents import digest, from_data, validate
from planner.plan.schema import Certificate, Plan
from planner.problem.schema import Problem
from planner.verify.certify import certify

NAME = "host:Runs X bf16"
# 16 bits of 8e9 parameters are 16 GB: 4 s to start and 16 s to load at 1 GB/s. A request takes 0.01 + 50 × 0.0198 = 1 s, and
# a worker stays up for 79 s after it: every request keeps one up for 100 s at most.
# 0.01 requests/s are a load of 1: the tangent at 1 touches 1 − e^−1. 3.6 USD an hour.
UP = 1.0 - math.exp(-1.0)
USD = 730.0 * 3.6 * UP

PROBLEM: dict[str, Any] = {
    "offers": {"catalog": False, "accelerators": [{"name": "X", "vendor": "acme", "memory_gib": 80.0, "tdp_w": 500.0}]},
    "worker": {"load_gb_per_s": 1.0},
    "services": [
        {"name": "chat", "model": "toy", "modes": ["serverless"],
         "workload": {"rate_per_s": [0.01], "dispersion_10s": 1.0,
                      "classes": [{"name": "c", "input_tokens": 1000.0, "output_tokens": 50.0, "share": 1.0}]},
         "slo": {"ttft_ms": {"p90": 25000.0}}, "allow": {"variants": None}, "profiles_only": True,
         "profiles": [{"variant": "bf16", "accelerator": "X", "tp": 1, "throughput_rps": [2.0], "ttft_ms": [10.0], "tpot_ms": [19.8],
                       "max_num_seqs": 8}]},
    ],
}  # fmt: skip

PLAN: dict[str, Any] = {
    "status": "optimal", "proven": True, "checked": True, "deterministic": True, "gap": 0.0, "bound_usd_per_month": USD,
    "cost": {"serverless_usd_per_month": USD, "total_usd_per_month": USD}, "carbon_kg_per_month": None, "routing": "divisible",
    "periods": [{"name": "all", "hours_per_month": 730.0}],
    "services": [
        {"name": "chat", "deployments": [], "share_usd_per_month": USD,
         "hosted": [{"mode": "serverless", "name": NAME, "provider": "host", "rate_per_s": {"c": [0.01]}, "usd_per_month": USD,
                     "workers": {"variant": "bf16", "accelerator": "X", "max_num_seqs": 8, "engine": "unstated", "stops_when_idle": [1],
                                 "up_share": [UP], "busy": [0], "kept": [0],
                                 # (1 + 0.01 × 20) e^(−0.01 × 79)
                                 "cold_share": [1.2 * math.exp(-0.79)]}}]}
    ],
    "pools": [], "binding": [], "demand_multiplier_survived": None,
    "assumptions": [{"path": f"serverless.{NAME}", "value": 3.6, "kind": "published", "source": "test", "as_of": "2026-11",
                     "reason": "USD per hour of a worker that is up"}],
    "solver": {"backend": "hand", "version": "", "method": "by hand", "seconds": 0.0, "columns": 0, "rows": 0,
               "nonzeros": 0, "integers": 0, "gap_asked": 0.0},
}  # fmt: skip

MODE: dict[str, Any] = {
    "provider": "host", "service": "Runs", "name": "gpu", "mode": "serverless", "max_request_mb": 1.0, "max_processing_s": 60.0,
    "cold_start_low_s": 1.0, "cold_start_high_s": 4.0, "idle_timeout_s": 79.0, "accelerated": True, "accelerators": ("X",),
}  # fmt: skip


def certificate(
    plan: dict[str, Any] | None = None, problem: dict[str, Any] | None = None, usd_per_s: float | None = 0.001, **mode: Any
) -> Certificate:
    """What is found of the plan by hand, with values at dotted paths of plan and problem changed, and facts of the mode."""
    facts = {"source": "test", "as_of": "2026-11", "kind": "published"}
    row = Mode(**{**MODE, **mode}, **facts)
    place = {"provider": "host", "service": "Runs", "name": "gpu"}
    price = {} if usd_per_s is None else {"p": ModePrice(**place, accelerator="X", unit="accelerator-second", usd_per_unit=usd_per_s, **facts)}
    late = {"modes": {row.id: row}, "mode_prices": price}
    empty: dict[str, Any] = {}
    catalog = Catalog(edition="2026-11", digest="0" * 64, sources=empty, accelerators=empty, models={"toy": Model(**tiny.TOY, **facts)},
                      regions=empty, offers=empty, region_hours=empty, spot=empty, commitments=empty, variants=empty,
                      _late=lambda table: late.get(table, {}))  # fmt: skip
    made = validate(from_data(_changed(PROBLEM, problem or {}), "problem"), Problem)
    data = _changed(PLAN, plan or {})
    dumped = made.model_dump(mode="json")
    data["inputs"] = {"problem": dumped, "problem_digest": digest(dumped), "catalog_edition": "2026-11",
                      "catalog_digest": "0" * 64, "planner_version": "test"}  # fmt: skip
    return certify(validate(from_data(data, "plan"), Plan), made, catalog)


CHAT, USE = "services.0", "services.0.hosted.0"
# Check → what is wrong: values of the plan, of the problem, facts of the mode.
WRONG: dict[str, dict[str, Any]] = {
    "serverless_price_known": {"usd_per_s": None},
    "serverless_facts_known": {"idle_timeout_s": None},
    "serverless_accelerated": {},  # see test_serverless_checks: such a service has no worker that a plan could state
    "serverless_memory": {},
    "serverless_payload": {"problem": {f"{CHAT}.request_mb": 1.1}},
    "serverless_time": {"max_processing_s": 20.9},  # 20 s and 1 s
    # 24 s break a limit that 25 s meets; half of 10 % may meet a cold start.
    "serverless_cold_start": {"problem": {f"{CHAT}.slo.ttft_ms": {"p90": 20999.0}}},
    "serverless_prepared": {},
    "serverless_concurrency": {},
    "serverless_workers": {"plan": {f"{USE}.workers.stops_when_idle": [0]}},
    "claimed_workers": {"plan": {f"{USE}.workers.cold_share": [0.5]}},
    "worker_accelerator": {"problem": {f"{CHAT}.allow.exclude_accelerators": ["x"]}},
    "worker_rules": {"problem": {f"{CHAT}.profiles.0.throughput_rps": [None]}},
}
