"""Bounds on whole numbers that every plan up to a known cost meets: what costs more alone is left out of a search."""

from __future__ import annotations

import numpy as np

from planner.milp.model import LinearModel

#: A bound is moved only where crossing it costs more than the limit by this much of it: far above any rounding.
MARGIN = 1e-6


def within_cost(model: LinearModel, row_duals: np.ndarray, most: float) -> LinearModel:
    r"""``model`` with upper bounds of whole numbers that no vector of cost at most ``most`` exceeds.

    For any prices y of rows, non-negative on a row's lower side and non-positive on its upper side, with reduced costs
    d = c − Aᵀy, every vector of the program costs at least

    .. math:: L = \sum_{y_i > 0} y_i \, lower_i + \sum_{y_i < 0} y_i \, upper_i + \sum_j \min_{l_j \le x_j \le u_j} d_j x_j

    and L + d_j more per unit of x_j above its lower bound, where d_j > 0. The bound is worked out here and holds whatever
    ``row_duals`` are: those of the relaxation only make it a good one.
    """
    y = np.where(np.isfinite(model.row_lower), np.maximum(row_duals, 0.0), 0.0)
    y += np.where(np.isfinite(model.row_upper), np.minimum(row_duals, 0.0), 0.0)
    priced = np.bincount(model.column_index, weights=model.coefficient * y[model.entry_row()], minlength=model.column_count)
    reduced = model.cost - priced
    rows = np.where(y > 0, y * _finite(model.row_lower), y * _finite(model.row_upper))
    at = np.where(reduced > 0, model.column_lower, model.column_upper)
    with np.errstate(invalid="ignore"):
        columns = np.where(reduced == 0.0, 0.0, reduced * at)
    least = model.cost_offset + float(rows.sum() + columns.sum())
    if not np.isfinite(least):
        return model
    room = most + MARGIN * max(abs(most), abs(least)) - least
    telling = model.integer & (reduced > 0)
    upper = model.column_upper.copy()
    steps = np.floor(room / reduced[telling] + MARGIN)
    upper[telling] = np.minimum(upper[telling], np.maximum(model.column_lower[telling] + steps, model.column_lower[telling]))
    return model.with_bounds(column_upper=upper)


def _finite(bounds: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(bounds), bounds, 0.0)
