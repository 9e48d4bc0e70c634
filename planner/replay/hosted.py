"""Requests that a plan sends to hosted options: taken out of the stream, held to the account's limits, their latency not simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from planner.plan.schema import ServicePlan
from planner.replay.case import Case
from planner.replay.fleets import class_names
from planner.replay.waiting import arriving, may_wait
from planner.simulate.arrivals import Requests
from planner.simulate.fleet import Stage
from planner.simulate.kernel.world import NOBODY, PS_PER_S, REFUSED, ROW

SECONDS_PER_MINUTE = 60


@dataclass
class Sent:
    """Requests sent to hosted options, those that a limit of the account turned away, and when the last came of each run, summed [s]."""

    requests: int = 0
    refused: int = 0
    seconds: float = 0.0


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
    uses = [use for use in planned.hosted if use.workers is None]
    if not uses:
        yield from chunks
        return
    share = _shares(case, planned)[[use.workers is None for use in planned.hosted]]
    most = [_per_minute(case, use.provider, use.name) for use in uses]
    counted: list[dict[int, int]] = [{} for _ in uses]
    draw = np.random.Generator(np.random.PCG64([seed, 3]))
    starts, periods = np.array([s.start_s for s in stages]) * PS_PER_S, np.array([s.period for s in stages])
    last = 0.0
    for chunk in chunks:
        period = periods[np.maximum(np.searchsorted(starts, chunk.at_ps, side="right") - 1, 0)]
        reach = np.cumsum(share[:, chunk.kind, period], axis=0)
        drawn = draw.random(len(chunk.at_ps))
        option = (drawn[None, :] >= reach).sum(axis=0)
        kept = option == len(uses)
        sent.requests += int((~kept).sum())
        if not kept.all():
            last = float(chunk.at_ps[~kept][-1]) / PS_PER_S
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
    sent.seconds += last


def _shares(case: Case, planned: ServicePlan) -> np.ndarray:
    """[option, class, period]: share of the class's requests that goes there."""
    names, periods = class_names(case.services[planned.name]), len(case.plan.periods)
    none = (0.0,) * periods
    to = np.array([[use.rate_per_s.get(name, none) for name in names] for use in planned.hosted], float)
    own = np.array([[d.rate_per_s.get(name, none) for name in names] for d in planned.deployments], float).reshape(-1, len(names), periods)
    away = np.array([planned.unserved_per_s.get(name, none) for name in names], float)
    if may_wait(case.services[planned.name]):
        return _shares_of_waiting(case, planned, to)
    every = to.sum(axis=0) + own.sum(axis=0) + away
    return np.divide(to, every[None], out=np.zeros_like(to), where=every[None] > 0.0)


def _shares_of_waiting(case: Case, planned: ServicePlan, to: np.ndarray) -> np.ndarray:
    """What a provider answers as a batch goes there as it comes; of the others each has its part of the whole cycle."""
    came = arriving(case, planned)
    hours = np.array([period.hours_per_month for period in case.plan.periods])
    mean = np.broadcast_to((to @ hours)[:, :, None], to.shape)
    batch = np.array([use.mode == "batch" for use in planned.hosted])[:, None, None]
    wanted, every = np.where(batch, to, mean), np.where(batch, came[None], (came @ hours)[None, :, None])
    return np.divide(wanted, every, out=np.zeros_like(wanted), where=every > 0.0)


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
