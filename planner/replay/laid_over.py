"""Instances that several services share under autoscalers: their replicas laid over each other as a scheduler would, by when each came and went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from planner.replay.case import Case
from planner.replay.run import Simulated
from planner.simulate.fleet import Autoscaler, Stage
from planner.simulate.kernel.world import MOST_MARKS, PS_PER_S
from planner.units import SECONDS_PER_HOUR

#: One end of a replica's time: instant [ps], service, replica, accelerators that it takes, and 1 (comes) or -1 (goes).
Mark = tuple[int, str, int, int, int]


@dataclass
class _Instance:
    """Accelerators taken by each replica (service, number), and since when it runs."""

    held: dict[tuple[str, int], int] = field(default_factory=dict)
    since: int = 0


def laid_over(case: Case, found: Mapping[str, Simulated]) -> dict[tuple[str, str], np.ndarray] | None:
    """Hours that each instance of a pool and purchase ran, [instance, period], in the mean over seeds; None where not all was recorded.

    A replica takes the first instance with room, or a new one; one of a service that is to stand on several instances, one
    without it until it does. An instance runs while any replica is on it. Replicas are not moved.
    """
    seeds = len(next(iter(found.values())).played)
    if any(int(played.world.state[0]["marked"]) > MOST_MARKS for one in found.values() for played in one.played):
        return None
    places = sorted({key for one in found.values() for key in _pools(one)})
    return {key: _mean([_hours(case, found, key, seed) for seed in range(seeds)]) for key in places}


def _pools(one: Simulated) -> set[tuple[str, str]]:
    return {(part.pool, part.purchase) for group in one.fleet.groups if isinstance(group.scaling, Autoscaler) for part in group.parts}


def _mean(each: list[np.ndarray]) -> np.ndarray:
    """Instances in order of when they first ran, over all seeds."""
    found = np.zeros((max(len(hours) for hours in each), each[0].shape[1]))
    for hours in each:
        found[: len(hours)] += hours / len(each)
    return found


def _hours(case: Case, found: Mapping[str, Simulated], key: tuple[str, str], seed: int) -> np.ndarray:
    size = case.pools[key[0]].accelerators
    span = next(iter(found.values())).span
    end = round(span.seconds * PS_PER_S)
    apart = {service.name: service.availability.min_instances if service.availability else 1 for service in case.problem.services}
    instances: list[_Instance] = []
    ran: list[np.ndarray] = []
    for at, service, replica, takes, change in sorted(_marks(found, key, seed, end), key=lambda mark: (mark[0], mark[4], mark[1], mark[2])):
        who = service, replica
        if change < 0:
            for number, one in enumerate(instances):
                if one.held.pop(who, None) is not None and not one.held:
                    ran[number] += _by_period(span.stages, one.since, at, ran[number].size)
            continue
        for part in [size] * (takes // size) + [takes % size] * (takes % size > 0):
            number = _place(instances, service, part, size, apart[service])
            if number == len(instances):
                instances.append(_Instance())
                ran.append(np.zeros(len(case.plan.periods)))
            if not instances[number].held:
                instances[number].since = at
            instances[number].held[who] = part
    for number, one in enumerate(instances):
        if one.held:
            ran[number] += _by_period(span.stages, one.since, end, ran[number].size)
    return np.array(ran).reshape(-1, len(case.plan.periods))


def _place(instances: list[_Instance], service: str, takes: int, size: int, apart: int) -> int:
    """The first instance with room, or a new one; one without the service while it stands on fewer than ``apart``."""
    its = [any(name == service for name, _ in one.held) for one in instances]
    free = [number for number, one in enumerate(instances) if sum(one.held.values()) + takes <= size and (sum(its) >= apart or not its[number])]
    # One that runs costs nothing more.
    return next((number for number in free if instances[number].held), free[0] if free else len(instances))


def _marks(found: Mapping[str, Simulated], key: tuple[str, str], seed: int, end: int) -> list[Mark]:
    marks = []
    for name, one in sorted(found.items()):
        places, world = one.fleet.replicas(), one.played[seed].world
        own = {i: one.fleet.groups[g].parts[p].accelerators for i, (g, p, _) in enumerate(places) if _of(one, g, p) == key}
        marks += [(int(at), name, int(i), own[int(i)], int(change)) for at, i, change in world.marks if int(i) in own and at < end]
    return marks


def _of(one: Simulated, g: int, p: int) -> tuple[str, str] | None:
    group = one.fleet.groups[g]
    return (group.parts[p].pool, group.parts[p].purchase) if isinstance(group.scaling, Autoscaler) else None


def _by_period(stages: tuple[Stage, ...], since: int, until: int, periods: int) -> np.ndarray:
    """Hours between two instants, by period."""
    found = np.zeros(periods)
    ends = [*(stage.start_s for stage in stages[1:]), math.inf]
    for stage, past in zip(stages, ends):
        found[stage.period] += max(0.0, min(until / PS_PER_S, past) - max(since / PS_PER_S, stage.start_s)) / SECONDS_PER_HOUR
    return found
