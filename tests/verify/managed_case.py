"""A small problem whose best plan stands on an endpoint, and what is wrong when each check of endpoints fails."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

from planner.catalog import load_catalog
from planner.documents import from_data
from planner.plan.schema import Certificate, Plan
from planner.problem.load import problem_of
from planner.problem.schema import Problem
from planner.solve import Solved, solve
from planner.verify.certify import certify

# A machine at 2 USD/h is 1,460 USD a month bare and 1,825 with a quarter more; whoever runs bare ones is paid 1,000 for it.
# Each service takes one: 2 × 1,825 is less than 2 × 1,460 + 1,000.
PROBLEM: dict[str, Any] = {
    "schema_version": 1,
    "services": [
        {"name": name, "model": "Llama-3.1-8B", "modes": ["real_time", "managed"], "batch_limits": [32], "allow": {"variants": ["bf16"]},
         "workload": {"rate_per_s": 0.5, "dispersion_10s": 1.0, "classes": [{"input_tokens": 500, "output_tokens": 100, "share": 1.0}]}}
        for name in ("chat", "notes")
    ],
    "managed": [{"provider": "p", "service": "End Points", "premium_share": 0.25, "max_request_mb": 2.0, "max_processing_s": 60.0}],
    "offers": {"catalog": False, "own": [
        {"provider": "p", "region": "here", "instance_type": "box", "accelerator": "H100", "accelerators_per_instance": 1,
         "on_demand_usd_per_hour": 2.0, "spot_usd_per_hour": 0.5, "spot_interruptions_per_month": 0.1, "reserved_1y_usd_per_hour": 1.0}]},
    "commitments": {"offered": False},
    "costs": {"platforms": [{"name": "cluster", "offers": ["p:box@*"], "usd_per_month": 1000.0}]},
}  # fmt: skip

USD = 2 * 730.0 * 2.0 * 1.25

#: Check → what the problem says instead, at dotted paths.
WRONG: dict[str, dict[str, Any]] = {
    "managed_mode": {"services.0.modes": ["real_time"]},
    "managed_payload": {"services.0.request_mb": 2.1},
    "managed_time": {"managed.0.max_processing_s": 0.1},
}


def problem(changes: dict[str, Any] | None = None) -> Problem:
    stated = copy.deepcopy(PROBLEM)
    for path, value in (changes or {}).items():
        *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        at: Any = stated
        for step in parents:
            at = at[step]
        at[last] = value
    return problem_of(from_data(stated, "problem.json")).problem


@lru_cache(maxsize=1)
def plan() -> Plan:
    found = solve(problem(), load_catalog("2026-11"))
    assert isinstance(found, Solved)
    return found.plan


def certificate(changes: dict[str, Any] | None = None) -> Certificate:
    """What is found of the plan beside a problem that says something else."""
    return certify(plan(), problem(changes), load_catalog("2026-11"))
