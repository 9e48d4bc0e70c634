"""The mixed-integer linear program as plain, read-only arrays: what a formulation hands to a solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from planner.errors import PlannerError
from planner.milp.violation import Violation, worst_violation

Labels = Sequence[str] | Callable[[], Sequence[str]] | None


class Family(NamedTuple):
    """Rows or columns ``start .. stop-1`` that one registered name made; a name may own several ranges."""

    name: str
    start: int
    stop: int


_TYPES = {
    "cost": np.float64,
    "column_lower": np.float64,
    "column_upper": np.float64,
    "integer": np.bool_,
    "row_start": np.int64,
    "column_index": np.int32,
    "coefficient": np.float64,
    "row_lower": np.float64,
    "row_upper": np.float64,
}


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Minimise ``cost · x + cost_offset`` with ``row_lower <= A x <= row_upper`` and bounds on x.

    A is stored by rows: row i holds entries ``row_start[i] .. row_start[i+1]-1`` of ``column_index`` and
    ``coefficient``. No bound is ``±inf``. Labels may be callables: a million names are made only when read.
    """

    cost: np.ndarray
    column_lower: np.ndarray
    column_upper: np.ndarray
    integer: np.ndarray
    row_start: np.ndarray
    column_index: np.ndarray
    coefficient: np.ndarray
    row_lower: np.ndarray
    row_upper: np.ndarray
    cost_offset: float = 0.0
    column_family: tuple[Family, ...] = ()
    row_family: tuple[Family, ...] = ()
    column_labels: Labels = None
    row_labels: Labels = None

    def __post_init__(self) -> None:
        for name, dtype in _TYPES.items():
            view = np.asarray(getattr(self, name), dtype=dtype).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)
        object.__setattr__(self, "cost_offset", float(self.cost_offset))

    @property
    def column_count(self) -> int:
        return self.cost.size

    @property
    def row_count(self) -> int:
        return self.row_lower.size

    @property
    def entry_count(self) -> int:
        return self.coefficient.size

    @property
    def is_mip(self) -> bool:
        return bool(self.integer.any())

    def validate(self) -> LinearModel:
        """This model, or PlannerError naming the first array that cannot be a program."""
        n, m = self.column_count, self.row_count
        for name in ("column_lower", "column_upper", "integer"):
            _require(getattr(self, name).shape == (n,), f"{name} has not one entry per column")
        _require(self.row_upper.shape == (m,), "row_upper has not one entry per row")
        _require(self.row_start.shape == (m + 1,), "row_start has not one entry per row and one more")
        _require(self.column_index.shape == self.coefficient.shape, "column_index and coefficient differ in length")
        spans = self.row_start[0] == 0 and self.row_start[-1] == self.entry_count
        _require(bool(spans), "row_start does not span the entries")
        _require(bool((np.diff(self.row_start) >= 0).all()), "row_start decreases")
        if self.entry_count:
            _require(self.column_index.min() >= 0 and self.column_index.max() < n, "column_index is out of range")
        self._require_each(np.isfinite(self.cost), "column", "cost is not finite")
        self._require_each(np.isfinite(self.coefficient), "entry", "coefficient is not finite")
        _require(bool(np.isfinite(self.cost_offset)), "cost_offset is not finite")
        for side, lower, upper in (
            ("column", self.column_lower, self.column_upper),
            ("row", self.row_lower, self.row_upper),
        ):
            # NaN fails every comparison, so it is caught here too.
            ordered = (lower <= upper) & (lower < np.inf) & (upper > -np.inf)
            self._require_each(ordered, side, "bounds are crossed or not numbers")
        return self

    def objective(self, values: np.ndarray) -> float:
        """Cost of ``values`` including the offset."""
        return float(np.sum(self.cost * values)) + self.cost_offset

    def activity(self, values: np.ndarray) -> np.ndarray:
        """A x, one value per row."""
        terms = self.coefficient * np.asarray(values, dtype=np.float64)[self.column_index]
        return np.bincount(self.entry_row(), weights=terms, minlength=self.row_count)

    def violation(self, values: np.ndarray) -> Violation:
        """The worst breach of a row, a column bound or integrality by ``values``."""
        return worst_violation(self, values)

    def entry_row(self) -> np.ndarray:
        """The row of each entry."""
        return np.repeat(np.arange(self.row_count), np.diff(self.row_start))

    def with_cost(self, cost: np.ndarray, cost_offset: float = 0.0) -> LinearModel:
        """The same rows and columns under another objective."""
        return replace(self, cost=cost, cost_offset=cost_offset)

    def with_bounds(
        self,
        *,
        column_lower: np.ndarray | None = None,
        column_upper: np.ndarray | None = None,
        row_lower: np.ndarray | None = None,
        row_upper: np.ndarray | None = None,
    ) -> LinearModel:
        """The same matrix with other bounds; None keeps the present ones."""
        given = {
            "column_lower": column_lower,
            "column_upper": column_upper,
            "row_lower": row_lower,
            "row_upper": row_upper,
        }
        return replace(self, **{name: array for name, array in given.items() if array is not None})

    def with_columns(
        self, name: str, count: int, *, lower: float = 0.0, upper: float = np.inf, integer: bool = False
    ) -> LinearModel:
        """A copy with ``count`` free-of-charge columns appended as family ``name``, in no row yet."""
        old = self.column_count
        return replace(
            self,
            cost=np.concatenate([self.cost, np.zeros(count)]),
            column_lower=np.concatenate([self.column_lower, np.full(count, lower)]),
            column_upper=np.concatenate([self.column_upper, np.full(count, upper)]),
            integer=np.concatenate([self.integer, np.full(count, integer)]),
            column_family=(*self.column_family, Family(name, old, old + count)),
            column_labels=lambda: [*self.column_names(), *(f"{name}[{i}]" for i in range(count))],
        )

    def with_rows(
        self,
        name: str,
        row_start: np.ndarray,
        column_index: np.ndarray,
        coefficient: np.ndarray,
        lower: np.ndarray,
        upper: np.ndarray,
        labels: Sequence[str] | None = None,
    ) -> LinearModel:
        """A copy with rows (CSR, as in the model) appended as family ``name``."""
        start = np.asarray(row_start, dtype=np.int64)
        count = start.size - 1
        old = self.row_count
        own = list(labels) if labels is not None else [f"{name}[{i}]" for i in range(count)]
        return replace(
            self,
            row_start=np.concatenate([self.row_start, self.entry_count + start[1:]]),
            column_index=np.concatenate([self.column_index, np.asarray(column_index, dtype=np.int32)]),
            coefficient=np.concatenate([self.coefficient, np.asarray(coefficient, dtype=np.float64)]),
            row_lower=np.concatenate([self.row_lower, np.broadcast_to(lower, count)]),
            row_upper=np.concatenate([self.row_upper, np.broadcast_to(upper, count)]),
            row_family=(*self.row_family, Family(name, old, old + count)),
            row_labels=lambda: [*self.row_names(), *own],
        )

    def fixed(self, columns: np.ndarray, values: np.ndarray | float) -> LinearModel:
        """A copy with ``columns`` held at ``values``."""
        lower, upper = self.column_lower.copy(), self.column_upper.copy()
        lower[columns] = values
        upper[columns] = values
        return replace(self, column_lower=lower, column_upper=upper)

    def relaxed(self) -> LinearModel:
        """The linear relaxation."""
        return replace(self, integer=np.zeros(self.column_count, dtype=bool))

    def rows_of(self, name: str) -> np.ndarray:
        """Row numbers of every range registered under ``name``; empty when it made none."""
        return _members(self.row_family, name)

    def columns_of(self, name: str) -> np.ndarray:
        """Column numbers of every range registered under ``name``; empty when it made none."""
        return _members(self.column_family, name)

    def column_names(self) -> list[str]:
        """One name per column; made on each call."""
        return _names(self.column_labels, self.column_family, self.column_count, "x")

    def row_names(self) -> list[str]:
        """One name per row; made on each call."""
        return _names(self.row_labels, self.row_family, self.row_count, "row")

    def dense(self) -> np.ndarray:
        """A as a dense array; for small models and tests."""
        matrix = np.zeros((self.row_count, self.column_count))
        np.add.at(matrix, (self.entry_row(), self.column_index), self.coefficient)
        return matrix

    def _require_each(self, good: np.ndarray, side: str, what: str) -> None:
        if good.all():
            return
        first = int(np.argmin(good))
        if side == "entry":
            row = int(np.searchsorted(self.row_start, first, side="right")) - 1
            where = f"row {self.row_names()[row]}"
        else:
            where = f"{side} {(self.column_names() if side == 'column' else self.row_names())[first]}"
        raise PlannerError(f"the program is malformed: {what}", where=where)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise PlannerError(f"the program is malformed: {what}")


def _members(families: tuple[Family, ...], name: str) -> np.ndarray:
    ranges = [np.arange(f.start, f.stop) for f in families if f.name == name]
    return np.concatenate(ranges) if ranges else np.empty(0, dtype=np.int64)


def _names(labels: Labels, families: tuple[Family, ...], count: int, fallback: str) -> list[str]:
    if labels is not None:
        return list(labels() if callable(labels) else labels)
    names = [f"{fallback}[{i}]" for i in range(count)]
    for family in families:
        for i in range(family.start, family.stop):
            names[i] = f"{family.name}[{i - family.start}]"
    return names
