"""Groups against brute force: every number of replicas, alone and shared, in tiny problems that need no solver."""

from __future__ import annotations

import random
from itertools import product

import pytest

from tests.oracle.solving import cost_of, same

MODEL = "Llama-3.1-8B"
HOURS = 730.0


def tiny(seed: int) -> dict:
    """Two or three services of one class, replicas of each alone and of all together on boxes of one accelerator of their own."""
    draw = random.Random(f"shared {seed}")
    names = [f"s{i}" for i in range(draw.choice((2, 2, 3)))]
    boxes = [{"name": name, "usd": round(draw.uniform(0.7, 1.4), 3), "stock": draw.choice((None, None, 1))} for name in (*names, "group")]
    return {
        "draw": draw, "names": names, "boxes": boxes,
        "rates": [round(draw.uniform(0.2, 3.0), 2) for _ in names],
        "alone": [round(draw.uniform(0.8, 3.0), 2) for _ in names],
        "shared": [round(draw.uniform(0.8, 3.0), 2) for _ in names],
        "least": draw.choice((0, 0, 1, 2)),
    }  # fmt: skip


def document(case: dict) -> dict:
    """The same as a problem: an accelerator of its own for each service, so that boxes are not shared."""
    def service(name: str, workload: dict, throughput: list[float]) -> dict:
        return {
            "name": name, "model": MODEL, "workload": workload, "profiles_only": True, "allow": {"variants": ["bf16"]},
            "profiles": [{"variant": "bf16", "accelerator": f"chip-{name}", "throughput_rps": throughput}],
            "availability": {"min_instances": case["least"]},
        }  # fmt: skip

    one = [{"name": "c", "input_tokens": 100, "output_tokens": 10, "share": 1}]
    services = [service(n, {"rate_per_s": r, "classes": one}, [w]) for n, r, w in zip(case["names"], case["rates"], case["alone"])]
    services.append(service("group", {"serves": {"services": case["names"], "slower": 1.0}}, case["shared"]))
    own = [
        {"provider": "aws", "region": "us-east-1", "instance_type": f"box-{box['name']}", "accelerator": f"chip-{box['name']}",
         "accelerators_per_instance": 1, "on_demand_usd_per_hour": box["usd"]} | ({"stock": box["stock"]} if box["stock"] else {})
        for box in case["boxes"]
    ]  # fmt: skip
    chips = [{"name": f"chip-{box['name']}", "tdp_w": 300} for box in case["boxes"]]
    return {"schema_version": 1, "services": services, "offers": {"catalog": False, "own": own, "accelerators": chips}, "commitments": {"offered": False}}


def least_cost(case: dict, most: int = 6) -> float | None:
    """Own replicas answer what they can; what is left must fit the group's: its work is linear in what it is sent."""
    best = None
    for counts in product(range(most + 1), repeat=len(case["boxes"])):
        if any(0 < n < case["least"] for n in counts) or any(b["stock"] and n > b["stock"] for n, b in zip(counts, case["boxes"])):
            continue
        left = [max(0.0, rate - n * speed) for rate, n, speed in zip(case["rates"], counts, case["alone"])]
        if sum(rate / speed for rate, speed in zip(left, case["shared"])) <= counts[-1] + 1e-9:
            cost = HOURS * sum(n * box["usd"] for n, box in zip(counts, case["boxes"]))
            best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize("seed", range(30))
def test_brute_force_finds_nothing_cheaper_and_nothing_else(seed):
    case = tiny(seed)
    assert same(least_cost(case), cost_of(document(case)))


def test_the_tiny_problems_choose_the_group_sometimes_and_a_mix_too():
    # Without the group some are dearer; with the group alone some are dearer: both are decisions.
    cases = [tiny(seed) for seed in range(30)]
    shared = [least_cost(case) for case in cases]
    without = [least_cost({**case, "shared": [1e-9] * len(case["names"])}) for case in cases]
    together = [least_cost({**case, "alone": [1e-9] * len(case["names"])}) for case in cases]
    cheaper = [s for s, w, t in zip(shared, without, together) if s is not None and (w is None or s < w - 1e-6) and (t is None or s < t - 1e-6)]
    assert any(w is None or s < w - 1e-6 for s, w in zip(shared, without) if s is not None)
    assert any(t is None or s < t - 1e-6 for s, t in zip(shared, together) if s is not None)
    assert cheaper
