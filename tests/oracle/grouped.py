"""Random problems in which replicas that are shared may answer for two or three of the services, some with an adapter."""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.oracle.generator import MODEL, SPEED, VARIANTS, Draw, random_problem
from tests.oracle.rare import rare_problem
from tests.oracle.with_hosts import hosted_problem

#: What cannot be one service's alone where replicas are shared.
UNFIT = ("ramp", "max_configurations", "carbon_kg_per_month", "routing", "slice_factor", "window_hours", "defer")
GAIN = {"bf16": 1.0, "int8-w8a16": 1.3, "int4-awq": 1.5}


def grouped_problem(seed: int) -> dict[str, Any]:
    """A random problem with one group, now and then two over the same services; the same seed gives the same one."""
    draw = Draw(random.Random(f"grouped {seed}"))
    document = draw.among(random_problem, random_problem, random_problem, rare_problem, hosted_problem)(seed)
    services = document["services"]
    if len(services) == 1:
        services.append(copy.deepcopy(services[0]) | {"name": "other"})
    members = services[: draw.whole(2, len(services))]
    for service in members:
        for name in UNFIT:
            service.pop(name, None)
        service["team"] = members[0].get("team", "red")
        service["modes"] = sorted({*service.get("modes", []), "real_time"})
        if draw.chance(0.4):
            adapter = f"{service['name']}-lora"
            document.setdefault("adapted", []).append({"name": adapter, "model": MODEL, "variants": list(VARIANTS), "adapter": {"rank": draw.among(8, 16)}})
            service["alternatives"] = [{"use": adapter, "score": draw.between(0.98, 1.0, 3)}]
    for number in range(draw.among(1, 1, 1, 2)):
        services.append(_group(draw, document, f"pool{number}", members))
    return document


def _group(draw: Draw, document: dict[str, Any], name: str, members: list[dict]) -> dict[str, Any]:
    """Its replicas are as fast as those of services that stand alone, so that sharing pays now and then."""
    group: dict[str, Any] = {
        "name": name, "model": MODEL, "allow": {"variants": list(VARIANTS)}, "profiles_only": True,
        "workload": {"serves": {"services": [one["name"] for one in members]}}, "profiles": [],
    }  # fmt: skip
    if any(one.get("spot", {}).get("allowed") for one in members) and draw.chance(0.8):
        group["spot"] = {"allowed": True}
    if draw.chance(0.2):
        group["availability"] = {"min_instances": draw.whole(1, 2)}
    classes = [c for one in sorted(members, key=lambda m: m["name"]) for c in sorted(one["workload"]["classes"], key=lambda c: c["input_tokens"])]
    timed = any("slo" in one for one in members)
    sizes = sorted({(o["accelerator"], o["accelerators_per_instance"]) for o in document["offers"]["own"] + document.get("owned", [])})
    seen = set()
    for _ in range(draw.whole(1, 2)):
        chip, size = draw.among(*sizes)
        tp, variant = draw.among(*[t for t in (1, 2) if t <= size]), draw.among(*VARIANTS)
        if (chip, tp, variant) in seen:
            continue
        seen.add((chip, tp, variant))
        speed = SPEED[chip] * GAIN[variant] * tp * draw.between(0.9, 1.1)
        row: dict[str, Any] = {
            "variant": variant, "accelerator": chip, "tp": tp, "max_num_seqs": 8,
            "throughput_rps": [round(speed / (1.0 if c["input_tokens"] < 1000 else 4.0), 3) for c in classes],
        }  # fmt: skip
        if timed:
            row |= {"ttft_ms": [draw.between(50, 400, 0) for _ in classes], "tpot_ms": [20.0 for _ in classes]}
        group["profiles"].append(row)
    return group
