"""Changes of a problem document whose effect on the optimum is known."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

Document = dict[str, Any]


def permuted(document: Document, seed: int) -> Document:
    """The same problem with keys, rows, classes and unordered lists in another order."""
    draw = random.Random(seed)
    other = copy.deepcopy(document)
    for service in other["services"]:
        order = list(range(len(service["workload"]["classes"])))
        draw.shuffle(order)
        service["workload"]["classes"] = [service["workload"]["classes"][b] for b in order]
        for profile in service["profiles"]:
            for name in ("throughput_rps", "ttft_ms", "tpot_ms"):
                if name in profile:
                    profile[name] = [profile[name][b] for b in order]
        draw.shuffle(service["profiles"])
        draw.shuffle(service["allow"]["variants"])
        if "survives_loss" in service.get("availability", {}):
            draw.shuffle(service["availability"]["survives_loss"]["of"])
    draw.shuffle(other["services"])
    draw.shuffle(other["offers"]["own"])
    draw.shuffle(other["offers"]["accelerators"])
    for rows in (other["limits"].get("quotas", []), other["limits"].get("teams", []), other.get("owned", [])):
        draw.shuffle(rows)
    return _keys_shuffled(other, draw)


def _keys_shuffled(value: Any, draw: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        draw.shuffle(keys)
        return {key: _keys_shuffled(value[key], draw) for key in keys}
    if isinstance(value, list):
        return [_keys_shuffled(v, draw) for v in value]
    return value


def renamed(document: Document) -> Document:
    """The same problem with other names of services, teams, instance types and classes, in another alphabetical order."""
    other = copy.deepcopy(document)
    for index, service in enumerate(other["services"]):
        service["name"] = f"z{9 - index}-other"
        service["team"] = f"team-{service['team'][::-1]}"
        for c in service["workload"]["classes"]:
            c["name"] = c["name"][::-1]
    for index, row in enumerate(other["offers"]["own"]):
        row["instance_type"] = f"box{9 - index}"
    for team in other["limits"].get("teams", []):
        team["team"] = f"team-{team['team'][::-1]}"
    return other


def in_other_money(document: Document, factor: float) -> Document:
    """Every amount of money times ``factor``, caps included."""
    other = copy.deepcopy(document)
    for path, holder, key in _amounts(other):
        assert isinstance(holder[key], (int, float)), path
        holder[key] *= factor
    return other


def _amounts(document: Document) -> Iterator[tuple[str, dict, str]]:
    def walk(value: Any, path: str) -> Iterator[tuple[str, dict, str]]:
        if isinstance(value, dict):
            spend = value.get("measure") == "spend"
            for key in value:
                counted_in_usd = spend and key in ("min_units", "max_units", "amount")
                if "usd" in key and not isinstance(value[key], (dict, list)) or counted_in_usd:
                    yield f"{path}.{key}", value, key
                else:
                    yield from walk(value[key], f"{path}.{key}")
        elif isinstance(value, list):
            for index, v in enumerate(value):
                yield from walk(v, f"{path}[{index}]")

    yield from list(walk(document, ""))


def loosened(document: Document) -> Iterator[tuple[str, Document]]:
    """(what was loosened, the problem with that one limit looser); every one leaves all plans feasible."""
    for name, change in _LOOSER:
        other = copy.deepcopy(document)
        if change(other):
            yield name, other


def _scale(name: str, factor: float) -> Callable[[Document], bool]:
    def change(document: Document) -> bool:
        limits = document["limits"]
        if name in limits:
            limits[name] *= factor
        return name in limits

    return change


def _quota(document: Document) -> bool:
    for quota in document["limits"].get("quotas", []):
        for name in ("max_instances", "max_accelerators"):
            if name in quota:
                quota[name] += 2
    return "quotas" in document["limits"]


def _rows(name: str, key: str) -> Callable[[Document], bool]:
    def change(document: Document) -> bool:
        for row in document["limits"].get(name, []):
            row[key] *= 1.3
        return name in document["limits"]

    return change


def _stock(document: Document) -> bool:
    rows = [row for row in document["offers"]["own"] if "stock" in row]
    for row in rows:
        row["stock"] += 1
    return bool(rows)


def _services(change: Callable[[dict], bool]) -> Callable[[Document], bool]:
    return lambda document: any([change(service) for service in document["services"]])


def _headroom(service: dict) -> bool:
    looser = service["workload"]["headroom"] > 1.0
    service["workload"]["headroom"] = 1.0
    return looser


def _ttft(service: dict) -> bool:
    if "slo" in service:
        service["slo"]["ttft_ms"]["p95"] *= 1.3
    return "slo" in service


def _spot_share(service: dict) -> bool:
    looser = service.get("spot", {}).get("max_share", 1.0) < 1.0
    if looser:
        service["spot"]["max_share"] = 0.9
    return looser


def _instances(service: dict) -> bool:
    looser = service.get("availability", {}).get("min_instances", 0) > 0
    if looser:
        service["availability"]["min_instances"] -= 1
    return looser


def _survival(service: dict) -> bool:
    looser = "survives_loss" in service.get("availability", {})
    if looser:
        service["availability"]["survives_loss"]["fraction"] *= 0.6
    return looser


def _one_more(*path: str) -> Callable[[dict], bool]:
    def change(service: dict) -> bool:
        for step in path[:-1]:
            service = service.get(step) or {}
        if path[-1] not in service:
            return False
        service[path[-1]] += 1
        return True

    return change


def _quality(service: dict) -> bool:
    for name in service.get("quality", {}):
        service["quality"][name] -= 0.01
    return "quality" in service


def _finer_slices(service: dict) -> bool:
    if service.get("routing") != "slices":
        return False
    service["slice_factor"] *= 2
    return True


def _divisible(service: dict) -> bool:
    return service.pop("routing", None) is not None and service.pop("slice_factor", None) is not None


def _carbon(service: dict) -> bool:
    if "carbon_kg_per_month" in service:
        service["carbon_kg_per_month"] *= 1.3
    return "carbon_kg_per_month" in service


_LOOSER: list[tuple[str, Callable[[Document], bool]]] = [
    ("limits.budget_usd_per_month", _scale("budget_usd_per_month", 1.2)),
    ("limits.carbon_kg_per_month", _scale("carbon_kg_per_month", 1.3)),
    ("limits.upfront_usd", _scale("upfront_usd", 1.5)),
    ("limits.one_off_usd", _scale("one_off_usd", 2.0)),
    ("limits.quotas", _quota),
    ("limits.regions", _rows("regions", "carbon_kg_per_month")),
    ("limits.teams", _rows("teams", "budget_usd_per_month")),
    ("limits.max_configurations", lambda d: _one_more("limits", "max_configurations")(d)),
    ("offers.stock", _stock),
    ("demand", _services(_headroom)),
    ("slo.ttft_ms", _services(_ttft)),
    ("spot.max_share", _services(_spot_share)),
    ("availability.min_instances", _services(_instances)),
    ("availability.survives_loss", _services(_survival)),
    ("ramp", _services(_one_more("ramp", "max_added_replicas"))),
    ("max_configurations", _services(_one_more("max_configurations"))),
    ("quality", _services(_quality)),
    ("slice_factor", _services(_finer_slices)),
    ("routing", _services(_divisible)),
    ("service.carbon_kg_per_month", _services(_carbon)),
]
