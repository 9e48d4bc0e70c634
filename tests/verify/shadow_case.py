"""A small problem with a shadow deployment, with its plan by hand, and what is wrong when its check fails."""

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

# docs: 4/s all the time on one box at 4/s. A quarter, 1/s, is mirrored to trial in the last 3 of 12 months: 0.25 of a box, a
# second box for 3/12 × 730 h = 182.5 h at 1 USD.
PROBLEM: dict[str, Any] = copy.deepcopy(waiting_case.PROBLEM)
del PROBLEM["periods"]
_DOCS = PROBLEM["services"][0]
_DOCS["workload"]["rate_per_s"] = 4.0
del _DOCS["modes"], _DOCS["window_hours"]
PROBLEM["services"].append(
    {**copy.deepcopy(_DOCS), "name": "trial", "workload": {"mirrors": {"service": "docs", "share": 0.25, "start_month": 9}}}
)

_AT = {**waiting_case._RUN, "ttft_ms": [None, None], "tpot_ms": [None, None], "latency_percentile": 95.0, "basis": "measured"}
PLAN: dict[str, Any] = {
    **copy.deepcopy(waiting_case.PLAN), "bound_usd_per_month": 912.5,
    "cost": {"on_demand_usd_per_month": 912.5, "total_usd_per_month": 912.5},
    "periods": [{"name": "m1-9/all", "hours_per_month": 547.5}, {"name": "m10-12/all", "hours_per_month": 182.5}],
    "services": [
        {"name": "docs", "share_usd_per_month": 730.0,
         "deployments": [{**_AT, "replicas": [1, 1], "rate_per_s": {"c": [4.0, 4.0]}, "utilisation": [1.0, 1.0], "headroom": [0.0, 0.0]}]},
        {"name": "trial", "share_usd_per_month": 182.5,
         "deployments": [{**_AT, "replicas": [0, 1], "rate_per_s": {"c": [0.0, 1.0]}, "utilisation": [None, 0.25], "headroom": [None, 0.75]}]},
    ],
    "pools": [{"id": BOX, "instance_type": "box", "provider": "acme", "region": "acme:west", "accelerator": "X",
               "accelerators_per_instance": 1, "on_demand": [1.0, 2.0], "owned": [0, 0], "spot": [0, 0], "running_firm": [1, 2],
               "firm_starts": [0, 0], "spot_starts": [0, 0]}],
    "waiting": None,
    "shadow": {"services": ["trial"], "without_usd_per_month": 730.0, "without_bound_usd_per_month": 730.0, "extra_usd_per_month": 182.5},
}  # fmt: skip


def certificate(plan: dict[str, Any] | None = None, problem: dict[str, Any] | None = None) -> Certificate:
    """What is found of the plan by hand, with values at dotted paths of plan and problem changed."""
    made = problem_of(from_data(_changed(PROBLEM, problem or {}), "problem")).problem
    data = _changed(PLAN, plan or {})
    dumped = made.model_dump(mode="json")
    data["inputs"] = {"problem": dumped, "problem_digest": digest(dumped), "catalog_edition": "test",
                      "catalog_digest": "0" * 64, "planner_version": "test"}  # fmt: skip
    return certify(validate(from_data(data, "plan"), Plan), made, tiny.catalog())


WRONG: dict[str, dict[str, Any]] = {"shadow": {"plan": {"shadow.extra_usd_per_month": 180.0}}}
