"""Assembles a LinearModel from named blocks of columns and rows given as arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from planner.errors import PlannerError
from planner.milp.model import Family, Labels, LinearModel


class ModelBuilder:
    """Collects blocks; `build` makes the model. Entries given twice for one row and column are summed."""

    def __init__(self) -> None:
        self._columns = _Blocks()
        self._rows = _Blocks()
        self._column_data: list[tuple[np.ndarray, ...]] = []
        self._row_bounds: list[tuple[np.ndarray, np.ndarray]] = []
        self._entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    @property
    def column_count(self) -> int:
        return self._columns.count

    @property
    def row_count(self) -> int:
        return self._rows.count

    def columns(
        self,
        name: str,
        shape: int | tuple[int, ...],
        lower: np.ndarray | float = 0.0,
        upper: np.ndarray | float = math.inf,
        integer: np.ndarray | bool = False,
        cost: np.ndarray | float = 0.0,
        labels: Labels = None,
    ) -> np.ndarray:
        """Adds a block of columns; returns their numbers in the given shape.

        Scalars and arrays are broadcast to ``shape``. ``labels`` holds one name per column in C order, or is a
        callable that returns them when somebody asks.
        """
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        parts = [(lower, np.float64), (upper, np.float64), (integer, np.bool_), (cost, np.float64)]
        self._column_data.append(tuple(_spread(value, shape, dtype) for value, dtype in parts))
        return self._columns.add(name, math.prod(shape), labels).reshape(shape)

    def rows(
        self,
        name: str,
        row_ids: np.ndarray,
        column_ids: np.ndarray,
        coefficients: np.ndarray | float,
        lower: np.ndarray | float = -math.inf,
        upper: np.ndarray | float = math.inf,
        labels: Labels = None,
        count: int | None = None,
    ) -> np.ndarray:
        """Adds a block of rows ``lower <= sum(coefficient * column) <= upper``; returns their numbers.

        ``row_ids`` count from 0 within the block; the three entry arrays are broadcast together and flattened.
        The number of rows is ``count``, else the length of ``lower`` or ``upper``, else ``max(row_ids) + 1``.
        """
        coefficients = np.asarray(coefficients, dtype=np.float64)
        if not np.shape(row_ids) == np.shape(column_ids) == coefficients.shape:
            row_ids, column_ids, coefficients = np.broadcast_arrays(row_ids, column_ids, coefficients)
        row_ids, column_ids, coefficients = np.ravel(row_ids), np.ravel(column_ids), np.ravel(coefficients)
        if count is None:
            sides = [np.size(side) for side in (lower, upper) if np.ndim(side) > 0]
            count = max(sides) if sides else (int(row_ids.max()) + 1 if row_ids.size else 0)
        if row_ids.size:
            _require_range(row_ids, count, name, "row")
            _require_range(column_ids, self.column_count, name, "column")
        self._entries.append((row_ids.astype(np.int64) + self.row_count, column_ids.astype(np.int64), coefficients))
        self._row_bounds.append((_spread(lower, (count,), np.float64), _spread(upper, (count,), np.float64)))
        return self._rows.add(name, count, labels)

    def row(
        self,
        name: str,
        terms: Mapping[int, float],
        lower: float = -math.inf,
        upper: float = math.inf,
        label: str | None = None,
    ) -> int:
        """Adds one row from ``{column: coefficient}``; for rows that are few."""
        return int(
            self.rows(
                name,
                np.zeros(len(terms), dtype=np.int64),
                np.fromiter(terms.keys(), dtype=np.int64, count=len(terms)),
                np.fromiter(terms.values(), dtype=np.float64, count=len(terms)),
                lower,
                upper,
                [label] if label is not None else None,
                count=1,
            )[0]
        )

    def build(self, cost_offset: float = 0.0) -> LinearModel:
        """The validated model. Entries are ordered by row, then column; exact zeros are dropped."""
        lower, upper, integer, cost = _joined(self._column_data, (np.float64, np.float64, np.bool_, np.float64))
        row_lower, row_upper = _joined(self._row_bounds, (np.float64, np.float64))
        row, column, coefficient = _summed(*_joined(self._entries, (np.int64, np.int64, np.float64)), self.column_count)
        row_start = np.zeros(self.row_count + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=self.row_count), out=row_start[1:])
        return LinearModel(
            cost=cost,
            column_lower=lower,
            column_upper=upper,
            integer=integer,
            row_start=row_start,
            column_index=column,
            coefficient=coefficient,
            row_lower=row_lower,
            row_upper=row_upper,
            cost_offset=cost_offset,
            column_family=self._columns.families(),
            row_family=self._rows.families(),
            column_labels=self._columns.labels(),
            row_labels=self._rows.labels(),
        ).validate()


class _Blocks:
    """Named ranges in the order given, and the way to their labels."""

    def __init__(self) -> None:
        self.count = 0
        self._names: list[tuple[str, int, Labels]] = []

    def add(self, name: str, size: int, labels: Labels) -> np.ndarray:
        if labels is not None and not callable(labels):
            labels = tuple(labels)
            _require_labels(name, labels, size)
        self._names.append((name, size, labels))
        self.count += size
        return np.arange(self.count - size, self.count)

    def families(self) -> tuple[Family, ...]:
        merged: list[Family] = []
        start = 0
        for name, size, _ in self._names:
            if merged and merged[-1].name == name:
                merged[-1] = Family(name, merged[-1].start, start + size)
            else:
                merged.append(Family(name, start, start + size))
            start += size
        return tuple(merged)

    def labels(self) -> Callable[[], list[str]]:
        blocks = tuple(self._names)

        def all_labels() -> list[str]:
            names: list[str] = []
            seen: dict[str, int] = {}
            for name, size, labels in blocks:
                first = seen.get(name, 0)
                seen[name] = first + size
                if labels is None:
                    names.extend(f"{name}[{i}]" for i in range(first, first + size))
                    continue
                own = labels() if callable(labels) else labels
                _require_labels(name, own, size)
                names.extend(own)
            return names

        return all_labels


def _spread(value: np.ndarray | float | bool, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    if np.ndim(value) == 0:
        return np.full(math.prod(shape), value, dtype=dtype)
    value = np.asarray(value, dtype=dtype)
    return np.ascontiguousarray(value if value.shape == shape else np.broadcast_to(value, shape)).ravel()


def _joined(blocks: list[tuple[np.ndarray, ...]], types: tuple[type, ...]) -> list[np.ndarray]:
    if not blocks:
        return [np.empty(0, dtype=dtype) for dtype in types]
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def _summed(
    row: np.ndarray, column: np.ndarray, coefficient: np.ndarray, column_count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entries in row-major order with duplicates added in the order given."""
    key = row * column_count + column
    if not (np.diff(key) > 0).all():
        # A stable sort keeps the order of addition, so sums are the same in every run.
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.concatenate([[True], np.diff(key) > 0]))
        coefficient = np.add.reduceat(coefficient[order], first)
        row = key[first] // column_count
        column = key[first] - row * column_count
    present = coefficient != 0.0
    if not present.all():
        row, column, coefficient = row[present], column[present], coefficient[present]
    return row, column, coefficient


def _require_range(ids: np.ndarray, count: int, name: str, side: str) -> None:
    if ids.min() < 0 or ids.max() >= count:
        raise PlannerError(f"a {side} number is outside 0 .. {count - 1}", where=f"block {name}")


def _require_labels(name: str, labels: Sequence[str], size: int) -> None:
    if len(labels) != size:
        raise PlannerError(f"{len(labels)} labels for {size} members", where=f"block {name}")
