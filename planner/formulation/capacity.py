"""What the replicas of a group carry: φ(N)·E as columns, and the rows that choose the level of φ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from planner.formulation.rows import Rows
from planner.formulation.sets import Group, Sets
from planner.formulation.variables import Levels, Variables, most_units, tiny

# Replica-seconds per second under which work has a row of its own: ten times what slices may overfill a replica by.
TINY_WORK = 1e-5


def level_rows(sets: Sets, var: Variables, group: Group, levels: Levels, slots: Iterable[int], where: str) -> Iterator[Rows]:
    r"""Rows that tie the level columns of a group to the replicas in ``slots``.

    N = Σ_j n_j, N_j z_j ≤ n_j ≤ U_j z_j, Σ_j z_j ≤ 1: exactly one level holds all replicas, and it is the one
    that their number reaches. Effective replicas, firm and spot apart, follow: e_j ≤ n_j.
    """
    slots = tuple(slots)
    periods = sets.period_count
    total = Rows(periods, lower=0.0, upper=0.0, where=where).add(levels.count, 1.0)
    for q in slots:
        total.add(var.replicas[q], -1.0)
    yield total
    yield Rows(periods, upper=1.0, where=where).add(levels.chosen, 1.0)
    for j, (first, _) in enumerate(levels.marks):
        yield Rows(periods, upper=0.0, where=where).add(levels.chosen[j], float(first)).add(levels.count[j], -1.0)
        yield Rows(periods, upper=0.0, where=where).add(levels.count[j], 1.0).add(levels.chosen[j], -levels.upper[j])
        if levels.firm is not None:
            parts = Rows(periods, upper=0.0, where=where).add(levels.firm[j], 1.0).add(levels.spot[j], 1.0)
            yield parts.add(levels.count[j], -1.0)
    if levels.firm is not None:
        for columns, firm in ((levels.firm, True), (levels.spot, False)):
            effective = Rows(periods, lower=0.0, upper=0.0, where=where).add(columns, 1.0)
            for q in slots:
                if sets.slots[q].firm == firm:
                    effective.add(var.replicas[q], -sets.slots[q].effective)
            yield effective


def add_capacity(
    rows: Rows,
    sets: Sets,
    var: Variables,
    group: Group,
    levels: Levels | None,
    slots: Iterable[int],
    *,
    sign: float,
    purchase: bool | None = None,
) -> None:
    """Adds ``sign`` × φ(N)·E of the replicas in ``slots`` to rows over periods.

    purchase   None: all replicas; True: firm ones only; False: spot ones only (φ stays that of all)
    """
    if levels is None:
        share = constant_share(group)
        for q in slots:
            if purchase is None or sets.slots[q].firm == purchase:
                rows.add(var.replicas[q], sign * share * sets.slots[q].effective)
        return
    shares = np.array([share for _, share in levels.marks])[:, None]
    if levels.firm is None:
        rows.add(levels.count, sign * shares)
        return
    if purchase in (None, True):
        rows.add(levels.firm, sign * shares)
    if purchase in (None, False):
        rows.add(levels.spot, sign * shares)


def nothing_without_replicas(
    sets: Sets, var: Variables, group: Group, slots: Iterable[int], where: str, *parts: tuple[np.ndarray, float]
) -> Iterator[Rows]:
    """Requests so few that a tolerance would carry them without any replica in ``slots`` need one all the same.

    parts   columns of requests with their sign; what they sum to is at most the demand for every replica
    """
    slots = tuple(slots)
    service, demand = sets.services[group.service], var.data.served_demand(group)
    most = most_units(service, demand)
    rate = demand / service.slice_factor if service.routing == "slices" else demand
    few = tiny(rate) | ((rate > 0) & (var.data.busy_per_request(group)[:, None] * rate < TINY_WORK))
    for row in np.flatnonzero(few.any(axis=1)):
        rows = Rows(sets.period_count, upper=0.0, where=where)
        for columns, sign in parts:
            rows.add(columns[row], sign * few[row])
        for q in slots:
            rows.add(var.replicas[q], -most[row] * few[row])
        yield rows


def constant_share(group: Group) -> float:
    """φ where one level covers every count that can be needed."""
    return next(share for _, share in group.candidate.levels if share > 0)


def add_work(rows: Rows, sets: Sets, var: Variables, group: Group, per_request: np.ndarray, *, columns=None, sign: float = 1.0) -> None:
    """Adds Σ_b ``per_request``_b · rate_b of a group to rows over periods."""
    columns = var.rate[group.index] if columns is None else columns
    rows.add(columns, sign * per_request[:, None] * var.work_unit[group.index])
