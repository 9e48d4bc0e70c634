"""A small problem whose work may wait, with its plan by hand, and what is wrong when each check fails."""

from __future__ import annotations

from typing import Any

import tiny
from hosted_case import _changed

from planner.documents import digest, from_data, validate
from planner.plan.schema import Certificate, Plan
from planner.problem.schema import Problem
from planner.verify.certify import certify

BOX = "acme:box@west"
# 2/s in the first half of the day, 6/s in the second, due within a day; a box serves 4/s: 4/s in both halves on one box, so
# 2/s of the second half, 2 × 43,200 requests, wait for the first. 730 h at 1 USD. As it comes 1 and 2 boxes would run.
WAITS = 86_400.0

PROBLEM: dict[str, Any] = {
    "periods": {"kind": "day", "per_day": 2},
    "start_up": {"hours": 0.0},
    "offers": {
        "catalog": False, "accelerators": [{"name": "X", "vendor": "acme", "memory_gib": 80.0, "tdp_w": 500.0, "idle_w": 60.0}],
        "own": [{"provider": "acme", "region": "west", "instance_type": "box", "accelerator": "X", "accelerators_per_instance": 1,
                 "on_demand_usd_per_hour": 1.0, "stock": 6}],
    },
    "services": [
        {"name": "docs", "model": "toy", "modes": ["asynchronous"], "window_hours": 24.0,
         "workload": {"rate_per_s": [2.0, 6.0], "dispersion_10s": 1.0,
                      "classes": [{"name": "c", "input_tokens": 100.0, "output_tokens": 50.0, "share": 1.0}]},
         "allow": {"variants": None}, "profiles_only": True,
         "profiles": [{"variant": "bf16", "accelerator": "X", "tp": 1, "throughput_rps": [4.0], "max_num_seqs": 8}]},
    ],
}  # fmt: skip

_RUN = {"variant": "bf16", "accelerator": "X", "tp": 1, "pp": 1, "engine": "unstated", "max_num_seqs": 8, "instance_type": "box",
        "provider": "acme", "region": "acme:west", "pool": BOX, "purchase": "firm"}  # fmt: skip
PLAN: dict[str, Any] = {
    "status": "optimal", "proven": True, "checked": True, "deterministic": True, "gap": 0.0, "bound_usd_per_month": 730.0,
    "cost": {"on_demand_usd_per_month": 730.0, "total_usd_per_month": 730.0}, "carbon_kg_per_month": None, "routing": "divisible",
    "periods": [{"name": "h00", "hours_per_month": 365.0}, {"name": "h12", "hours_per_month": 365.0}],
    "services": [
        {"name": "docs", "share_usd_per_month": 730.0, "waiting": {"c": [0.0, WAITS]},
         "deployments": [{**_RUN, "replicas": [1, 1], "rate_per_s": {"c": [4.0, 4.0]}, "ttft_ms": [None, None], "tpot_ms": [None, None],
                          "latency_percentile": 95.0, "utilisation": [1.0, 1.0], "headroom": [0.0, 0.0], "basis": "measured"}]}
    ],
    "pools": [{"id": BOX, "instance_type": "box", "provider": "acme", "region": "acme:west", "accelerator": "X",
               "accelerators_per_instance": 1, "on_demand": [1.0, 1.0], "owned": [0, 0], "spot": [0, 0], "running_firm": [1, 1],
               "firm_starts": [0, 0], "spot_starts": [0, 0]}],
    "binding": [], "demand_multiplier_survived": 1.0, "assumptions": [],
    "waiting": {"as_it_comes_usd_per_month": 1095.0, "as_it_comes_bound_usd_per_month": 1095.0, "saved_usd_per_month": 365.0},
    "solver": {"backend": "hand", "version": "", "method": "by hand", "seconds": 0.0, "columns": 0, "rows": 0,
               "nonzeros": 0, "integers": 0, "gap_asked": 0.0},
}  # fmt: skip


def certificate(plan: dict[str, Any] | None = None, problem: dict[str, Any] | None = None) -> Certificate:
    """What is found of the plan by hand, with values at dotted paths of plan and problem changed."""
    made = validate(from_data(_changed(PROBLEM, problem or {}), "problem"), Problem)
    data = _changed(PLAN, plan or {})
    dumped = made.model_dump(mode="json")
    data["inputs"] = {"problem": dumped, "problem_digest": digest(dumped), "catalog_edition": "test",
                      "catalog_digest": "0" * 64, "planner_version": "test"}  # fmt: skip
    return certify(validate(from_data(data, "plan"), Plan), made, tiny.catalog())


DOCS, RUN = "services.0", "services.0.deployments.0"
WRONG: dict[str, dict[str, Any]] = {
    "deadline": {"problem": {f"{DOCS}.window_hours": 12.0}},
    "waiting": {"plan": {"waiting.saved_usd_per_month": 366.0}},
}
