"""Serverless workers carry what they are sent, and stop, stay up or are kept up as their service does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.formulation.serverless import most_load
from planner.formulation.variables import most_units


@constraint(unit="workers", limit=False)
def serverless_workers(sets, var, data) -> Iterator[Rows]:
    r"""Requests sent to a serverless option fit its workers; a worker that stops when idle is paid by how long it is up.

    .. math::
        \sum_b w_b x_{bt} \le \varphi \, (\sum_k z_{kt} + n_t + m_t), \quad
        \sum_b \tau_b \kappa_b x_{bt} \le \sum_k z_{kt} + n_t + m_t, \quad
        x_{bt} \le \lambda_{bt} (\sum_k z_{kt} + n_t + m_t)

        \sum_b s_b x_{bt} \le \sum_k A_{kt} + \hat A_t (n_t + m_t), \quad A_{kt} \le \hat A_t z_{kt}, \quad
        n_t + m_t + \bar n \sum_k z_{kt} \le \bar n, \quad
        \sum_b x_{bt} \ge r \, (\sum_k z_{kt} + n_t)

    x_bt   requests/s of class b sent to the option                                             [requests/s]
    z_kt   1 where one worker that stops when idle serves, its cost read off tangent k          [1]
    A_kt   its load: requests/s times s_b, how long each keeps it up (start, time, idle)        [1]
    n_t    workers that requests keep up all the time, paid throughout                          [workers]
    m_t    workers kept up at their own price (provisioned)                                     [workers]
    w_b, phi  worker-seconds a request and safe share of saturation of one worker               [s], [1]
    tau kappa share of a worker's cache that a request per second holds                         [s]
    r      requests/s for each worker from which on cold starts are rare enough                 [requests/s]
    n_bar  most workers of the account    serverless.max_workers

    The share of time that a worker is up, 1 − e^−A, is concave in the rate: it is paid by its tangents, the lowest of which
    the binaries choose; a chord would pay too little. Workers are not pooled: phi is that of one.
    """
    for index, columns in sorted(var.workers.items()):
        yield from _workers(sets, var, data, sets.hosted[index], columns)


def _workers(sets, var, data, choice, columns) -> Iterator[Rows]:
    option, service = choice.option, sets.services[choice.service]
    workers = option.workers
    rate, unit = var.hosted[choice.index], var.hosted_unit[choice.index]
    demand = data.demand[choice.service]
    load = most_load(choice, demand)
    most = float(option.offer.max_workers)
    where = f"{service.name} {option.name}"

    def rows(upper=0.0, **more) -> Rows:
        return Rows(sets.period_count, upper=upper, where=where, **more)

    def add_all(block: Rows, weight) -> Rows:
        return block.add(columns.zero, weight).add(columns.flex, weight).add(columns.kept, weight)

    serves = np.array(workers.can_serve)
    weigh = lambda per_request: np.where(serves, per_request, 0.0)[:, None] * unit  # noqa: E731
    yield add_all(rows().add(rate, weigh(workers.work_s)), -workers.share)
    if any(workers.cache):
        yield add_all(rows().add(rate, weigh(workers.cache)), -1.0)
    top = most_units(service, demand)
    for b in np.flatnonzero(serves):
        yield add_all(rows().add(rate[b], 1.0), -top[b])
    stay = rows().add(rate, weigh(workers.stay_s)).add(columns.load, -1.0)
    yield stay.add(columns.flex, -load).add(columns.kept, -load)
    for k in range(len(columns.zero)):
        yield rows().add(columns.load[k], 1.0).add(columns.zero[k], -load)
    yield rows(upper=most).add(columns.flex, 1.0).add(columns.kept, 1.0).add(columns.zero, most)
    if workers.least_rate > 0:
        cold = Rows(sets.period_count, lower=0.0, where=where).add(rate, unit)
        yield cold.add(columns.zero, -workers.least_rate).add(columns.flex, -workers.least_rate)
