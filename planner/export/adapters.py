"""What an engine is told of the services that a group answers for: adapters to load, room for them, names to answer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.errors import Fault


@dataclass(frozen=True)
class Loaded:
    """Adapters of one deployment.

    names     of services that the base itself answers for
    modules   (service, where its adapter lies)
    room, rank  adapters kept at once, and the highest rank
    """

    names: tuple[str, ...]
    modules: tuple[tuple[str, str], ...]
    room: int
    rank: int


def loaded(problem: Mapping[str, Any], asked: Mapping[str, Any], weights: Mapping[str, str]) -> tuple[Loaded | None, list[Fault]]:
    """(what a group's replicas load, adapters that nobody says where to find); None for a service that serves itself."""
    serves = asked["workload"].get("serves")
    if serves is None:
        return None, []
    names, modules, faults = [], [], []
    for name, adapter in _members(problem, asked["model"], serves["services"]):
        where = weights.get(f"{name}:{adapter}") or weights.get(name)
        if adapter is None:
            names.append(name)
        elif where is None:
            text = f"where the adapter {adapter} lies is not known; name it with --weights '{name}:{adapter}=ID'"
            faults.append(Fault(f"services.{name}", "unknown_weights", text))
        else:
            modules.append((name, where))
    return Loaded(tuple(names), tuple(modules), serves["max_adapters"], serves["max_rank"]), faults


def adapter_arguments(found: Loaded | None) -> list[str]:
    """As vLLM takes them; a request names the service, and the engine finds its adapter by that."""
    if found is None or not found.modules:
        return []
    modules = [f"{name}={where}" for name, where in found.modules]
    return ["--enable-lora", "--max-loras", str(found.room), "--max-lora-rank", str(found.rank), "--lora-modules", *modules]


def _members(problem: Mapping[str, Any], base: str, services: list[str]) -> Iterator[tuple[str, str | None]]:
    by_name = {one["name"]: one for one in problem["services"]}
    for name in services:
        used = {one["use"] for one in by_name[name]["alternatives"]}
        fits = [one["name"] for one in problem["adapted"] if one["name"] in used and one["model"] == base and one["adapter"] is not None]
        yield name, next(iter(fits), None)
