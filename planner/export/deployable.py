"""What a plan runs, one entry a deployment, with the catalogue's facts that a target needs to start it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from planner.catalog.catalog import Catalog
from planner.errors import Fault, InvalidInput
from planner.export.adapters import Loaded, loaded
from planner.export.names import distinct, slug
from planner.export.schedule import Window, windows
from planner.plan.schema import Deployment, Plan

# Served from the weights as released; every other method needs weights that somebody has prepared.
FROM_RELEASED = ("bf16", "fp16", "fp8", "kv-fp8")
# Of the host's processors and memory, what a pod may ask for beside those of its neighbours and the system.
HOST_SHARE = 0.8


@dataclass(frozen=True)
class Unit:
    """Replicas of one configuration in one pool, bought one way.

    name            slug, distinct within the plan
    weights         what the engine loads: a Hugging Face id or a path
    precision       of the released weights' arithmetic: ``bfloat16`` or ``float16``; None: the checkpoint says
    quantise        done by the engine while it loads: ``fp8``, or None
    kv_fp8          whether the cache is kept in 8 bits
    context_tokens  longest request
    replicas        in each period of the season's cycle
    windows         when more than the fewest run
    cpus, memory_gib  a replica's part of its host; None: the host is unknown
    spread          whether replicas must stand on different instances
    prefixes        whether the plan counts on a cache of prefixes
    endpoint        the provider's service that runs it, such as aws/SageMaker; None: a machine of one's own
    adapters        of the services that it answers for; None: it serves itself
    processor       whether it runs on processors of its host, which no device plugin counts
    """

    name: str
    service: str
    weights: str
    precision: str | None
    quantise: str | None
    kv_fp8: bool
    engine: str
    accelerator: str
    vendor: str
    accelerators: int
    accelerators_per_instance: int
    tp: int
    pp: int
    max_num_seqs: int
    context_tokens: int
    provider: str
    region: str
    instance_type: str
    spot: bool
    replicas: tuple[int, ...]
    windows: tuple[Window, ...]
    requests_per_s: float
    cpus: int | None
    memory_gib: int | None
    spread: bool
    prefixes: bool
    endpoint: str | None = None
    adapters: Loaded | None = None
    processor: bool = False

    @property
    def fewest(self) -> int:
        return min(self.replicas)

    @property
    def most(self) -> int:
        return max(self.replicas)


def units_of(plan: Plan, catalog: Catalog, weights: Mapping[str, str], *, season: int = 0) -> tuple[Unit, ...]:
    """Every deployment that runs in a season, in the order of the plan.

    weights  by ``service`` or ``service:variant``: what to load where the catalogue does not say

    Raises InvalidInput naming every deployment whose weights nobody knows.
    """
    stated = {one["name"]: one for one in plan.inputs.problem["services"]}
    periods = _periods(plan, season)
    faults: list[Fault] = []
    found = []
    for service in plan.services:
        for one in service.deployments:
            replicas = tuple(one.replicas[t] for t in periods)
            if not any(replicas):
                continue
            asked = stated[service.name]
            main = _weights(catalog, asked, one, weights)
            adapters, unknown = loaded(plan.inputs.problem, asked, weights)
            faults += unknown
            if main is None:
                faults.append(_unknown_weights(asked, one))
                continue
            found.append(replace(_unit(plan, catalog, asked, one, replicas, periods, main), adapters=adapters))
    if faults:
        raise InvalidInput("plan", list(dict.fromkeys(faults)))
    return tuple(_renamed(one, name) for one, name in zip(found, distinct(one.name for one in found)))


def seasons_of(plan: Plan) -> tuple[str, ...]:
    """Names of the seasons, in order; one without a name where all months are alike."""
    return tuple(dict.fromkeys(one.name.rpartition("/")[0] for one in plan.periods))


def _periods(plan: Plan, season: int) -> list[int]:
    name = seasons_of(plan)[season]
    return [t for t, one in enumerate(plan.periods) if one.name.rpartition("/")[0] == name]


def _weights(catalog: Catalog, asked: Mapping[str, Any], one: Deployment, weights: Mapping[str, str]) -> str | None:
    for key in (f"{asked['name']}:{one.variant}", asked["name"]):
        if key in weights:
            return weights[key]
    model = catalog.model(asked["model"])
    if model is None:
        return None
    adapted, method = _method(one.variant)
    if adapted:
        return None
    row = _variant(catalog, model.name, method)
    became = catalog.model(row.becomes) if row is not None and row.becomes else None
    if became is not None:
        return became.hf_id
    released = method in FROM_RELEASED or (row is not None and row.native) or method == model.native_precision
    return model.hf_id if released else None


def _method(variant: str) -> tuple[str, str]:
    """The adapted model that a variant names, if any, and its precision or compression; a cache of prefixes left out."""
    adapted, _, method = variant.rpartition("/")
    return adapted, method.partition("+")[0]


def _variant(catalog: Catalog, model: str, method: str) -> Any:
    return next((rows[0] for rows in catalog.variants_of(model) if rows[0].method == method), None)


def _unknown_weights(asked: Mapping[str, Any], one: Deployment) -> Fault:
    what = f"{asked['name']}:{one.variant}"
    text = f"no published weights of {asked['model']} as {one.variant} are known; name them with --weights '{what}=ID'"
    return Fault(f"services.{asked['name']}", "unknown_weights", text)


def _unit(
    plan: Plan, catalog: Catalog, asked: Mapping[str, Any], one: Deployment, replicas: tuple[int, ...], periods: list[int], weights: str
) -> Unit:
    accelerator, model = catalog.accelerator(one.accelerator), catalog.model(asked["model"])
    pool = next(pool for pool in plan.pools if pool.id == one.pool)
    adapted, method = _method(one.variant)
    row = _variant(catalog, model.name, method) if model is not None and not adapted else None
    native = row is not None and row.native
    taken = one.tp * one.pp
    share = taken / pool.accelerators_per_instance
    offer = catalog.offers.get(one.pool)
    hours = [plan.periods[t].hours_per_month for t in periods]
    rates = [sum(rate[t] for rate in one.rate_per_s.values()) for t in periods]
    floats = {"bf16": "bfloat16", "fp16": "float16", "kv-fp8": None}
    return Unit(
        name=slug(slug(asked["name"]), one.variant.lower(), one.accelerator.lower(), *(["spot"] if one.purchase == "spot" else [])),
        service=asked["name"], weights=weights,
        precision=floats.get(method),
        quantise="fp8" if method == "fp8" and not native else None,
        kv_fp8=row is not None and row.kv_precision == "fp8",
        engine="SGLang" if one.engine.lower() == "sglang" else "vLLM",
        accelerator=one.accelerator, vendor=accelerator.vendor if accelerator is not None else "NVIDIA",
        accelerators=taken, accelerators_per_instance=pool.accelerators_per_instance, tp=one.tp, pp=one.pp,
        max_num_seqs=one.max_num_seqs, context_tokens=_context(asked), provider=one.provider,
        region=one.region.partition(":")[2], endpoint=_endpoint(one), instance_type=one.instance_type, spot=one.purchase == "spot",
        replicas=replicas, windows=windows(replicas, plan.inputs.problem["periods"]["kind"], _start_minutes(plan)),
        requests_per_s=sum(rate * hour for rate, hour in zip(rates, hours)) / sum(hours),
        cpus=_part(offer.vcpus, share) if offer is not None else None,
        memory_gib=_part(offer.memory_gib, share) if offer is not None else None,
        spread=((asked.get("availability") or {}).get("min_instances") or 0) > 1,
        processor=accelerator is not None and accelerator.processor,
        prefixes="+" in one.variant or (asked["workload"].get("prefix_hit") or 0.0) > 0.0,
    )  # fmt: skip


def _start_minutes(plan: Plan) -> int:
    """What a replica takes to start, as the plan pays for it before the period that it serves in."""
    return math.ceil(60.0 * ((plan.inputs.problem.get("start_up") or {}).get("hours") or 0.0))


def _endpoint(one: Deployment) -> str | None:
    """Who runs it: regions of endpoints are named for the service, those of machines for the provider."""
    name = one.region.partition(":")[0]
    return name if name.startswith(f"{one.provider}/") else None


def _part(whole: float | None, share: float) -> int | None:
    return None if whole is None else max(1, math.floor(whole * share * HOST_SHARE))


def _context(asked: Mapping[str, Any]) -> int:
    """As the plan's memory was reckoned: what is stated, else the longest class."""
    longest = max(one["input_tokens"] + one["output_tokens"] for one in asked["workload"]["classes"])
    return asked.get("context_tokens") or math.ceil(longest)


def _renamed(one: Unit, name: str) -> Unit:
    return replace(one, name=name)
