"""By how much a vector breaks a program: the check that no solver's claim escapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from planner.milp.model import LinearModel


@dataclass(frozen=True)
class Violation:
    """The worst breach: ``size`` (relative, 0 when none), its ``kind`` and the row or column ``index``.

    kind   "none", "row", "bound" (of a column), "integrality", or "value" (not a number, wrong length)
    """

    size: float
    kind: str
    index: int


def worst_violation(model: LinearModel, values: np.ndarray) -> Violation:
    """The worst breach of ``model`` by ``values``.

    A row's breach is relative to the largest of: its violated bound, its largest term, and one *unit* of the
    row (see `row_unit`), so that the verdict does not depend on whether the row is in grams or tonnes.
    A column bound's breach is relative to max(1, |bound|); integrality is an absolute distance.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (model.column_count,):
        return Violation(np.inf, "value", -1)
    finite = np.isfinite(values)
    if not finite.all():
        return Violation(np.inf, "value", int(np.argmin(finite)))
    worst = Violation(0.0, "none", -1)
    for kind, sizes in (
        ("row", _row_breach(model, values)),
        ("bound", _bound_breach(model, values)),
        ("integrality", np.where(model.integer, np.abs(values - np.round(values)), 0.0)),
    ):
        if sizes.size:
            index = int(np.argmax(sizes))
            if sizes[index] > worst.size:
                worst = Violation(float(sizes[index]), kind, index)
    return worst


def row_unit(model: LinearModel) -> np.ndarray:
    """The size of one unit of each row: the geometric mean of its extreme coefficients (1 for an empty row)."""
    size = np.abs(model.coefficient)
    smallest = row_reduce(np.minimum, np.where(size > 0, size, np.inf), model.row_start, np.inf)
    largest = row_reduce(np.maximum, size, model.row_start, 0.0)
    filled = largest > 0
    unit = np.ones(model.row_count)
    unit[filled] = np.sqrt(smallest[filled]) * np.sqrt(largest[filled])
    return unit


def row_reduce(operation: np.ufunc, entries: np.ndarray, row_start: np.ndarray, empty: float) -> np.ndarray:
    """``operation`` over the entries of each row; ``empty`` where a row has none."""
    result = np.full(row_start.size - 1, empty)
    filled = np.diff(row_start) > 0
    if filled.any():
        # reduceat runs from one start to the next, which is the row's end because empty rows are left out.
        result[filled] = operation.reduceat(entries, row_start[:-1][filled])
    return result


def _row_breach(model: LinearModel, values: np.ndarray) -> np.ndarray:
    activity = model.activity(values)
    below, above = model.row_lower - activity, activity - model.row_upper
    breach = np.maximum(np.maximum(below, above), 0.0)
    if not breach.any():
        return breach
    bound = np.abs(np.where(below > above, model.row_lower, model.row_upper))
    terms = np.abs(model.coefficient * values[model.column_index])
    largest_term = row_reduce(np.maximum, terms, model.row_start, 0.0)
    scale = np.maximum(np.maximum(largest_term, row_unit(model)), np.where(np.isfinite(bound), bound, 0.0))
    return breach / scale


def _bound_breach(model: LinearModel, values: np.ndarray) -> np.ndarray:
    below, above = model.column_lower - values, values - model.column_upper
    bound = np.abs(np.where(below > above, model.column_lower, model.column_upper))
    scale = np.where(np.isfinite(bound), np.maximum(bound, 1.0), 1.0)
    return np.maximum(np.maximum(below, above), 0.0) / scale
