"""What is simulated of one service: groups of alike replicas over the periods of a plan, and what befalls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """Replicas of a group in one pool, bought one way; ``replicas`` per period of the plan."""

    pool: str
    region: str
    purchase: str
    replicas: tuple[int, ...]
    replicas_per_instance: int = 1

    @property
    def most(self) -> int:
        return max(self.replicas, default=0)


@dataclass(frozen=True)
class Group:
    """Replicas of one configuration in one region: requests routed here go to any of them.

    times       iterations of one replica (``planner.perf.iteration.IterationTimes``)
    rate_per_s  what the plan routes here, [class][period]
    speed       requests/s of one replica at saturation, by which unlike replicas are weighed
    context     longest request the model takes; None: no such limit            [tokens]
    cached      share of input tokens found in the prefix cache
    """

    name: str
    times: Any
    parts: tuple[Part, ...]
    rate_per_s: tuple[tuple[float, ...], ...]
    speed: float
    context: int | None = None
    cached: float = 0.0


@dataclass(frozen=True)
class Stage:
    """A stretch of simulated time in one period of the plan; the last one lasts until the end."""

    period: int
    start_s: float


@dataclass(frozen=True)
class Reroute:
    """Other routing for a while, as after a loss: requests/s by [group][class][period], and what is turned away then."""

    start_s: float
    end_s: float | None
    rate_per_s: tuple[tuple[tuple[float, ...], ...], ...]
    unserved: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Fleet:
    """One service's replicas, classes and stages.

    classes     (input, output) tokens of each request class, by which requests are told apart
    unserved    requests/s that the plan turns away, [class][period]; empty: none
    reroutes    the later one counts where two overlap
    """

    service: str
    groups: tuple[Group, ...]
    classes: tuple[tuple[float, float], ...]
    stages: tuple[Stage, ...]
    unserved: tuple[tuple[float, ...], ...] = ()
    reroutes: tuple[Reroute, ...] = ()

    def replicas(self) -> tuple[tuple[int, int, int], ...]:
        """(group, part, number within the part) of every replica, in the order that the simulation counts them."""
        return tuple(
            (g, p, n) for g, group in enumerate(self.groups) for p, part in enumerate(group.parts) for n in range(part.most)
        )


@dataclass(frozen=True)
class Outage:
    """A replica is away from ``start_s`` until ``end_s`` (None: for good); what runs on it is lost or sent again."""

    replica: int
    start_s: float
    end_s: float | None = None


def stages(order: Sequence[int], lengths_s: Sequence[float], start: int, seconds: float) -> tuple[Stage, ...]:
    """Periods one after the other from place ``start`` of the cycle ``order``, until ``seconds`` are filled.

    lengths_s  how long one occurrence of each period of the plan lasts
    """
    found, at, place = [], 0.0, start
    while not found or at < seconds:
        period = order[place % len(order)]
        found.append(Stage(period, at))
        at += lengths_s[period]
        place += 1
        if len(set(order)) == 1:
            break
    return tuple(found)
