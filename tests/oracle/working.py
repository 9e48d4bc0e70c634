"""Random problems with jobs added beside the services; the same seed gives the same one."""

from __future__ import annotations

import random
from typing import Any

from tests.oracle.costly import costly_problem
from tests.oracle.generator import Draw, random_problem


def working_problem(seed: int) -> dict[str, Any]:
    """A random problem with one to three jobs, under charges beside machines in a third of cases."""
    draw = Draw(random.Random(f"working {seed}"))
    document = costly_problem(seed) if draw.chance(0.33) else random_problem(seed)
    for chip in document["offers"]["accelerators"]:
        chip |= {"memory_gib": 80.0, "memory_bandwidth_gb_per_s": 2000.0, "bf16_tflops": 150.0 if chip["name"] == "small" else 400.0}
    months = document["horizon"]["months"]
    document["jobs"] = [_job(draw, f"j{i}", months) for i in range(draw.whole(1, 3))]
    if draw.chance(0.4):
        document["jobs"][0]["prepares"] = draw.among("Llama-3.1-8B:int4-awq", "Llama-3.1-8B:int8-w8a16")
    if draw.chance(0.4):
        _adapt(draw, document)
    for service in document["services"]:
        if service.get("routing") != "slices" and draw.chance(0.4):
            service["caches"] = [
                {"name": "word", "kind": "exact", "hit": draw.between(0.05, 0.4), "usd_per_month": draw.between(0.0, 900.0)},
                {"name": "sense", "kind": "semantic", "hit": draw.between(0.2, 0.7), "usd_per_million_lookups": draw.between(1.0, 90.0),
                 "memory_gb": 50.0, "usd_per_gb_month": draw.between(0.0, 9.0)} | ({"score": 0.98} if draw.chance(0.7) else {}),
            ]  # fmt: skip
    return document


def _adapt(draw: Draw, document: dict[str, Any]) -> None:
    """A smaller model, tuned by the last job, that some services may use instead of their own."""
    document["adapted"] = [{"name": "tuned", "model": "Llama-3.2-1B", "examples_tokens": draw.among(0.0, 400.0)}]
    document["jobs"][-1]["prepares"] = "tuned"
    for service in document["services"]:
        if service.get("routing") != "slices" and draw.chance(0.7):
            service["alternatives"] = [{"use": "tuned", "score": draw.between(0.9, 1.0)}]
            service["batch_limits"] = [32]


def _job(draw: Draw, name: str, months: int) -> dict[str, Any]:
    job: dict[str, Any] = {
        "name": name,
        "kind": "fine_tuning",
        "model": draw.among("Llama-3.1-8B", "Llama-3.2-1B"),
        "method": draw.among("full", "lora", "qlora"),
        "tokens": draw.among(2e8, 1e9, 3e9),
        "deadline_hours": draw.among(100.0, 300.0, 700.0),
        "instances": draw.among([1], [1, 2, 4], [2, 3]),
        "data_usd": draw.among(0.0, 500.0),
        "allow": {"spot": draw.chance(0.5)},
    }
    if draw.chance(0.7):
        job["network_gb_per_s"] = draw.among(5.0, 50.0)
    if months >= 3 and draw.chance(0.5):
        job["every_months"] = draw.among(1, 3)
    elif draw.chance(0.4):
        job["start_month"] = draw.whole(0, months - 1)
    return job
