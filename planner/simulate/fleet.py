"""What is simulated of one service: groups of alike replicas over the periods of a plan, and what befalls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """Replicas of a group in one pool, bought one way; ``replicas`` per period of the plan.

    accelerators  of one replica
    role          "both", or "prefill" and "decode" where the group has a ``Transfer``
    """

    pool: str
    region: str
    purchase: str
    replicas: tuple[int, ...]
    replicas_per_instance: int = 1
    accelerators: int = 1
    role: str = "both"

    @property
    def most(self) -> int:
        return max(self.replicas, default=0)


@dataclass(frozen=True)
class Workers:
    """The replicas of a group start when a request finds no room, and stop when they were idle for ``idle_s``.

    start_s  from the request until the worker answers                          [s]
    kept     workers that never stop, per period
    """

    start_s: float
    idle_s: float
    kept: tuple[int, ...]


@dataclass(frozen=True)
class Autoscaler:
    """Looks at a group every 15 s and wants its load over ``target`` replicas, never fewer than ``least`` or more than ``most``.

    measure  "requests": in the group's replicas, running and waiting; "utilisation": replicas kept busy by what arrived in the
             last minute
    target   of one replica: requests, or a share of its saturation
    start_s  from the look until a replica takes requests                       [s]
    calm_s   fewer only after so long without need of more                      [s]
    planned  replicas by the plan, per period: those of the first are up at the beginning
    """

    measure: str
    target: float
    least: int
    most: int
    start_s: float
    calm_s: float
    planned: tuple[int, ...]

    def at(self, period: int) -> int:
        """Replicas that are up where a run begins in ``period``."""
        return min(max(self.planned[period], self.least), self.most)


@dataclass(frozen=True)
class Transfer:
    """How a prompt's cache gets from the replica that read it to the one that decodes.

    s_per_token  of cache, over the link of one replica; one request at a time              [s/token]
    latency_s    more, which occupies no link                                               [s]
    """

    s_per_token: float
    latency_s: float


@dataclass(frozen=True)
class Group:
    """Replicas of one configuration in one region: requests routed here go to any of them.

    times       iterations of one replica (``planner.perf.iteration.IterationTimes``)
    rate_per_s  what the plan routes here, [class][period]
    speed       requests/s of one replica at saturation, by which unlike replicas are weighed
    context     longest request the model takes; None: no such limit            [tokens]
    cached      share of input tokens found in the prefix cache
    work_s      replica-seconds of a request at saturation, by class
    scaling     None: replicas follow the plan's periods
    transfer    None: a replica decodes what it read; otherwise parts that read come before those that decode
    queued      requests wait for the group, not for one of its replicas, and those are sent no more than they can run at once
    """

    name: str
    times: Any
    parts: tuple[Part, ...]
    rate_per_s: tuple[tuple[float, ...], ...]
    speed: float
    context: int | None = None
    cached: float = 0.0
    work_s: tuple[float, ...] = ()
    scaling: Workers | Autoscaler | None = None
    queued: bool = False
    transfer: Transfer | None = None


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
