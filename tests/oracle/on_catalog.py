"""Seeded random problems on models, accelerators and prices of the catalogue."""

from __future__ import annotations

import random
from typing import Any

from tests.oracle.generator import Draw


def catalog_problem(seed: int) -> dict[str, Any]:
    """A problem on models, accelerators and prices of the catalogue, with latencies, cache and φ from the formulas."""
    draw = Draw(random.Random(seed))
    single = ("g6.xlarge", "g6e.xlarge", "g5.xlarge", "g7e.2xlarge", "p5.4xlarge")
    several = ("g6.12xlarge", "g6e.12xlarge", "g5.12xlarge", "p4de.24xlarge", "p5.48xlarge")
    types = draw.random.sample(single, 2) + draw.random.sample(several, 2)
    regions = draw.among(["us-east-1"], ["us-east-1", "eu-north-1"])
    services = []
    for index in range(draw.whole(1, 2)):
        service: dict[str, Any] = {
            "name": f"s{index}",
            "team": draw.among("red", "blue"),
            "model": draw.among("Llama-3.1-8B", "Qwen2.5-14B", "Mistral-Small-24B", "Qwen2.5-32B"),
            "workload": {
                "rate_per_s": draw.between(1, 25),
                "classes": [
                    {"input_tokens": draw.whole(100, 800), "output_tokens": draw.whole(30, 300), "share": 0.6},
                    {"input_tokens": draw.whole(900, 3000), "output_tokens": draw.whole(30, 300), "share": 0.37},
                    {"input_tokens": draw.whole(4000, 9000), "output_tokens": draw.whole(200, 900), "share": 0.03},
                ],
                "dispersion_10s": draw.between(1, 30),
            },
            "slo": {"ttft_ms": {"p95": draw.between(600, 3000, 0), "p99": 8000}, "tpot_ms": {"p95": draw.among(50, 100)}},
            "batch_limits": [draw.among(16, 32, 64)],
            "spot": {"allowed": draw.chance(0.5), "max_share": draw.among(1.0, 0.5)},
        }
        if draw.chance(0.3):
            service["availability"] = {"min_instances": 2, "survives_loss": {"fraction": 0.5}}
        services.append(service)
    problem = {
        "schema_version": 1,
        "name": f"catalog-{seed}",
        "services": services,
        "offers": {"only": [f"aws:{kind}@{region}" for kind in types for region in regions]},
        "limits": {},
    }
    if draw.chance(0.4):
        problem["limits"]["carbon_kg_per_month"] = draw.between(150, 1500, 0)
    if draw.chance(0.3):
        problem["limits"]["max_configurations"] = draw.whole(1, 3)
    return problem
