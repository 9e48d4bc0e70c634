"""A small problem in which two services share replicas, with its plan by hand, and what is wrong when each check fails."""

from __future__ import annotations

import copy
from typing import Any

import waiting_case
from hosted_case import _changed
from waiting_case import BOX

from planner.documents import digest, from_data, validate
from planner.plan.schema import Certificate, Plan
from planner.problem.load import problem_of
from planner.verify.certify import certify

import tiny

# docs asks 1/s and mail 2/s; a box alone serves 4/s of either, so alone they take a box each. A box that both share serves 4/s of docs
# and 8/s of mail: 1/4 + 2/8 = 0.5 of one box, half of it for each. 730 h at 1 USD.
PROBLEM: dict[str, Any] = copy.deepcopy(waiting_case.PROBLEM)
del PROBLEM["periods"]
_DOCS = PROBLEM["services"][0]
_DOCS["workload"]["rate_per_s"] = 1.0
del _DOCS["modes"], _DOCS["window_hours"]
_MAIL = {**copy.deepcopy(_DOCS), "name": "mail", "alternatives": [{"use": "mail-lora", "score": 0.9}]}
_MAIL["workload"]["rate_per_s"] = 2.0
_BOTH = {**copy.deepcopy(_DOCS), "name": "both", "workload": {"serves": {"services": ["docs", "mail"]}}}
_BOTH["profiles"][0]["throughput_rps"] = [4.0, 8.0]
PROBLEM["adapted"] = [{"name": "mail-lora", "model": "toy", "variants": ["bf16"], "adapter": {"rank": 8}}]
PROBLEM["services"] += [_MAIL, _BOTH]

_AT = {**waiting_case._RUN, "ttft_ms": [None], "tpot_ms": [None], "latency_percentile": 95.0, "basis": "measured"}
PLAN: dict[str, Any] = {
    **copy.deepcopy(waiting_case.PLAN), "bound_usd_per_month": 730.0, "demand_multiplier_survived": 2.0,
    "periods": [{"name": "all", "hours_per_month": 730.0}],
    "services": [
        {"name": "docs", "share_usd_per_month": 0.0, "deployments": [], "answered_by": {"both": [1.0]}},
        {"name": "mail", "share_usd_per_month": 0.0, "deployments": [], "answered_by": {"both": [2.0]}},
        {"name": "both", "share_usd_per_month": 730.0, "busy_shares": {"docs": 0.5, "mail": 0.5},
         "deployments": [{**_AT, "replicas": [1], "rate_per_s": {"docs:c": [1.0], "mail:c": [2.0]}, "utilisation": [0.5], "headroom": [0.5]}]},
    ],
    "pools": [{"id": BOX, "instance_type": "box", "provider": "acme", "region": "acme:west", "accelerator": "X",
               "accelerators_per_instance": 1, "on_demand": [1.0], "owned": [0], "spot": [0], "running_firm": [1],
               "firm_starts": [0], "spot_starts": [0]}],
    "waiting": None,
}  # fmt: skip


def certificate(plan: dict[str, Any] | None = None, problem: dict[str, Any] | None = None, group: dict[str, Any] | None = None, model=None) -> Certificate:
    """What is found of the plan by hand, with values at dotted paths changed; ``group`` changes what was made of the group."""
    made = problem_of(from_data(_changed(PROBLEM, problem or {}), "problem")).problem
    for name, value in (group or {}).items():
        found = next(s for s in made.services if s.name == "both")
        for step in name.split(".")[:-1]:
            found = getattr(found, step)
        object.__setattr__(found, name.split(".")[-1], value)
    data = _changed(PLAN, plan or {})
    dumped = made.model_dump(mode="json")
    data["inputs"] = {"problem": dumped, "problem_digest": digest(dumped), "catalog_edition": "test",
                      "catalog_digest": "0" * 64, "planner_version": "test"}  # fmt: skip
    return certify(validate(from_data(data, "plan"), Plan), made, tiny.catalog(model=model))


#: What replicas of both do comes from the formula, for a model whose feed-forward width nobody states.
_MODELLED = {
    "offers.accelerators.0.bf16_tflops": 300.0, "offers.accelerators.0.memory_bandwidth_gb_per_s": 2000.0,
    "services.2.profiles.0": {"variant": "bf16", "accelerator": "X", "tp": 1, "tpot_ms": [5.0, 5.0], "max_num_seqs": 8},
}  # fmt: skip

WRONG: dict[str, dict[str, Any]] = {
    "serving_group": {"group": {"workload.dispersion_10s": 0.5}},
    "adapters_known": {"problem": _MODELLED, "model": {}},
    "shared_replicas": {"plan": {"services.2.busy_shares": {"docs": 0.6, "mail": 0.4}}},
}
