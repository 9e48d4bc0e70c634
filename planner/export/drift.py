"""What runs against what the plan says: manifests compared where the plan says something, silent on the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.export.deployable import Unit
from planner.export.kubernetes import deployment, scaled

ENGINES = ("vllm", "sglang")
#: Options that take more than one word.
SEVERAL = ("--lora-modules", "--served-model-name")


@dataclass(frozen=True)
class Drift:
    """One difference.

    name     of the Deployment or schedule
    what     missing, not_planned, or the field that differs
    planned, running  None where one has nothing
    """

    name: str
    what: str
    planned: Any = None
    running: Any = None


def drift(units: Sequence[Unit], manifests: Iterable[Any]) -> tuple[Drift, ...]:
    """Differences between a plan's units and Kubernetes objects, such as ``kubectl get deploy,scaledobject -o yaml`` prints."""
    objects = tuple(_objects(manifests))  # read once: they may come from a generator
    found = {kind: {_name(one): one for one in objects if one.get("kind") == kind} for kind in ("Deployment", "ScaledObject")}
    return tuple(_drifts(units, found["Deployment"], found["ScaledObject"]))


def _drifts(units: Sequence[Unit], deployments: Mapping[str, Any], schedules: Mapping[str, Any]) -> Iterator[Drift]:
    for unit in units:
        running = deployments.get(unit.name)
        if running is None:
            yield Drift(unit.name, "missing", planned=f"{unit.fewest} to {unit.most} replicas" if unit.windows else f"{unit.most} replicas")
            continue
        yield from _deployment(unit, deployment(unit, "any"), running)
        yield from _schedule(unit, schedules.get(unit.name))
    planned = {unit.name for unit in units}
    for name in sorted(set(deployments) - planned):
        if _serves(deployments[name]):
            yield Drift(name, "not_planned", running=f"{deployments[name].get('spec', {}).get('replicas', 1)} replicas")


def _deployment(unit: Unit, planned: Mapping[str, Any], running: Mapping[str, Any]) -> Iterator[Drift]:
    spec, stated = running.get("spec") or {}, planned["spec"]
    replicas = spec.get("replicas", 1)
    # With a schedule the number follows the hour: only one outside of its range is a difference.
    if not unit.fewest <= replicas <= unit.most:
        yield Drift(unit.name, "replicas", stated["replicas"], replicas)
    pod, own = (spec.get("template") or {}).get("spec") or {}, stated["template"]["spec"]
    for key, value in own["nodeSelector"].items():
        seen = (pod.get("nodeSelector") or {}).get(key)
        if seen != value:
            yield Drift(unit.name, f"nodeSelector {key}", value, seen)
    engine = own["containers"][0]
    seen = next((one for one in pod.get("containers") or () if one.get("name") == engine["name"]), (pod.get("containers") or [{}])[0])
    yield from _arguments(unit.name, [*engine["command"], *engine["args"]], [*(seen.get("command") or []), *(seen.get("args") or [])])
    for resource, count in engine["resources"]["limits"].items():
        held = ((seen.get("resources") or {}).get("limits") or {}).get(resource)
        if str(held) != count:
            yield Drift(unit.name, f"limits {resource}", count, held)


def _arguments(name: str, planned: list[str], running: list[str]) -> Iterator[Drift]:
    ours, theirs = _options(planned), _options(running)
    for key in sorted(set(ours) | set(theirs)):
        if ours.get(key) != theirs.get(key):
            yield Drift(name, key, ours.get(key), theirs.get(key))


def _options(words: list[str]) -> dict[str, str]:
    """``--name value`` and ``--name=value`` alike; words that stand alone are the program and its model."""
    found: dict[str, str] = {}
    alone: list[str] = []
    at = 0
    while at < len(words):
        word = str(words[at])
        if word.startswith("--"):
            key, sign, value = word.partition("=")
            follows = at + 1 < len(words) and not str(words[at + 1]).startswith("--")
            values = [value] if sign else [str(words[at + 1])] if follows else ["true"]
            at += 1 if sign or not follows else 2
            while key in SEVERAL and at < len(words) and not str(words[at]).startswith("--"):
                values.append(str(words[at]))
                at += 1
            found[key] = " ".join(sorted(values) if key == "--lora-modules" else values)
        else:
            alone.append(word)
            at += 1
    return {"command": " ".join(alone), **found}


def _schedule(unit: Unit, running: Mapping[str, Any] | None) -> Iterator[Drift]:
    planned = scaled(unit.name, unit)
    if not planned:
        if running is not None:
            yield Drift(unit.name, "schedule", None, "a ScaledObject")
        return
    ours = planned[0]["spec"]
    if running is None:
        yield Drift(unit.name, "schedule", f"{len(ours['triggers'])} windows", None)
        return
    theirs = running.get("spec") or {}
    for field in ("minReplicaCount", "maxReplicaCount"):
        if theirs.get(field) != ours[field]:
            yield Drift(unit.name, field, ours[field], theirs.get(field))
    sides = [sorted(_window(one) for one in spec.get("triggers") or ()) for spec in (ours, theirs)]
    if sides[0] != sides[1]:
        yield Drift(unit.name, "windows", ", ".join(sides[0]), ", ".join(sides[1]) or None)


def _window(trigger: Any) -> str:
    said = trigger.get("metadata") or {} if isinstance(trigger, Mapping) else {}
    return f"{said.get('start')} to {said.get('end')}: {said.get('desiredReplicas')}"


def _objects(manifests: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    for one in manifests:
        if not isinstance(one, Mapping):
            continue
        if one.get("kind") == "List" or (str(one.get("kind", "")).endswith("List") and "items" in one):
            yield from _objects(one.get("items") or ())
        else:
            yield one


def _name(one: Mapping[str, Any]) -> str:
    return str((one.get("metadata") or {}).get("name", ""))


def _serves(one: Mapping[str, Any]) -> bool:
    """Whether it runs an engine: other workloads of a cluster are not the plan's concern."""
    pod = ((one.get("spec") or {}).get("template") or {}).get("spec") or {}
    words = [str(word) for box in pod.get("containers") or () for word in (box.get("image"), *(box.get("command") or ()), *(box.get("args") or ()))]
    return any(engine in word.lower() for word in words for engine in ENGINES)
