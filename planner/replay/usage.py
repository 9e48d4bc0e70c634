"""How much of replicas' time was used: as a share of what they can do at saturation, as plans count it, and of time in which they worked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.plan.schema import ServicePlan
from planner.replay.autoscale import up_s
from planner.simulate.fleet import Fleet, Workers
from planner.simulate.kernel.world import PS_PER_S
from planner.simulate.service import Played


class Taken:
    """Requests that own replicas answered, [group, class], over all runs; the last row is of those that no replica took."""

    def __init__(self, fleet: Fleet) -> None:
        self._groups = np.array([g for g, _, _ in fleet.replicas()] + [len(fleet.groups)], np.int64)
        self.count = np.zeros((len(fleet.groups) + 1, len(fleet.classes)), np.int64)

    def add(self, rows: np.ndarray, _: np.ndarray) -> None:
        """Counts rows of requests that left."""
        np.add.at(self.count, (self._groups[rows["replica"]], rows["kind"]), 1)


def utilisation(fleet: Fleet, played: tuple[Played, ...], taken: Taken, seconds: float) -> float | None:
    """Work of the requests over what the replicas can do at saturation in ``seconds``, as plans state it; None without replicas.

    The work of a request is its class's at saturation. Workers that are paid while they are up have no share in it.
    """
    work = there = 0.0
    for g, group in enumerate(fleet.groups):
        if not isinstance(group.scaling, Workers):
            known = np.nan_to_num(np.array(group.work_s, float), posinf=0.0)
            work += float(taken.count[g, : len(known)] @ known)
            there += sum(_there_s(fleet, g, one, seconds) for one in played)
    return work / there if there > 0.0 else None


def planned_utilisation(planned: ServicePlan, hours: Mapping[int, float]) -> float | None:
    """What the plan states of the same periods, in the mean over replicas and time."""
    busy = there = 0.0
    for one in planned.deployments:
        for t, length in hours.items():
            busy += length * one.replicas[t] * (one.utilisation[t] or 0.0)
            there += length * one.replicas[t]
    return busy / there if there > 0.0 else None


def busy_share(fleet: Fleet, played: tuple[Played, ...]) -> float:
    """Share of the replicas' time in which an iteration was under way, however small its batch; workers included."""
    shares = []
    for one in played:
        there = sum(_there_s(fleet, g, one, one.ended_s) for g in range(len(fleet.groups)))
        shares.append(min(1.0, float(one.world.replicas["busy_ps"].sum()) / PS_PER_S / there) if there > 0.0 else 0.0)
    return sum(shares) / len(shares)


def _there_s(fleet: Fleet, g: int, played: Played, seconds: float) -> float:
    """Replica-seconds of one group until ``seconds``."""
    group = fleet.groups[g]
    if group.scaling is not None:
        places = [i for i, place in enumerate(fleet.replicas()) if place[0] == g]
        return float(up_s(played, seconds)[places].sum())
    starts = [stage.start_s for stage in fleet.stages]
    ends = [*starts[1:], max(seconds, starts[-1])]
    return sum(
        max(0.0, min(end, seconds) - start) * part.replicas[stage.period] for part in group.parts for stage, start, end in zip(fleet.stages, starts, ends)
    )
