"""Limits that a first choice may break at a price, so that there is one to begin with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.restricted import Restricted
from planner.formulation.registry import constraints
from planner.milp.model import LinearModel

#: A limit broken by less than this share of it is kept.
KEPT_WITHIN = 1e-7


def broken(share: np.ndarray) -> list[int]:
    """Numbers of the limits of which more than they allow is taken, by the ``share`` of that."""
    return np.flatnonzero(share > KEPT_WITHIN).tolist()


def limits_of(built: Built, program: Restricted) -> np.ndarray:
    """Rows of the program over patterns that limit what users allow, or stock; not those that more instances keep."""
    limit = np.zeros(built.model.row_count, dtype=bool)
    known = constraints()
    for part in built.ranges:
        # Of configurations only their number: that what is used is marked as used is no limit.
        counts = part.constraint != "max_configurations" or built.model.row_upper[part.start] > 0
        limit[part.start : part.stop] = (known[part.constraint].limit and part.constraint != "min_instances" and counts) or part.constraint == "stock"
    return np.flatnonzero(limit[program.rows])


def elastic(program: Restricted, own: np.ndarray, pain: float) -> LinearModel:
    """The program with a column for each of its rows ``own`` that breaks all of the limit at the price ``pain``."""
    model = program.model
    upper = np.isfinite(model.row_upper[own])
    side = np.where(upper, model.row_upper[own], model.row_lower[own])
    size = np.maximum(np.abs(side), 1.0) * np.where(upper, -1.0, 1.0)
    wider = model.with_columns("broken", own.size)
    row = np.concatenate([model.entry_row(), own])
    column = np.concatenate([model.column_index, model.column_count + np.arange(own.size)])
    order = np.lexsort((column, row))
    return replace(
        wider,
        cost=np.concatenate([model.cost, np.full(own.size, pain)]),
        row_start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=model.row_count))]),
        column_index=column[order],
        coefficient=np.concatenate([model.coefficient, size])[order],
    )
