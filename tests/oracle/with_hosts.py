"""Random problems in which provider APIs answer too: prices near those of machines, limits, latencies and policies."""

from __future__ import annotations

import random
from typing import Any

from tests.oracle.generator import MODEL, Draw, random_problem
from tests.oracle.rare import rare_problem

#: Names under which the clouds of the random problems sell APIs: the catalogue's rows are not part of the test.
SELLERS = ["bedrock", "vertex", "google"]


def hosted_problem(seed: int) -> dict[str, Any]:
    """A random problem whose services may be sent to one to three APIs of its own; the same seed gives the same one."""
    draw = Draw(random.Random(f"hosted {seed}"))
    document = rare_problem(seed) if draw.chance(0.2) else random_problem(seed)
    if draw.chance(0.8):
        _without_carbon(document)
    document["apis"] = [_api(draw, index) for index in range(draw.whole(1, 3))]
    document["vendors"] = [{"provider": "host1", "attributes": ["no_training"]}]
    for service in document["services"]:
        service["workload"]["prefix_hit"] = draw.among(0.0, 0.0, 0.5)
        service["allow"]["providers"] = ["aws", "gcp", "owned", "host*"]
        service["allow"]["exclude_providers"] = SELLERS
        if service.get("routing") == "slices" and draw.chance(0.5):
            del service["routing"], service["slice_factor"]
        if service.get("routing") != "slices" and draw.chance(0.85):
            service["modes"] = draw.among(["real_time", "provider_api"], ["real_time", "provider_api"], ["provider_api"])
            service["requires"] = draw.among([], [], ["no_training"])
    return document


def provisioned_problem(seed: int) -> dict[str, Any]:
    """A random problem whose services may buy units of throughput too."""
    draw = Draw(random.Random(f"provisioned {seed}"))
    document = draw.among(hosted_problem, hosted_problem, waiting_problem)(seed)
    if "apis" not in document:
        _without_carbon(document)
        document["apis"] = [_api(draw, 0)]
    for row in document["apis"]:
        units = {"tokens_per_minute": draw.between(500, 20_000, 0)}
        units["usd_per_unit_hour"] = round(units["tokens_per_minute"] * draw.between(2.0, 20.0) * 1e-6, 5)
        units |= draw.among({}, {"output_weight": 4.0}) | draw.among({}, {"minimum_units": draw.whole(2, 7), "step_units": draw.whole(1, 4)})
        row["provisioned"] = units | draw.among({}, {}, {"term_months": draw.among(1, 5, 12)})
    for service in document["services"]:
        if service.get("routing") != "slices" and draw.chance(0.85):
            service["modes"] = sorted({*service.get("modes", ["real_time"]), "provisioned"})
    return document


def serverless_problem(seed: int) -> dict[str, Any]:
    """A random problem whose services may be sent to serverless workers too, some at a fraction of their rate."""
    draw = Draw(random.Random(f"serverless {seed}"))
    document = hosted_problem(seed) if draw.chance(0.3) else random_problem(seed)
    _without_carbon(document)
    chips = sorted({row["accelerator"] for service in document["services"] for row in service["profiles"]})
    document["serverless"] = [_worker(draw, index, draw.among(*chips)) for index in range(draw.whole(1, 2))]
    document["worker"] = {"load_gb_per_s": draw.among(1.0, 10.0)}
    for service in document["services"]:
        service.pop("routing", None), service.pop("slice_factor", None)
        for row in service["profiles"]:
            row.setdefault("ttft_ms", [draw.between(80, 300, 0)] * len(row["throughput_rps"]))
            row.setdefault("tpot_ms", [draw.between(8, 30, 0)] * len(row["throughput_rps"]))
        if draw.chance(0.7):
            load = service["workload"]
            load["rate_per_s"] = [rate * draw.among(1.0, 0.1, 0.01, 0.001) for rate in load["rate_per_s"]]
        if draw.chance(0.9):
            service["modes"] = sorted({*service.get("modes", ["real_time"]), "serverless"})
    return document


def waiting_problem(seed: int) -> dict[str, Any]:
    """A random problem of several periods whose services may wait, on replicas, workers, APIs or in a provider's batch."""
    draw = Draw(random.Random(f"waiting {seed}"))
    made = draw.among(random_problem, rare_problem, hosted_problem, serverless_problem)
    document = made(next(s for s in range(1000 * seed, 1000 * seed + 1000) if random_problem(s)["periods"]["kind"] == "day"))
    for row in document.get("apis", ()):
        if draw.chance(0.7):
            row |= {"batch_input_usd_per_mtok": draw.between(0.05, 0.4), "batch_output_usd_per_mtok": draw.between(0.1, 1.5),
                    "batch_window_hours": draw.among(6.0, 12.0, 24.0)}  # fmt: skip
    for service in document["services"]:
        if draw.chance(0.85):
            _may_wait(draw, service)
        if draw.chance(0.15):
            service["caches"] = [{"name": "store", "kind": "exact", "hit": draw.between(0.1, 0.5), "usd_per_month": draw.between(1, 200, 0)}]
    return document


def _may_wait(draw: Draw, service: dict[str, Any]) -> None:
    for name in ("slo", "routing", "slice_factor"):
        service.pop(name, None)
    service.get("availability", {}).pop("survives_loss", None)
    service.get("spot", {}).pop("max_share", None)
    kinds = {"provider_api", "serverless"} & set(service.get("modes", ()))
    service["modes"] = sorted({"asynchronous", *kinds, *(["batch"] if "provider_api" in kinds and draw.chance(0.7) else [])})
    service["window_hours"] = draw.among(4.0, 8.0, 12.0, 13.0, 24.0, 48.0)


def _worker(draw: Draw, index: int, chip: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "provider": f"host{index + 5}",
        "service": "runs",
        "accelerator": chip,
        "usd_per_hour": draw.between(0.4, 4.0),
        "max_request_mb": 10.0,
        "max_processing_s": draw.among(600.0, 600.0, 20.0),
        "cold_start_s": draw.between(1, 20),
        "idle_timeout_s": draw.among(5.0, 60.0, 300.0),
        "max_workers": draw.whole(1, 6),
    }
    if draw.chance(0.4):
        row["kept_usd_per_hour"] = round(row["usd_per_hour"] * draw.between(0.6, 1.0), 3)
    return row


def _without_carbon(document: dict[str, Any]) -> None:
    """Nobody states what an API emits: where carbon counts, none is used."""
    document["carbon"] = {}
    for name in ("carbon_kg_per_month", "regions"):
        document["limits"].pop(name, None)
    for service in document["services"]:
        service.pop("carbon_kg_per_month", None)


def _api(draw: Draw, index: int) -> dict[str, Any]:
    """A request of 200 and 100 tokens takes a third of a small accelerator-second or more: some 1e-4 USD."""
    row: dict[str, Any] = {
        "provider": f"host{index + 1}",
        "model": "chat",
        "serves": MODEL,
        "input_usd_per_mtok": draw.between(0.05, 0.8),
        "output_usd_per_mtok": draw.between(0.2, 3.0),
        "context_window": draw.among(8192, 8192, 8192, 3000),
    }
    if draw.chance(0.5):
        row["cached_input_usd_per_mtok"] = 0.02
    if draw.chance(0.6):
        row["ttft_ms"] = {draw.among("p90", "p95", "p99"): draw.between(300, 2500, 0)}
    if draw.chance(0.4):
        row["requests_per_minute"] = draw.between(20, 300, 0)
    if draw.chance(0.3):
        row["tokens_per_minute"] = draw.between(10_000, 300_000, 0)
    return row
