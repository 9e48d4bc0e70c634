"""Work that may wait: what arrives of it, how it queues for the plan's replicas, and by when each request is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.plan.schema import ServicePlan
from planner.problem.demand import demand
from planner.problem.service import Service
from planner.replay.case import Case
from planner.replay.fleets import class_names, lengths_of
from planner.simulate.arrivals import CHUNK, Requests
from planner.simulate.fleet import Fleet
from planner.simulate.tally import Limit
from planner.units import MS_PER_SECOND, SECONDS_PER_HOUR


def may_wait(service: Service) -> bool:
    """Whether requests are due within a window instead of at once."""
    return service.window_hours is not None


def due(service: Service, share: float) -> Limit:
    """Every request within its window; ``share`` of the length of periods is simulated, and so of the window."""
    return Limit("end_to_end", 100.0, share * service.window_hours * SECONDS_PER_HOUR * MS_PER_SECOND)


def arriving(case: Case, planned: ServicePlan) -> np.ndarray:
    """Requests/s that come, [class, period]: the problem's demand less what a response cache answers."""
    names = class_names(case.services[planned.name])
    came = np.asarray(demand(case.problem, case.times)[planned.name], float)
    hours = np.array([period.hours_per_month for period in case.plan.periods])
    total = came @ hours
    none = (0.0,) * len(hours)
    ways = [planned.unserved_per_s, *(one.rate_per_s for one in (*planned.deployments, *planned.hosted))]
    served = np.array([sum(np.array(way.get(name, none)) @ hours for way in ways) for name in names], float)
    return came * np.divide(served, total, out=np.ones_like(served), where=total > 0.0)[:, None]


def queued(case: Case, fleet: Fleet) -> Fleet:
    """The fleet with a queue for each configuration; what each gets of a class is its part of the whole cycle."""
    hours = np.array([period.hours_per_month for period in case.plan.periods])

    def mean(rates: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        return tuple((float(np.array(row) @ hours / hours.sum()),) * len(hours) for row in rates)

    groups = tuple(replace(group, rate_per_s=mean(group.rate_per_s), queued=group.scaling is None) for group in fleet.groups)
    return replace(fleet, groups=groups, unserved=mean(fleet.unserved))


def left_from_before(case: Case, planned: ServicePlan, period: int, share: float) -> Iterator[Requests]:
    """What the plan says waits when ``period`` begins, as requests that came before the run; not counted, but served first."""
    before = case.times.periods[period].before
    if before is None or not planned.deployments:
        return
    names = class_names(case.services[planned.name])
    tokens = np.maximum(np.rint(np.array(lengths_of(case.services[planned.name]), float)), 1).astype(np.int64)
    for kind, name in enumerate(names):
        count = round(share * planned.waiting.get(name, (0.0,) * len(case.plan.periods))[before])
        for first in range(0, count, CHUNK):
            one = np.ones(min(CHUNK, count - first), np.int64)
            yield Requests(-one, kind * one, tokens[kind, 0] * one, tokens[kind, 1] * one)
