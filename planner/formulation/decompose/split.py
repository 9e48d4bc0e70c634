"""Splits a program into blocks (one per service and period, or per period), shared columns, and coupling rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.formulation.build import Built
from planner.milp.model import LinearModel

SHARED = -1


@dataclass(frozen=True)
class Split:
    """Who owns what.

    block_of_column   service × periods + period, or the period alone, or SHARED               [n]
    coupling          rows that hold columns of more than one block, or of a block and shared ones
    shared_rows       rows of shared columns alone
    columns           columns of each block, in order; ``shared`` those of none
    rows              rows of each block alone
    """

    model: LinearModel
    block_count: int
    block_of_column: np.ndarray
    coupling: np.ndarray
    shared_rows: np.ndarray
    shared: np.ndarray
    columns: tuple[np.ndarray, ...]
    rows: tuple[np.ndarray, ...]
    entry_row: np.ndarray

    @cached_property
    def coupling_entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(place within ``coupling``, column, coefficient) of the coupling rows' entries."""
        place = np.full(self.model.row_count, -1)
        place[self.coupling] = np.arange(self.coupling.size)
        of = place[self.entry_row]
        mine = np.flatnonzero(of >= 0)
        return of[mine], self.model.column_index[mine], self.model.coefficient[mine]

    def priced(self, prices: np.ndarray) -> np.ndarray:
        """Cost of every column less what it earns on the coupling rows at ``prices`` (one per coupling row) [n]."""
        row, column, entry = self.coupling_entries
        return self.model.cost - np.bincount(column, weights=entry * prices[row], minlength=self.model.column_count)

    def use(self, values: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """What ``values`` of ``columns`` add to the coupling rows [coupling]."""
        full = np.zeros(self.model.column_count)
        full[columns] = values
        total = np.bincount(
            self.entry_row, weights=self.model.coefficient * full[self.model.column_index], minlength=self.model.row_count
        )
        return total[self.coupling]


def split(built: Built) -> Split:
    """The split of a built program into services and periods, by the owners of its columns."""
    periods = built.sets.period_count
    block = np.full(built.model.column_count, SHARED)
    for columns, service in built.var.owners:
        block[columns] = service * periods + np.arange(periods)
    return _split(built.model, block, len(built.sets.services) * periods)


def split_by_period(built: Built) -> Split:
    """The split into periods: what all services do in one, and the instances that run; how they are paid is shared."""
    periods = np.arange(built.sets.period_count)
    block = np.full(built.model.column_count, SHARED)
    for columns, _ in built.var.owners:
        block[columns] = periods
    for columns in built.var.running.values():
        block[columns] = periods
    return _split(built.model, block, periods.size)


def split_by_service(built: Built) -> Split:
    """The split into services, each with all its periods; instances and how they are paid are shared."""
    block = np.full(built.model.column_count, SHARED)
    for columns, service in built.var.owners:
        block[columns] = service
    return _split(built.model, block, len(built.sets.services))


def _split(model: LinearModel, block: np.ndarray, blocks: int) -> Split:
    row = model.entry_row()
    owner = block[model.column_index]
    low = np.full(model.row_count, np.iinfo(np.int64).max)
    high = np.full(model.row_count, np.iinfo(np.int64).min)
    np.minimum.at(low, row, owner)
    np.maximum.at(high, row, owner)
    filled = np.diff(model.row_start) > 0
    alone = filled & (low == high)
    shared_rows = np.flatnonzero(alone & (low == SHARED))
    coupling = np.flatnonzero(filled & ~alone)
    return Split(
        model=model,
        block_count=blocks,
        block_of_column=block,
        coupling=coupling,
        shared_rows=shared_rows,
        shared=np.flatnonzero(block == SHARED),
        columns=_grouped(block, blocks),
        rows=_grouped(np.where(alone, low, SHARED), blocks),
        entry_row=row,
    )


def _grouped(owner: np.ndarray, count: int) -> tuple[np.ndarray, ...]:
    order = np.argsort(owner, kind="stable")
    edges = np.searchsorted(owner[order], np.arange(count + 1))
    return tuple(order[edges[i] : edges[i + 1]] for i in range(count))


def part_of(split_: Split, columns: np.ndarray, rows: np.ndarray, cost: np.ndarray) -> LinearModel:
    """The program over some columns and the rows that hold only them, under another cost (one per column)."""
    model = split_.model
    place = np.full(model.column_count, -1)
    place[columns] = np.arange(columns.size)
    counts = np.diff(model.row_start)[rows]
    starts = model.row_start[rows]
    entries = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(counts.sum())
    return LinearModel(
        cost=cost,
        column_lower=model.column_lower[columns],
        column_upper=model.column_upper[columns],
        integer=model.integer[columns],
        row_start=np.concatenate([[0], np.cumsum(counts)]),
        column_index=place[model.column_index[entries]],
        coefficient=model.coefficient[entries],
        row_lower=model.row_lower[rows],
        row_upper=model.row_upper[rows],
    )
