"""What a plan was played on and what came of it: a service in one period, on requests of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.replay.fleets import Configuration
from planner.replay.held_requests import HeldBack
from planner.simulate.tally import Attainment


@dataclass(frozen=True)
class Load:
    """Replicas of one configuration in one region and period, and the share of their saturation that is used."""

    configuration: Configuration
    region: str
    replicas: int
    utilisation: float


@dataclass(frozen=True, eq=False)
class Stretch:
    """Requests that a service is put under: a part of its trace, or drawn as the problem states them (None).

    confidence  with which limits are to be kept; None: as everywhere
    """

    name: str
    held: HeldBack | None = None
    confidence: float | None = None


DRAWN = Stretch("drawn arrivals")


@dataclass(frozen=True)
class Cell:
    """One service in one period, or there after a loss, under one stretch: how its limits were kept, and the loads that were too late.

    late  loads to which a missed limit is due; empty where every limit is kept, or where too few requests came to
          prove it and nothing else is amiss
    pace  requests that came for each that is planned for
    refuted  the run was ended, since so many were late; what is said of limits is the most that they could have reached
    """

    service: str
    period: int
    lost: str | None
    stretch: str
    limits: tuple[Attainment, ...]
    loads: tuple[Load, ...]
    late: tuple[Load, ...]
    pace: float = 1.0
    refuted: bool = False

    @property
    def holds(self) -> bool:
        """Every limit is kept with confidence."""
        return all(one.confident for one in self.limits)


def late_loads(found: Sequence[Attainment], loads: Sequence[Load], own: np.ndarray, confidence: float) -> tuple[Load, ...]:
    """The loads that missed a limit, or kept it least; not those of limits that only lack requests to be proven, or were not measured.

    own  requests by group in the order of ``loads``, in time of each limit and, last, all
    """
    blamed: list[Load] = []
    for at, limit in enumerate(found):
        asked = limit.limit.percentile / 100.0
        if limit.confident is not False or (limit.met and not _provable(limit.requests, asked, confidence)):
            continue
        working = [k for k, load in enumerate(loads) if load.replicas]
        shares = {k: own[k, at] / own[k, -1] for k in range(len(own) - 1) if own[k, -1]}
        if len(shares) > 1:
            # Workers of serverless options stand last: no share of saturation is theirs to lower.
            short = [k for k, share in shares.items() if share < asked] or [k for k, share in shares.items() if share <= min(shares.values())]
            working = [k for k in working if k in short]
        blamed += [loads[k] for k in working if loads[k] not in blamed]
    return tuple(blamed)


def _provable(requests: int, share: float, confidence: float) -> bool:
    """Whether so many requests, all in time, would prove the share."""
    return share < 1.0 and share**requests <= 1.0 - confidence
