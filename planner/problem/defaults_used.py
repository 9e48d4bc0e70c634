"""Which defaults a problem rests on: every field left unsaid that has one, with value and reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from planner.problem.defaults import DEFAULTS
from planner.problem.schema import Problem

Used = tuple[str, Any, str]

#: Default by the field that has it: (class of the model, field) to its name in ``DEFAULTS``.
FIELDS: dict[tuple[str, str], str] = {
    ("Horizon", "months"): "horizon.months",
    ("Periods", "kind"): "periods.kind",
    ("Workload", "dispersion_10s"): "workload.dispersion_10s",
    ("Workload", "headroom"): "workload.headroom",
    ("Workload", "max_classes"): "workload.max_classes",
    ("Workload", "utc_offset_hours"): "workload.utc_offset_hours",
    ("Workload", "prefix_hit"): "workload.prefix_hit",
    ("Speculation", "draft_cost"): "speculation.draft_cost",
    ("Service", "modes"): "service.modes",
    ("Service", "defer"): "service.defer",
    ("Service", "routing"): "service.routing",
    ("Service", "priority"): "service.priority",
    ("Service", "batch_limits"): "service.batch_limits",
    ("Allow", "variants"): "service.variants",
    ("Allow", "tp"): "service.max_tp",
    ("Spot", "allowed"): "spot.allowed",
    ("Spot", "max_share"): "spot.max_share",
    ("StartUp", "spot_restart_hours"): "spot.restart_hours",
    ("Availability", "min_instances"): "availability.min_instances",
    ("StartUp", "hours"): "start_up.hours",
    ("Energy", "busy_share_of_tdp"): "energy.busy_share_of_tdp",
    ("Energy", "idle_share_of_tdp"): "energy.idle_share_of_tdp",
    ("Energy", "host_w_per_accelerator"): "energy.host_w",
    ("Energy", "pue"): "energy.pue",
    ("Carbon", "intensity"): "carbon.intensity",
    ("Carbon", "price_usd_per_tonne"): "carbon.price_usd_per_tonne",
    ("Carbon", "embodied"): "carbon.embodied",
    ("Carbon", "embodied_years"): "carbon.embodied_years",
    ("Financing", "annual_rate"): "financing.annual_rate",
    ("Commitments", "allow_beyond_horizon"): "commitments.allow_beyond_horizon",
    ("Commitments", "offered"): "commitments.offered",
    ("Worker", "vcpus"): "worker.vcpus",
    ("Worker", "memory_gib"): "worker.memory_gib",
    ("Worker", "load_gb_per_s"): "worker.load_gb_per_s",
    ("Worker", "max_workers"): "worker.max_workers",
    ("Costs", "bytes_per_token"): "costs.bytes_per_token",
    ("Buy", "life_years"): "buy.life_years",
    ("Buy", "salvage_share"): "buy.salvage_share",
    ("Serves", "slower"): "serves.slower",
    ("Migration", "hours_per_change"): "migration.hours_per_change",
    ("Migration", "usd_per_hour"): "migration.usd_per_hour",
    ("Migration", "double_running_hours"): "migration.double_running_hours",
    ("Offsets", "inside_cap"): "offsets.inside_cap",
    ("Job", "rank"): "job.rank",
    ("Job", "evaluation_tokens"): "job.evaluation_tokens",
    ("Job", "sequence_tokens"): "job.sequence_tokens",
    ("Job", "batch_tokens"): "job.batch_tokens",
    ("Job", "zero_stage"): "job.zero_stage",
    ("Job", "checkpointing"): "job.checkpointing",
    ("Job", "instances"): "job.instances",
    ("Job", "checkpoint_hours"): "job.checkpoint_hours",
    ("Job", "checkpoint_seconds"): "job.checkpoint_seconds",
    ("Limits", "shortage"): "limits.shortage",
    ("ProvisionedUnits", "output_weight"): "provisioned.output_weight",
    ("ProvisionedUnits", "minimum_units"): "provisioned.minimum_units",
    ("ProvisionedUnits", "step_units"): "provisioned.step_units",
    ("Slo", "waiting_room"): "slo.waiting_room",
}


def defaults_used(problem: Problem) -> list[Used]:
    """(path, value, reason) of every default in use, by path.

    A default that all services rest on is said once, as ``services.*``. Services go by name: their place in the file
    says nothing once the problem is in canonical order.
    """
    silent = ("services",) if any("serverless" in s.modes for s in problem.services) else ("services", "worker.")
    top = [used for used in _walk(problem, "") if not used[0].startswith(silent)]
    for job in problem.jobs:
        top += _walk(job, f"jobs.{job.name}")
    by_service = {s.name: list(_walk(s, "")) for s in problem.services}
    shared: dict[tuple[str, str], list[str]] = {}
    facts: dict[tuple[str, str], Used] = {}
    for name, found in by_service.items():
        for used in found:
            key = (used[0], repr(used[1]))
            shared.setdefault(key, []).append(name)
            facts[key] = used
    for key, names in shared.items():
        path, value, reason = facts[key]
        for place in ["*"] if len(names) == len(by_service) and len(names) > 1 else names:
            top.append((f"services.{place}.{path}", value, reason))
    return sorted(top, key=lambda used: used[0])


def default_at(problem: Problem, path: str) -> tuple[Any, str] | None:
    """(value in use, reason) of the default that ``defaults_used`` lists under ``path``; None: there is none there.

    Under ``services.*`` all services must agree on the value.
    """
    if path.startswith("jobs."):
        named_jobs = [job for job in problem.jobs if path.startswith(f"jobs.{job.name}.")]
        return next((at for job in named_jobs if (at := _at(job, path[len(job.name) + 6 :])) is not None), None)
    if not path.startswith("services."):
        return _at(problem, path)
    place = path.removeprefix("services.")
    if place.startswith("*."):
        found = [_at(service, place[2:]) for service in problem.services]
        return found[0] if found and all(one == found[0] for one in found) else None
    named = [s for s in problem.services if place.startswith(f"{s.name}.")]
    return next((at for s in named if (at := _at(s, place[len(s.name) + 1 :])) is not None), None)


def _at(model: BaseModel, path: str) -> tuple[Any, str] | None:
    *above, field = path.split(".")
    for name in above:
        model = getattr(model, name, None)
    key = FIELDS.get((type(model).__name__, field))
    if key is None:
        return None
    value = getattr(model, field, None)
    return (DEFAULTS[key].value if value is None else value), DEFAULTS[key].reason


def _walk(model: BaseModel, path: str) -> Iterator[Used]:
    kind = type(model).__name__
    for name in sorted(set(type(model).model_fields) | {field for owner, field in FIELDS if owner == kind}):
        here = f"{path}.{name}" if path else name
        key = FIELDS.get((kind, name))
        if key is not None and name not in model.model_fields_set and _applies(model, name):
            known = DEFAULTS[key]
            yield here, getattr(model, name, None) if getattr(model, name, None) is not None else known.value, known.reason
        value = getattr(model, name, None)
        if isinstance(value, BaseModel):
            yield from _walk(value, here)


def _applies(model: BaseModel, name: str) -> bool:
    """Whether the field bears on anything: lengths read from no file need no number of classes, and so on."""
    if name == "max_classes":
        return bool(model.trace or model.summary)
    if name == "utc_offset_hours":
        return bool(model.trace or model.summary) or "hourly_shape" in model.model_fields_set
    if name == "defer":
        return model.window_hours is not None
    if name == "max_share":
        return model.allowed
    if name == "waiting_room":
        return bool(model.ttft_ms or model.end_to_end_ms)
    if name == "rank":
        return model.method != "full"
    if name in ("zero_stage", "checkpointing", "sequence_tokens", "batch_tokens", "evaluation_tokens", "checkpoint_hours", "checkpoint_seconds"):
        return model.kind != "offline_inference"
    if name == "bytes_per_token":
        return bool(model.egress or model.transfer or model.load_balancers)
    if name == "embodied_years":
        return model.embodied
    return True
