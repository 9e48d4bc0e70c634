"""Serverless workers: the columns that run them, what they cost, and what they were decided to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.economics.serverless import tangents

PART = "serverless_usd_per_month"


def by_request(choice) -> bool:
    """Whether an option is paid by the request: an API by its tokens, a worker by what it processes."""
    workers = choice.option.workers
    return choice.option.mode != "provisioned" if workers is None else workers.by_request


@dataclass(frozen=True)
class WorkerColumns:
    """Columns of one serverless option over periods.

    zero   [K, T] binary: one worker that stops when idle, its cost read off tangent k
    load   [K, T] its load while tangent k is read
    flex   [T] workers that requests keep up all the time; kept [T] workers that are kept up
    """

    zero: np.ndarray
    load: np.ndarray
    flex: np.ndarray
    kept: np.ndarray


@dataclass(frozen=True)
class WorkersDecided:
    """Workers of one serverless option by period; ``up`` is the share of the time that a worker which stops when idle is up."""

    zero: np.ndarray
    flex: np.ndarray
    kept: np.ndarray
    up: np.ndarray


def worker_columns(var) -> None:
    """Columns of every serverless option."""
    for choice in var.sets.hosted:
        workers = choice.option.workers
        if workers is None or workers.by_request:
            continue
        demand = var.data.demand[choice.service]
        active = (demand.sum(axis=0) > 0).astype(float)
        shape = (len(tangents()), active.size)
        most = float(choice.option.offer.max_workers) * active
        own = {"service": choice.service}
        var.workers[choice.index] = WorkerColumns(
            zero=var.columns("zero", shape, upper=np.broadcast_to(active, shape), integer=True, **own),
            load=var.columns("load", shape, upper=np.broadcast_to(most_load(choice, demand), shape), **own),
            flex=var.columns("flex", active.shape, upper=most, integer=True, **own),
            kept=var.columns("kept", active.shape, upper=most if workers.kept else 0.0 * most, integer=True, **own),
        )


def most_load(choice, demand: np.ndarray) -> np.ndarray:
    """Load of all requests that may be sent there [T]."""
    stay = np.where(choice.option.workers.can_serve, choice.option.workers.stay_s, 0.0)
    return stay @ demand


def worker_terms(sets, var, data) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(service, columns, USD per month per unit) of what workers are paid."""
    for index, columns in sorted(var.workers.items()):
        choice = sets.hosted[index]
        offer = choice.option.offer
        hourly = data.hours * offer.usd_per_hour
        intercepts, slopes = np.array(tangents()).T
        yield choice.service, columns.zero, np.outer(intercepts, hourly)
        yield choice.service, columns.load, np.outer(slopes, hourly)
        yield choice.service, columns.flex, hourly
        if choice.option.workers.kept:
            yield choice.service, columns.kept, data.hours * offer.kept_usd_per_hour


def decided_workers(built, values: np.ndarray, rates: dict[int, np.ndarray]) -> dict[int, WorkersDecided]:
    """Workers by serverless option; none where nothing is sent."""
    found = {}
    for index, columns in built.var.workers.items():
        stay = np.where(built.sets.hosted[index].option.workers.can_serve, built.sets.hosted[index].option.workers.stay_s, 0.0)
        load = stay @ rates[index]
        sent = rates[index].sum(axis=0) > 0
        zero = np.where(sent, np.round(values[columns.zero].sum(axis=0)).astype(int), 0)
        flex = np.where(sent, _whole(values[columns.flex]), 0)
        kept = np.where(sent, _whole(values[columns.kept]), 0)
        found[index] = WorkersDecided(zero, flex, kept, np.where(zero > 0, _lines(load).min(axis=0), 0.0))
    return found


def set_workers(built, values: np.ndarray, decided: dict[int, WorkersDecided], rates: dict[int, np.ndarray]) -> None:
    """Writes into ``values`` the workers that a plan states, each read off its cheapest tangent."""
    for index, workers in decided.items():
        columns, option = built.var.workers[index], built.sets.hosted[index].option
        load = np.where(option.workers.can_serve, option.workers.stay_s, 0.0) @ rates[index]
        cheapest = _lines(load).argmin(axis=0)
        chosen = (np.arange(len(tangents()))[:, None] == cheapest[None, :]) & (workers.zero > 0)
        values[columns.zero], values[columns.load] = chosen, np.where(chosen, load, 0.0)
        values[columns.flex], values[columns.kept] = workers.flex, workers.kept


def worker_use(built, decided) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(what workers are sent, what they carry) by period, of work and of cache, for every serverless option."""
    for index, workers in decided.workers.items():
        found = built.sets.hosted[index].option.workers
        count = workers.zero + workers.flex + workers.kept
        yield np.where(found.can_serve, found.work_s, 0.0) @ decided.hosted[index], found.share * count
        yield np.where(found.can_serve, found.cache, 0.0) @ decided.hosted[index], 1.0 * count


def requests_at_once(built, decided) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(requests at once by Little's law, most that the service takes) by period, of every option paid by request."""
    for choice in built.sets.hosted:
        found = choice.option.workers
        if found is not None and found.by_request:
            yield np.array(found.stay_s) @ decided.hosted[choice.index], np.full(built.data.hours.size, float(choice.option.offer.max_concurrency))


def workers_usd(choice, workers: WorkersDecided, hours: np.ndarray) -> float:
    """What the workers of an option are paid [USD/month]."""
    offer = choice.option.offer
    paid = float((hours * offer.usd_per_hour * (workers.up + workers.flex)).sum())
    return paid + (float((hours * offer.kept_usd_per_hour * workers.kept).sum()) if choice.option.workers.kept else 0.0)


def _lines(load: np.ndarray) -> np.ndarray:
    """Every tangent at a load [K, T]."""
    return np.array([intercept + slope * load for intercept, slope in tangents()])


def _whole(values: np.ndarray) -> np.ndarray:
    return np.round(values).astype(int)
