"""Patterns: complete choices of replicas and routing for one service in one period, as columns of the master."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.formulation.decompose.split import Split


@dataclass(frozen=True)
class Pattern:
    """A block's columns at values that meet the block's own rows.

    columns, values   what is not zero
    cost              of those values at the program's own cost, without prices
    rows, use         what it adds to the coupling rows (numbers within ``split.coupling``)
    """

    block: int
    columns: np.ndarray
    values: np.ndarray
    cost: float
    rows: np.ndarray
    use: np.ndarray

    @property
    def key(self) -> tuple:
        """Equal for equal patterns."""
        return self.block, self.columns.tobytes(), np.round(self.values, 9).tobytes()


class CouplingColumns:
    """The coupling rows' entries by column."""

    def __init__(self, split: Split) -> None:
        model = split.model
        place = np.full(model.row_count, -1)
        place[split.coupling] = np.arange(split.coupling.size)
        mine = place[split.entry_row] >= 0
        column = model.column_index[mine]
        order = np.argsort(column, kind="stable")
        self.row = place[split.entry_row[mine]][order]
        self.coefficient = model.coefficient[mine][order]
        self.start = np.zeros(model.column_count + 1, dtype=np.int64)
        np.cumsum(np.bincount(column, minlength=model.column_count), out=self.start[1:])

    def entries(self, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(start, row, coefficient) of the given columns."""
        counts = self.start[columns + 1] - self.start[columns]
        start = np.concatenate([[0], np.cumsum(counts)])
        index = np.repeat(self.start[columns] - start[:-1], counts) + np.arange(start[-1])
        return start, self.row[index], self.coefficient[index]


def make_pattern(split: Split, coupling: CouplingColumns, block: int, columns: np.ndarray, values: np.ndarray) -> Pattern:
    """The pattern of a block at given values."""
    kept = np.flatnonzero(values)
    order = np.argsort(columns[kept], kind="stable")
    columns, values = columns[kept][order], values[kept][order]
    start, row, coefficient = coupling.entries(columns)
    terms = coefficient * np.repeat(values, np.diff(start))
    rows, place = np.unique(row, return_inverse=True)
    use = np.bincount(place, weights=terms, minlength=rows.size)
    return Pattern(block, columns, values, float(split.model.cost[columns] @ values), rows, use)
