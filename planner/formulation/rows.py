"""Blocks of rows as constraints yield them: entries, sides and labels made only when read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

INFINITY = float("inf")


class Rows:
    """A block of ``count`` rows ``lower <= sum(coefficient * column) <= upper``.

    ``where`` names what the block is about, such as a service; ``labels`` names each row. ``service`` is set on
    rows over periods that say how much room a service's replicas have. ``stated`` is the limit as the user gave it
    where ``upper`` is what is left of it for the columns, and ``scale`` its units per unit of the row.
    """

    def __init__(
        self,
        count: int,
        *,
        lower: np.ndarray | float = -INFINITY,
        upper: np.ndarray | float = INFINITY,
        where: str = "",
        service: str | None = None,
        stated: float | None = None,
        scale: float = 1.0,
        labels: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        self.count = count
        self.lower = lower
        self.upper = upper
        self.where = where
        self.service = service
        self.stated = stated
        self.scale = scale
        self.labels = labels
        self._rows: list[np.ndarray] = []
        self._columns: list[np.ndarray] = []
        self._coefficients: list[np.ndarray] = []
        self._every = np.arange(count)

    def add(self, columns: np.ndarray, coefficients: np.ndarray | float = 1.0, rows: np.ndarray | None = None) -> Rows:
        """Adds entries; without ``rows`` the last axis of ``columns`` runs over the rows of the block."""
        rows = self._every if rows is None else rows
        if np.ndim(coefficients) == 0 and rows.shape == columns.shape:
            # The commonest entries, thousands of times in a program: nothing to spread but one number.
            r, c, v = rows, columns, np.full(rows.shape, float(coefficients))
        else:
            r, c, v = np.broadcast_arrays(rows, columns, np.asarray(coefficients, dtype=float))
        self._rows.append(r.ravel())
        self._columns.append(c.ravel())
        self._coefficients.append(v.ravel())
        return self

    @property
    def empty(self) -> bool:
        """Whether no entry was added."""
        return not self._rows

    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(row, column, coefficient) of every entry."""
        if self.empty:
            return np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0)
        return np.concatenate(self._rows), np.concatenate(self._columns), np.concatenate(self._coefficients)
