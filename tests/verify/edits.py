"""Changes of the plan by hand, its problem and its catalogue, and what is found of it then."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import tiny

from planner.plan.schema import Certificate
from planner.verify.certify import certify

Edit = Callable[[dict[str, Any]], None]


def nothing(data: dict[str, Any]) -> None:
    """Changes nothing."""


def put(path: str, value: Any) -> Edit:
    """Sets the value at a path such as ``services.0.spot.allowed``."""

    def edit(data: dict[str, Any]) -> None:
        *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        at: Any = data
        for step in parents:
            at = at[step] if isinstance(step, int) else at.setdefault(step, {})
        at[last] = value

    return edit


def both(*edits: Edit) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        for one in edits:
            one(data)

    return edit


def certificate(plan: Edit = nothing, problem: Edit = nothing, catalog: dict[str, Any] | None = None) -> Certificate:
    stated = copy.deepcopy(tiny.PROBLEM)
    problem(stated)
    made = tiny.problem(stated)
    data = tiny.plan_data(made)
    plan(data)
    return certify(tiny.plan(data), made, tiny.catalog(**(catalog or {})))


CHAT, BULK, BOX = "services.0", "services.1", "offers.own.0"
FIRM, RACK = "services.0.deployments.0", "services.1.deployments.0"


def latency_only(service: str, **figures: float) -> Edit:
    """The service's profile measures latency, not throughput: the rest comes from the formula."""

    def edit(data: dict[str, Any]) -> None:
        found = data["services"][int(service[-1])]
        profile = found["profiles"][0]
        del profile["throughput_rps"]
        for name, value in (figures or {"ttft_ms": 10.0}).items():
            profile[name] = [value] * len(found["workload"]["classes"])

    return edit


def measured_latency(**figures: float) -> Edit:
    """chat's profile measures latency beside throughput."""
    return both(*(put(f"{CHAT}.profiles.0.{name}", [value, value]) for name, value in figures.items()))


MODELLED = {"catalog": {"model": {}}}
FP8_PLAN = both(put(f"{FIRM}.variant", "fp8"), put(f"{CHAT}.deployments.1.variant", "fp8"))
FP8_PROBLEM = put(f"{CHAT}.profiles.0.variant", "fp8")

JOB = put("jobs", [{"name": "tune", "kind": "fine_tuning", "model": "toy", "tokens": 1e9, "deadline_hours": 100.0, "instances": [1, 2]}])
TRAINED = {"catalog": {"model": {}, "constants": True}}


def job_plan(**more: Any) -> Edit:
    """A plan that runs the job on one box of two accelerators."""
    figures = {"hours_per_run": 1.0, "flop_per_run": 1.0, "memory_gib": 1.0, "runs": 1, "spare": [0.0, 0.0]}
    return put("jobs", [{"name": "tune", "pool": tiny.BOX, "purchase": "firm", "instances": 1, **figures, **more}])
