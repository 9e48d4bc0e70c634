"""Fills in what a serving group takes from those it serves, and refuses groups that cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.errors import Fault, InvalidInput
from planner.problem.confidence import EVEN
from planner.problem.normalise import changed
from planner.problem.serves import OF, adapters_of, fitting_adapters, members_of, rank_loaded
from planner.problem.service import Availability, RequestClass, Slo, SurvivesLoss

REAL_TIME = "real_time"
#: What one member wants and shared replicas cannot tell apart, in words.
_NOT_FOR_MEMBERS = {
    "ramp": "a limit on replicas added",
    "max_configurations": "a limit on configurations",
    "carbon_kg_per_month": "a cap on its own emissions",
}
#: What a group takes from those it serves, or cannot have; with the value that says nothing.
_NOT_FOR_GROUPS = {
    "quality": None, "alternatives": (), "caches": (), "substitutes": (), "window_hours": None, "ramp": None, "max_configurations": None,
    "carbon_kg_per_month": None, "unserved_usd_per_request": None, "speculation": None, "slice_factor": None,
}  # fmt: skip


def with_serves(problem: Any) -> Any:
    """``problem`` with every group's workload, limits and engine settings as those it serves have them now.

    All workloads are in their one form. What a group states itself may be stricter than what its members ask, never laxer:
    the least of every latency limit, the most of every floor and all that any of them requires hold for it. Raises
    InvalidInput for groups that cannot be meant.
    """
    if all(service.workload.serves is None for service in problem.services):
        return problem
    faults, services = [], []
    for index, service in enumerate(problem.services):
        if service.workload.serves is not None:
            wrong = list(_faults(service, problem, f"services[{index}]"))
            made = service if wrong else _derived(service, problem)
            faults += wrong or [*_restated(service, made, f"services[{index}].workload"), *_measured(made, f"services[{index}]")]
            service = made
        services.append(service)
    if faults:
        raise InvalidInput("", faults)
    return changed(problem, services=tuple(services))


def _derived(group: Any, problem: Any) -> Any:
    members = members_of(group, problem)
    loads = [member.workload for member in members]
    totals = [[rate * load.scale * load.headroom for rate in load.rate_per_s] for load in loads]
    weight = [sum(rates) for rates in totals]
    weight = [w / sum(weight) for w in weight] if sum(weight) > 0 else [1.0 / len(weight)] * len(weight)
    classes = tuple(
        RequestClass(name=f"{member.name}{OF}{c.name}", input_tokens=c.input_tokens, output_tokens=c.output_tokens, share=w * c.share)
        for member, w in zip(members, weight)
        for c in member.workload.classes
    )
    loaded = adapters_of(group, problem)
    serves = changed(
        group.workload.serves,
        services=tuple(sorted(group.workload.serves.services)),
        max_adapters=max(group.workload.serves.max_adapters or 0, len(loaded)),
        max_rank=rank_loaded(max((group.workload.serves.max_rank or 1, *(one.adapter.rank for one in loaded)))),
    )
    workload = changed(
        group.workload, serves=serves, classes=classes, rate_per_s=tuple(sum(rates) for rates in zip(*totals)),
        # What part of the requests a group gets is decided: it may be the burstiest, or the one that finds least in the cache.
        dispersion_10s=max(load.dispersion_10s for load in loads), prefix_hit=min(load.prefix_hit for load in loads),
    )  # fmt: skip
    workload.__pydantic_fields_set__.update(("dispersion_10s", "prefix_hit", "headroom"))
    slo = Slo(**{name: _least(group.slo, *(member.slo for member in members), of=name) for name in Slo.model_fields})
    confidence = [member.confidence for member in members] + [group.confidence]
    update = {
        "workload": workload, "slo": slo, "team": group.team or _common([m.team for m in members]), "home": _common([m.home for m in members]),
        "requires": tuple(sorted({*group.requires, *(name for member in members for name in member.requires)})),
        "spot": changed(
            group.spot, allowed=group.spot.allowed and all(m.spot.allowed for m in members),
            max_share=min(group.spot.max_share, *(m.spot.max_share for m in members)),
        ),
        "availability": _strictest([m.availability for m in (group, *members) if m.availability is not None]),
        "context_tokens": max((one.context_tokens or 0 for one in (group, *members)), default=0) or None,
        "confidence": None if confidence == [None] * len(confidence) else max(EVEN if one is None else one for one in confidence),
    }  # fmt: skip
    return changed(group, **update)


def _least(*every: Any, of: str) -> dict[str, float] | None:
    found: dict[str, float] = {}
    for slo in every:
        for percentile, limit in (getattr(slo, of) or {}).items():
            found[percentile] = min(limit, found.get(percentile, limit))
    return found or None


def _strictest(every: list[Any]) -> Any:
    """The most instances, the largest fraction after every kind of loss that any of them asks for."""
    if not every:
        return None
    losses = [one.survives_loss for one in every if one.survives_loss is not None]
    loss = None if not losses else SurvivesLoss(fraction=max(one.fraction for one in losses), of=tuple(sorted({k for one in losses for k in one.of})))
    target = max((one.target for one in every if one.target is not None), default=None)
    return Availability(target=target, min_instances=max(one.min_instances for one in every), survives_loss=loss)


def _common(values: list[Any]) -> Any:
    return values[0] if len(set(values)) == 1 else None


def _faults(group: Any, problem: Any, path: str) -> Iterator[Fault]:
    by_name = {service.name: service for service in problem.services}
    serves, at = group.workload.serves, f"{path}.workload.serves"
    for name, unstated in _NOT_FOR_GROUPS.items():
        if getattr(group, name) != unstated:
            yield Fault(f"{path}.{name}", "contradiction", f"{group.name!r} answers for others and takes this from them, or cannot have it; leave it out")
    if group.modes != (REAL_TIME,):
        yield Fault(f"{path}.modes", "contradiction", "shared replicas answer in real time; the services themselves may have other modes beside them")
    if len(set(serves.services)) < len(serves.services):
        yield Fault(f"{at}.services", "duplicate_name", "a service is named twice")
    members = []
    for number, name in enumerate(serves.services):
        member = by_name.get(name)
        if member is None or member is group or member.workload.serves is not None or member.workload.mirrors is not None:
            why = "no service is named so" if member is None else "a group or a mirror cannot be served by a group"
            yield Fault(f"{at}.services[{number}]", "unknown_service", f"{group.name!r} serves {name!r}: {why}")
            continue
        members.append(member)
        for text in _unfit(group, member, problem):
            yield Fault(f"{at}.services[{number}]", "contradiction", f"{name!r} cannot be served by {group.name!r}: {text}")
    ranks = [one.adapter.rank for m in members for one in fitting_adapters(m, group.model, problem)[:1]]
    if serves.max_adapters is not None and serves.max_adapters < len(ranks):
        yield Fault(f"{at}.max_adapters", "contradiction", f"{len(ranks)} adapters are to be loaded, {serves.max_adapters} may be")
    if serves.max_rank is not None and serves.max_rank < max(ranks, default=0):
        yield Fault(f"{at}.max_rank", "contradiction", f"an adapter has rank {max(ranks)}, the engine takes {serves.max_rank}")
    if len({m.home for m in members}) > 1:
        yield Fault(f"{at}.services", "contradiction", "their requests come from different homes, so what they pay for transfer differs; group those of one home")
    capped = {team.team for team in problem.limits.teams}
    if len({m.team for m in members}) > 1 and capped & {m.team for m in members}:
        yield Fault(f"{at}.services", "contradiction", "a team's budget counts replicas, and these would be of several teams; group services of one team")


def _restated(stated: Any, made: Any, path: str) -> list[Fault]:
    """Demand of its own, where it is not what follows from the services (which a plan's problem repeats)."""
    unstated = {"rate_per_s": None, "hourly_shape": None, "classes": None, "trace": None, "summary": None, "mirrors": None, "scale": 1.0, "headroom": 1.0}
    text = "what serves others has their demand; leave this out"
    return [
        Fault(f"{path}.{name}", "contradiction", text) for name, nothing in unstated.items()
        if getattr(stated.workload, name) not in (nothing, getattr(made.workload, name) if name in ("rate_per_s", "classes") else nothing)
    ]  # fmt: skip


def _measured(group: Any, path: str) -> Iterator[Fault]:
    names = [c.name for c in group.workload.classes]
    for index, profile in enumerate(group.profiles):
        for field in ("throughput_rps", "ttft_ms", "tpot_ms"):
            given = getattr(profile, field)
            if given is not None and len(given) != len(names):
                text = f"{len(given)} figures; give one for each of {', '.join(names)}, in this order"
                yield Fault(f"{path}.profiles[{index}].{field}", "wrong_length", text)


def _unfit(group: Any, member: Any, problem: Any) -> Iterator[str]:
    """Why a service cannot be answered by shared replicas, in words."""
    adapters = fitting_adapters(member, group.model, problem)
    if len(adapters) > 1:
        yield f"{len(adapters)} of its alternatives are adapters of {group.model}; leave it one"
    elif not adapters and member.model != group.model:
        whole = [one.name for one in problem.adapted if one.model == group.model and one.name in {a.use for a in member.alternatives}]
        if whole:
            yield f"{whole[0]!r} states no adapter, so it has weights of its own; give adapted[].adapter.rank where it is a LoRA"
        else:
            yield f"it runs {member.model}, and none of its alternatives is an adapter of {group.model}"
    if REAL_TIME not in member.modes:
        yield "it allows no replicas in real time"
    if member.window_hours is not None:
        yield "its work has a window, and shared replicas answer as requests come"
    if member.routing == "slices":
        yield "it is routed in slices"
    for name, words in _NOT_FOR_MEMBERS.items():
        if getattr(member, name) is not None:
            yield f"it has {words}, and of shared replicas no part is its own"
