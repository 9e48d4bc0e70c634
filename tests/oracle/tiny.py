"""Seeded random problems small enough for brute force."""

from __future__ import annotations

import random
from typing import Any

from tests.oracle.generator import CHIPS, MODEL, PRICE, VARIANTS, Draw, drawn_profiles


def tiny_problem(seed: int) -> dict[str, Any]:
    """A problem small enough for brute force, with the features that it covers."""
    draw = Draw(random.Random(seed))
    count = draw.among(1, 1, 2)
    offers = []
    for index in range(draw.whole(1, 2)):
        chip, size = draw.among(*CHIPS), draw.among(1, 2, 4)
        price = PRICE[chip] * size * draw.between(0.85, 1.15)
        row = {
            "provider": "aws",
            "region": draw.among("us-east-1", "eu-north-1"),
            "instance_type": f"{chip}-{size}-{index}",
            "accelerator": chip,
            "accelerators_per_instance": size,
            "on_demand_usd_per_hour": round(price, 3),
            "zone": draw.among("a", "b"),
        }
        if draw.chance(0.5):
            row["reserved_1y_usd_per_hour"] = round(price * draw.between(0.55, 0.8), 3)
        if draw.chance(0.4) and index == 0:
            row["spot_usd_per_hour"] = round(price * draw.between(0.25, 0.6), 3)
            row["spot_availability"] = draw.between(0.6, 1.0)
            row["spot_interruptions_per_month"] = draw.between(0.0, 40.0, 1)
        offers.append(row)
    sizes = sorted({(o["accelerator"], o["accelerators_per_instance"]) for o in offers})
    services = [_tiny_service(draw, f"s{i}", count, sizes) for i in range(2 if len(offers) == 1 else 1)]
    problem = {
        "schema_version": 1,
        "name": f"tiny-{seed}",
        "periods": {"kind": "day", "per_day": count},
        "services": services,
        "offers": {
            "catalog": False,
            "own": offers,
            "accelerators": [{"name": name, "tdp_w": tdp} for name, tdp in CHIPS.items()],
        },
        "start_up": {"hours": draw.among(0.0, 0.1, 3.0), "spot_restart_hours": 0.5},
        "limits": {},
    }
    if draw.chance(0.2):
        problem["limits"]["quotas"] = [{"accelerator": "small", "max_accelerators": draw.whole(1, 6)}]
    if draw.chance(0.2):
        problem["limits"]["teams"] = [{"team": "red", "budget_usd_per_month": draw.between(700, 5000, 0)}]
    if draw.chance(0.15):
        problem["limits"]["max_configurations"] = 1
    return problem


def _tiny_service(draw: Draw, name: str, count: int, sizes: list[tuple[str, int]]) -> dict:
    classes = draw.among(1, 2)
    service: dict[str, Any] = {
        "name": name,
        "team": "red",
        "model": MODEL,
        "workload": {
            "rate_per_s": [draw.between(0.1, 0.9) for _ in range(count)],
            "classes": [
                {"name": "short", "input_tokens": 200, "output_tokens": 100, "share": 0.75 if classes > 1 else 1.0},
                {"name": "long", "input_tokens": 3000, "output_tokens": 500, "share": 0.25},
            ][:classes],
            "dispersion_10s": draw.between(1.0, 4.0),
        },
        "allow": {"variants": list(VARIANTS)},
        "profiles_only": True,
    }
    timed = draw.chance(0.5)
    service["profiles"] = drawn_profiles(draw, classes, sizes, timed)[:2]
    if timed:
        service["slo"] = {"ttft_ms": {"p95": draw.between(900, 4000, 0)}}
    if draw.chance(0.5):
        service["spot"] = {"allowed": True}
    if draw.chance(0.5):
        service["availability"] = {"min_instances": draw.among(0, 1, 2, 2)}
        if draw.chance(0.5):
            kinds = draw.among(["spot_pool"], ["spot_region"], ["zone"])
            service["availability"]["survives_loss"] = {"fraction": draw.among(0.3, 0.6), "of": kinds}
    if count > 1 and draw.chance(0.3):
        service["ramp"] = {"max_added_replicas": 1}
    return service
