"""Spreads requests evenly over the replicas that a plan has, at no extra cost."""

from __future__ import annotations

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.milp.model import LinearModel
from planner.milp.status import ZERO_GAP


def balanced(built: Built, values: np.ndarray) -> np.ndarray:
    """``values`` with the routing that makes the highest utilisation of each service and period lowest.

    A cheapest routing leaves some replicas full and others empty, since a running replica costs the same either
    way. With all whole numbers fixed, the routed rates are chosen again: capacity and cache rows may use at most
    a share u of what they have, and the sum of u over services and periods is least. All other rows hold as they
    did, and the cost does not rise. Whole slices are left as they are.
    """
    free = _rate_columns(built)
    if free.size == 0:
        return values
    program = _routing_program(built, values, free)
    answer = solve(program, backend="highs", gap=0.0)
    if answer.values is None:
        return values
    better = values.copy()
    better[free] = np.maximum(answer.values[: free.size], 0.0)
    better[free] = np.where(better[free] <= 1e-9 * built.model.column_upper[free], 0.0, better[free])
    return better if built.model.violation(better).size <= max(1e-7, built.model.violation(values).size) else values


def _rate_columns(built: Built) -> np.ndarray:
    """Continuous routing columns, recourse routings left out: they have rows of their own."""
    blocks = [
        columns.ravel()
        for group, columns in [*built.var.rate.items(), *built.var.rate_spot.items()]
        if built.sets.services[built.sets.groups[group].service].routing == "divisible"
    ]
    return np.sort(np.concatenate(blocks)) if blocks else np.empty(0, dtype=int)


def _routing_program(built: Built, values: np.ndarray, free: np.ndarray) -> LinearModel:
    model = built.model
    place = np.full(model.column_count, -1)
    place[free] = np.arange(free.size)
    entry_row = model.entry_row()
    mine = place[model.column_index] >= 0
    rows = np.flatnonzero(np.bincount(entry_row[mine], minlength=model.row_count))
    fixed = np.bincount(
        entry_row[~mine], weights=model.coefficient[~mine] * values[model.column_index[~mine]], minlength=model.row_count
    )
    lower, upper = model.row_lower - fixed, model.row_upper - fixed
    new_row = np.full(model.row_count, -1)
    new_row[rows] = np.arange(rows.size)
    share_of = _share_columns(built, rows)
    shares = int(share_of.max(initial=-1)) + 1
    shared = np.flatnonzero((share_of >= 0) & (upper[rows] > 0))
    room = upper[rows][shared]
    upper_rows = upper[rows].copy()
    upper_rows[shared] = 0.0
    charged = np.flatnonzero(model.cost[free])
    row = np.concatenate([new_row[entry_row[mine]], shared, np.full(charged.size, rows.size)])
    column = np.concatenate([place[model.column_index[mine]], free.size + share_of[shared], charged])
    entry = np.concatenate([model.coefficient[mine], -room, model.cost[free][charged]])
    spent = float(np.sum(model.cost[free] * values[free]))
    ceiling = spent + ZERO_GAP * max(abs(model.objective(values)), 1e-9)
    order = np.lexsort((column, row))
    count = np.bincount(row, minlength=rows.size + 1)
    slack = 1e-9
    return LinearModel(
        cost=np.concatenate([np.zeros(free.size), np.ones(shares)]),
        column_lower=np.concatenate([model.column_lower[free], np.zeros(shares)]),
        column_upper=np.concatenate([model.column_upper[free], np.full(shares, 1.0 + slack)]),
        integer=np.zeros(free.size + shares, dtype=bool),
        row_start=np.concatenate([[0], np.cumsum(count)]),
        column_index=column[order],
        coefficient=entry[order],
        row_lower=np.append(lower[rows], -np.inf),
        row_upper=np.append(upper_rows, ceiling),
    )


def _share_columns(built: Built, rows: np.ndarray) -> np.ndarray:
    """For each of ``rows``: the number of its utilisation column (service and period), -1 for other rows."""
    periods = built.sets.period_count
    names = {service.name: number for number, service in enumerate(built.sets.services)}
    found = np.full(built.model.row_count, -1)
    for part in built.ranges:
        if part.service is None:
            continue
        found[part.start : part.stop] = names[part.service] * periods + np.arange(part.stop - part.start)
    return found[rows]
