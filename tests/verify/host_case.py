"""A small problem whose weights lie in host memory in part, and a host that is too small for them."""

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

PROBLEM: dict[str, Any] = {
    "schema_version": 1,
    "services": [
        {"name": "minutes", "model": "Llama-3.3-70B", "modes": ["asynchronous"], "window_hours": 12, "batch_limits": [8],
         "allow": {"variants": ["bf16"], "tp": [1], "host_weights_gib": 110},
         "workload": {"rate_per_s": 0.001, "dispersion_10s": 1.0, "classes": [{"input_tokens": 500, "output_tokens": 100, "share": 1.0}]}}
    ],
    "offers": {"catalog": False, "own": [
        {"provider": "p", "region": "here", "instance_type": "box", "accelerator": "H100", "accelerators_per_instance": 1,
         "on_demand_usd_per_hour": 2.0, "memory_gib": 256}]},
}  # fmt: skip

#: Check → memory of the host instead.
WRONG: dict[str, float] = {"host_memory": 100.0}


def problem(memory_gib: float | None = 256.0, **allow: Any) -> Problem:
    stated = copy.deepcopy(PROBLEM)
    stated["offers"]["own"][0]["memory_gib"] = memory_gib
    stated["services"][0]["allow"] |= allow
    return problem_of(from_data(stated, "problem.json")).problem


@lru_cache(maxsize=1)
def plan() -> Plan:
    found = solve(problem(), load_catalog("2026-11"))
    assert isinstance(found, Solved)
    return found.plan


def certificate(memory_gib: float | None = 256.0, **allow: Any) -> Certificate:
    """What is found of the plan beside a problem that says something else."""
    return certify(plan(), problem(memory_gib, **allow), load_catalog("2026-11"))
