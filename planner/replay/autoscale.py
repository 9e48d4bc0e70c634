"""A plan's replicas under an autoscaler instead of by its periods, as a what-if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import UsageError
from planner.replay.case import Case
from planner.simulate.fleet import Autoscaler, Fleet, Group
from planner.simulate.kernel.world import MEASURES, OFF, PS_PER_S
from planner.simulate.service import Played
from planner.units import SECONDS_PER_HOUR

#: How long Kubernetes' autoscaler waits by default until it takes replicas away, and the most that is remembered.
CALM_S, MOST_CALM_S = 300.0, 3600.0
#: Beyond these nothing can be meant.
MOST_REPLICAS, MOST_START_S = 10_000, 86_400.0
SETTINGS = ("min", "max", "start", "calm")


@dataclass(frozen=True)
class Autoscale:
    """What is asked for; None: as the plan or the problem has it.

    target   requests of one replica, or share of its saturation; None: the plan's highest utilisation of the configuration
    least    replicas of each configuration
    most     None: as many as the plan has in its largest period
    start_s  None: the problem's start-up hours
    """

    measure: str
    target: float | None = None
    least: int = 1
    most: int | None = None
    start_s: float | None = None
    calm_s: float = CALM_S


@dataclass(frozen=True)
class AutoscaledFound:
    """What an autoscaler did with the replicas of one configuration in one region; the plan's own number beside it."""

    name: str
    measure: str
    target: float
    least: int
    most: int
    start_s: float
    calm_s: float
    starts: int
    mean_replicas: float
    planned_replicas: float


def asked_for(text: str | None) -> Autoscale | None:
    """``MEASURE[=TARGET][,min=N][,max=N][,start=S][,calm=S]`` as it is given; raises UsageError."""
    if text is None:
        return None
    hint = "requests=8, or utilisation=0.7,min=1,max=4,start=360,calm=300"
    first, *more = text.split(",")
    measure, _, target = first.partition("=")
    if measure not in MEASURES:
        raise UsageError(f'"{measure}" is nothing that an autoscaler looks at', hint=hint)
    given: dict[str, float] = {}
    for part in more:
        name, _, value = part.partition("=")
        if name not in SETTINGS or name in given:
            raise UsageError(f'"{part}" is no setting of an autoscaler', hint=hint)
        given[name] = _number(value, part, hint, whole=name in ("min", "max"))
    goal = _number(target, first, hint) if target else None
    least, most = int(given.get("min", 1)), int(given["max"]) if "max" in given else None
    calm = given.get("calm", CALM_S)
    if goal == 0.0 or (goal is None and measure == "requests") or (measure == "utilisation" and goal is not None and goal > 1.0):
        raise UsageError(f'"{first}" needs a target: requests of one replica, or a share of its saturation up to 1', hint=hint)
    if least < 1 or (most is not None and most < least) or calm > MOST_CALM_S or max(least, most or 0) > MOST_REPLICAS or given.get("start", 0.0) > MOST_START_S:
        raise UsageError(f'"{text}" cannot be meant: min is at least 1, max at least min, calm at most {MOST_CALM_S:g}, start at most {MOST_START_S:g}, replicas at most {MOST_REPLICAS:,}', hint=hint)
    return Autoscale(measure, goal, least, most, given.get("start"), calm)


def autoscaled(case: Case, fleet: Fleet, asked: Autoscale | None) -> Fleet:
    """The fleet with an autoscaler for every configuration in a region; serverless workers scale by themselves."""
    if asked is None:
        return fleet
    return replace(fleet, groups=tuple(_under(case, fleet, group, asked) if group.scaling is None else group for group in fleet.groups))


def packing_notes(case: Case) -> list[str]:
    """Where services share instances: what is told of cost is too much where each is counted with its own."""
    users: dict[tuple[str, str], set[str]] = {}
    for service in case.plan.services:
        for one in service.deployments:
            if one.tp * one.pp < case.pools[one.pool].accelerators and any(one.replicas):
                users.setdefault((one.pool, one.purchase), set()).add(service.name)
    return [
        f"{pool} {purchase}: {', '.join(sorted(names))} share instances in the plan, and more replicas came and went than is written down: each"
        " is counted with its own, so their cost and carbon are at most what is told"
        for (pool, purchase), names in sorted(users.items())
        if len(names) > 1
    ]


def autoscaled_found(fleet: Fleet, played: Sequence[Played], seconds: float, hours: Mapping[int, float]) -> tuple[AutoscaledFound, ...]:
    """One entry for each group under an autoscaler; ``hours`` are those simulated in each period."""
    found = []
    for g, group in enumerate(fleet.groups):
        own = group.scaling
        if isinstance(own, Autoscaler):
            places = [i for i, place in enumerate(fleet.replicas()) if place[0] == g]
            there = sum(float(up_s(one, seconds)[places].sum()) for one in played) / len(played)
            starts = sum(int(one.world.replicas["starts"][places].sum()) for one in played)
            planned = sum(h * own.planned[t] for t, h in hours.items()) / sum(hours.values())
            found.append(AutoscaledFound(
                group.name, own.measure, own.target, own.least, own.most, own.start_s, own.calm_s, starts, there / seconds, planned,
            ))  # fmt: skip
    return tuple(found)


def up_s(played: Played, seconds: float) -> np.ndarray:
    """For how long each replica that comes and goes by itself was starting or up, until ``seconds``."""
    own = played.world.replicas
    still = np.where(own["phase"] != OFF, np.maximum(round(seconds * PS_PER_S) - own["up_since"], 0), 0)
    return np.where(own["bill"] >= 0, (own["up_ps"] + still) / PS_PER_S, 0.0)


def _under(case: Case, fleet: Fleet, group: Group, asked: Autoscale) -> Group:
    periods = len(case.plan.periods)
    planned = tuple(sum(part.replicas[t] for part in group.parts) for t in range(periods))
    most = max(asked.most or max(planned), 1)
    slots = [part.most for part in group.parts]
    slots[-1] += max(0, most - sum(slots))
    parts = tuple(replace(part, replicas=(count,) * periods) for part, count in zip(group.parts, slots))
    target = asked.target if asked.target is not None else _planned_utilisation(case, fleet, group)
    start_s = asked.start_s if asked.start_s is not None else case.problem.start_up.hours * SECONDS_PER_HOUR
    return replace(group, parts=parts, scaling=Autoscaler(asked.measure, target, min(asked.least, most), most, start_s, asked.calm_s, planned))


def _planned_utilisation(case: Case, fleet: Fleet, group: Group) -> float:
    """The highest utilisation that the plan states of the configuration: work over replicas, of saturation."""
    found = 0.0
    for t in range(len(case.plan.periods)):
        replicas = sum(part.replicas[t] for part in group.parts)
        work = sum(rates[t] * work for rates, work in zip(group.rate_per_s, group.work_s) if rates[t] > 0.0)
        found = max(found, work / replicas if replicas else 0.0)
    return min(found, 1.0) or 1.0


def _number(text: str, part: str, hint: str, *, whole: bool = False) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < 1e9 or (whole and value != int(value)):
        raise UsageError(f'"{part}" has no number that can be meant', hint=hint)
    return value
