"""Powers of two that bring a program's numbers near 1, so that a solver's absolute tolerances mean something.

Solvers accept a reduced cost of -1e-7 and a row missed by 1e-7 as zero. With costs of 1e-12 USD per token every
vertex then counts as optimal, and a cap of 1e12 grams can never be met to that size. Powers of two make the
way there and back exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.milp.model import LinearModel
from planner.milp.violation import row_reduce, row_unit

# Within these sizes the solvers' own scaling suffices (HiGHS advises objectives and matrices within about 1e-4..1e6).
_TAME = (1e-3, 1e4)
_PASSES = 3


@dataclass(frozen=True, eq=False)
class Scaling:
    """``scaled.model`` = the same program in other units; the methods translate answers back.

    row     each row is multiplied by this
    column  each column's value is divided by this (1 for integer columns)
    cost    the objective is multiplied by this
    """

    model: LinearModel
    row: np.ndarray
    column: np.ndarray
    cost: float

    def values(self, scaled: np.ndarray) -> np.ndarray:
        return scaled * self.column

    def start(self, values: np.ndarray) -> np.ndarray:
        return values / self.column

    def objective(self, scaled: float | None) -> float | None:
        return None if scaled is None else scaled / self.cost

    def row_duals(self, scaled: np.ndarray | None) -> np.ndarray | None:
        return None if scaled is None else scaled * self.row / self.cost

    def reduced_costs(self, scaled: np.ndarray | None) -> np.ndarray | None:
        return None if scaled is None else scaled / self.column / self.cost


def scaling(model: LinearModel) -> Scaling | None:
    """A scaled copy, or None when every number is near enough to 1 already."""
    if _tame(model.coefficient) and _tame(model.cost):
        return None
    row, column = np.ones(model.row_count), np.ones(model.column_count)
    entry_row = model.entry_row()
    by_column = np.argsort(model.column_index, kind="stable")
    column_start = np.concatenate([[0], np.cumsum(np.bincount(model.column_index, minlength=model.column_count))])
    size = np.abs(model.coefficient)
    for _ in range(_PASSES):
        row = 1.0 / row_unit(replace(model, coefficient=size * column[model.column_index]))
        current = (size * row[entry_row])[by_column]
        smallest = row_reduce(np.minimum, current, column_start, 1.0)
        largest = row_reduce(np.maximum, current, column_start, 1.0)
        # A column whose entries are all zero has no size of its own.
        sized = smallest * largest > 0
        column = np.where(model.integer | ~sized, 1.0, 1.0 / np.sqrt(np.where(sized, smallest * largest, 1.0)))
    # A column that no row holds is scaled by its own cost's needs: not at all.
    row, column = _power_of_two(row), _power_of_two(column)
    cost = model.cost * column
    charged = np.abs(cost[cost != 0.0])
    factor = float(_power_of_two(1.0 / np.median(charged))) if charged.size else 1.0
    scaled = replace(
        model,
        cost=cost * factor,
        cost_offset=model.cost_offset * factor,
        column_lower=model.column_lower / column,
        column_upper=model.column_upper / column,
        coefficient=model.coefficient * row[entry_row] * column[model.column_index],
        row_lower=model.row_lower * row,
        row_upper=model.row_upper * row,
    )
    return Scaling(scaled, row, column, factor)


def _tame(numbers: np.ndarray) -> bool:
    size = np.abs(numbers[numbers != 0.0])
    return size.size == 0 or bool(size.min() >= _TAME[0] and size.max() <= _TAME[1])


def _power_of_two(factor: np.ndarray | float) -> np.ndarray:
    return np.exp2(np.round(np.log2(factor)))
