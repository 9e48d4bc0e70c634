"""Which period decides each column and each row of a program."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.milp.model import LinearModel

#: Of no period, and of several.
NONE, SEVERAL = -1, -2


def periods_of_columns(built: Built, columns: int) -> np.ndarray:
    """The period that decides each column, NONE where none does alone [columns]."""
    var, periods = built.var, np.arange(built.sets.period_count)
    of = np.full(columns, NONE)
    for own, _ in var.owners:
        of[own] = periods
    for own in (*var.running.values(), *var.on_demand.values(), *var.starts.values(), *var.covered.values(), *var.held_covered.values()):
        of[own] = periods
    return of


def periods_of_rows(model: LinearModel, row: np.ndarray, of_column: np.ndarray) -> np.ndarray:
    """The period of each row's columns, NONE where it has none of any, SEVERAL where it has of several; ``row`` by entry."""
    owner = of_column[model.column_index]
    mine = owner >= 0
    low = np.full(model.row_count, np.iinfo(np.int64).max)
    high = np.full(model.row_count, NONE)
    np.minimum.at(low, row[mine], owner[mine])
    np.maximum.at(high, row[mine], owner[mine])
    return np.where(high == NONE, NONE, np.where(low == high, high, SEVERAL))
