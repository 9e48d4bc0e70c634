"""SkyPilot tasks, one launch a replica, and SkyServe services whose replicas it starts and replaces itself."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from planner.errors import UsageError
from planner.export.deployable import Unit
from planner.export.engine import PORT, command, image_of
from planner.export.names import slug
from planner.export.yaml_text import yaml_text

CLOUDS = {
    "aws": "aws", "azure": "azure", "gcp": "gcp", "lambda": "lambda", "nebius": "nebius", "oci": "oci", "runpod": "runpod",
    "digitalocean": "do",
}  # fmt: skip


def skypilot(units: Sequence[Unit], image: str | None = None) -> dict[str, str]:
    """One task file a unit; ``sky launch`` it once for each replica."""
    _refuse_other_clouds(units)
    return {f"{one.name}.yaml": _with_note(f"replicas of the plan: {_counts([one])}", _task(one, image)) for one in units}


def skyserve(units: Sequence[Unit], image: str | None = None) -> dict[str, str]:
    """One service file for each configuration in a pool: its firm replicas are the base, spot comes on top and falls back on demand."""
    _refuse_other_clouds(units)
    found: dict[str, str] = {}
    for key in dict.fromkeys(map(_same, units)):
        own = [one for one in units if _same(one) == key]
        first = next((one for one in own if one.spot), own[0])
        task = _task(first, image)
        task["service"] = _service(own)
        name = slug(first.name.removesuffix("-spot"), first.region)
        found[f"{name}.yaml"] = _with_note(f"replicas of the plan: {_counts(own)}", task)
    return found


def _same(one: Unit) -> tuple:
    return one.service, one.weights, one.quantise, one.kv_fp8, one.accelerator, one.tp, one.pp, one.max_num_seqs, one.provider, one.region, one.instance_type


def _task(unit: Unit, image: str | None) -> dict[str, Any]:
    resources: dict[str, Any] = {
        "infra": f"{CLOUDS[unit.provider]}/{unit.region}", "instance_type": unit.instance_type, "ports": PORT, "use_spot": unit.spot,
        "image_id": f"docker:{image_of(unit, image)}",
    }  # fmt: skip
    # A shell reads this: every word is quoted.
    return {"name": unit.name, "resources": resources, "envs": {"HF_TOKEN": ""}, "run": shlex.join(command(unit))}


def _service(own: Sequence[Unit]) -> dict[str, Any]:
    firm, spot = [one for one in own if not one.spot], [one for one in own if one.spot]
    policy: dict[str, Any] = {"min_replicas": sum(one.fewest for one in own)}
    most = sum(one.most for one in own)
    if most > policy["min_replicas"]:
        rate = sum(one.requests_per_s for one in own) / max(1, sum(sum(one.replicas) / len(one.replicas) for one in own))
        policy |= {"max_replicas": most, "target_qps_per_replica": round(rate, 6) or 1e-6}
    if spot:
        policy |= {"dynamic_ondemand_fallback": True, "base_ondemand_fallback_replicas": sum(one.fewest for one in firm)}
    probe = {"path": "/health", "initial_delay_seconds": 1800}
    return {"readiness_probe": probe, "replica_policy": policy}


def _refuse_other_clouds(units: Sequence[Unit]) -> None:
    others = sorted({one.provider for one in units if one.provider not in CLOUDS})
    if others:
        text = f"SkyPilot does not rent from {', '.join(others)}"
        raise UsageError(text, where="--to", hint="exclude the provider in the problem (offers.exclude), or export to kubernetes")


def _counts(own: Sequence[Unit]) -> str:
    parts = []
    for one in own:
        count = str(one.most) if one.fewest == one.most else f"{one.fewest} to {one.most}"
        parts.append(f"{count} {'spot' if one.spot else 'on demand'}")
    return ", ".join(parts)


def _with_note(note: str, document: dict[str, Any]) -> str:
    return f"# {note}\n{yaml_text(document)}"
