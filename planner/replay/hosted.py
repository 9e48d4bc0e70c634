"""Requests that a plan sends to hosted options: taken out of the stream, held to the account's limits, their latency not simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from planner.plan.schema import ServicePlan
from planner.replay.case import Case
from planner.replay.fleets import class_names
from planner.simulate.arrivals import Requests
from planner.simulate.fleet import Stage
from planner.simulate.kernel.world import NOBODY, PS_PER_S, REFUSED, ROW

SECONDS_PER_MINUTE = 60


@dataclass
class Sent:
    """Requests sent to hosted options, and those that a limit of the account turned away."""

    requests: int = 0
    refused: int = 0


def without_hosted(
    case: Case,
    planned: ServicePlan,
    stages: tuple[Stage, ...],
    chunks: Iterator[Requests],
    seed: int,
    sent: Sent,
    turned_away: Callable[[np.ndarray], None],
) -> Iterator[Requests]:
    """``chunks`` less the share of each class and period that the plan sends to hosted options.

    Each option takes at most its requests a minute; ``turned_away`` gets rows of those beyond, numbered from -1 down.
    """
    if not planned.hosted:
        yield from chunks
        return
    share = _shares(case, planned)
    most = [_per_minute(case, use.provider, use.name) for use in planned.hosted]
    counted: list[dict[int, int]] = [{} for _ in planned.hosted]
    draw = np.random.Generator(np.random.PCG64([seed, 3]))
    starts, periods = np.array([s.start_s for s in stages]) * PS_PER_S, np.array([s.period for s in stages])
    for chunk in chunks:
        period = periods[np.maximum(np.searchsorted(starts, chunk.at_ps, side="right") - 1, 0)]
        reach = np.cumsum(share[:, chunk.kind, period], axis=0)
        drawn = draw.random(len(chunk.at_ps))
        option = (drawn[None, :] >= reach).sum(axis=0)
        kept = option == len(planned.hosted)
        sent.requests += int((~kept).sum())
        late = np.zeros(len(kept), bool)
        for k, limit in enumerate(most):
            if limit is not None:
                late[option == k] = _beyond(chunk.at_ps[option == k], limit, counted[k])
        if late.any():
            rows = np.zeros(int(late.sum()), ROW)
            rows["index"] = -1 - sent.refused - np.arange(len(rows))
            rows["kind"], rows["arrived"], rows["input"], rows["output"] = chunk.kind[late], chunk.at_ps[late], chunk.input_tokens[late], chunk.output_tokens[late]
            rows["status"], rows["replica"] = REFUSED, NOBODY
            sent.refused += len(rows)
            turned_away(rows)
        yield Requests(chunk.at_ps[kept], chunk.kind[kept], chunk.input_tokens[kept], chunk.output_tokens[kept])


def _shares(case: Case, planned: ServicePlan) -> np.ndarray:
    """[option, class, period]: share of the class's requests that goes there."""
    names, periods = class_names(case.services[planned.name]), len(case.plan.periods)
    none = (0.0,) * periods
    to = np.array([[use.rate_per_s.get(name, none) for name in names] for use in planned.hosted], float)
    own = np.array([[d.rate_per_s.get(name, none) for name in names] for d in planned.deployments], float).reshape(-1, len(names), periods)
    away = np.array([planned.unserved_per_s.get(name, none) for name in names], float)
    every = to.sum(axis=0) + own.sum(axis=0) + away
    return np.divide(to, every[None], out=np.zeros_like(to), where=every[None] > 0.0)


def _per_minute(case: Case, provider: str, name: str) -> float | None:
    model = name.partition(":")[2]
    for row in case.problem.apis:
        if row.requests_per_minute is not None and fnmatchcase(provider, row.provider) and fnmatchcase(model, row.model):
            return float(row.requests_per_minute)
    return None


def _beyond(at_ps: np.ndarray, limit: float, counted: dict[int, int]) -> np.ndarray:
    """Which of the requests come when their minute's number is used up."""
    minute = at_ps // (SECONDS_PER_MINUTE * PS_PER_S)
    late = np.zeros(len(at_ps), bool)
    for one in np.unique(minute):
        here = np.flatnonzero(minute == one)
        before = counted.get(int(one), 0)
        late[here] = before + np.arange(len(here)) >= limit
        counted[int(one)] = before + len(here)
    return late
