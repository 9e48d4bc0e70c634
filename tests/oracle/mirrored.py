"""Random problems in which some service has a second one beside it that answers a share of its requests once more."""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.oracle.generator import Draw, random_problem
from tests.oracle.rare import rare_problem
from tests.oracle.with_hosts import hosted_problem


def mirrored_problem(seed: int) -> dict[str, Any]:
    """A random problem with one shadow deployment, for some months or all, with latency limits of its own or none."""
    draw = Draw(random.Random(f"mirrored {seed}"))
    document = draw.among(random_problem, random_problem, rare_problem, hosted_problem)(seed)
    months = document.get("horizon", {}).get("months", 12)
    source = draw.among(*document["services"])
    shadow = copy.deepcopy(source) | {"name": f"{source['name']}-shadow"}
    for name in ("slo", "quality", "availability", "ramp", "max_configurations", "carbon_kg_per_month", "unserved_usd_per_request"):
        if draw.chance(0.8):
            shadow.pop(name, None)
    start = draw.whole(0, months - 1) if draw.chance(0.5) else 0
    mirrors: dict[str, Any] = {"service": source["name"], "share": draw.among(0.05, 0.2, 0.5, 1.0), "start_month": start}
    if draw.chance(0.7):
        mirrors["months"] = draw.whole(1, months - start)
    shadow["workload"] = {"mirrors": mirrors} | ({"dispersion_10s": 2.0} if draw.chance(0.3) else {})
    _in_order(source, shadow)
    document["services"].append(shadow)
    return document


def _in_order(source: dict[str, Any], shadow: dict[str, Any]) -> None:
    """Figures by class in the order in which a mirror has them: shorter inputs first."""
    classes = source["workload"]["classes"]
    order = sorted(range(len(classes)), key=lambda b: (classes[b]["input_tokens"], classes[b]["output_tokens"], classes[b].get("name", "")))
    for profile in shadow.get("profiles", ()):
        for name in ("throughput_rps", "ttft_ms", "tpot_ms"):
            if profile.get(name) is not None:
                profile[name] = [profile[name][b] for b in order]
