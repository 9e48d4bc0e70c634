"""Proposes prices period by period: a small linear program of known patterns each, what periods share held at its price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.backends.central_lp import central_point
from planner.backends.growing_lp import LpPoint
from planner.formulation.build import Built
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.period_owners import NONE, periods_of_columns, periods_of_rows
from planner.formulation.decompose.prices import as_growing
from planner.formulation.decompose.split import Split
from planner.milp.model import LinearModel

#: Accuracy of a period's program; it is solved to a vertex.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Part:
    """One period's rows and the shared columns in them.

    rows         of the whole program: coupling rows first, then rows of shared columns alone
    place        where its coupling rows stand in ``split.coupling``
    own          shared columns that only this period decides; ``common`` those of no period that its rows hold
    row, column, entry   its entries, numbered within ``rows`` and (own, common)
    idle         coupling rows that the ends of their shared columns keep by themselves
    """

    rows: np.ndarray
    place: np.ndarray
    own: np.ndarray
    common: np.ndarray
    row: np.ndarray
    column: np.ndarray
    entry: np.ndarray
    idle: np.ndarray


@dataclass(frozen=True)
class Outer:
    """What periods share, at prices.

    cost     of every column, less what it earns on rows of several periods and of none [n]
    common   what each column of no period costs in each [n, T]: in all what it costs, less what it earns outside
    """

    cost: np.ndarray
    common: np.ndarray


@dataclass(frozen=True)
class Proposal:
    """What a period's program answers.

    place, prices   its coupling rows and their prices
    value           what the bound can rise to with them; ``outside`` whether its patterns admit no plan by themselves
    used            patterns with weight
    limits          what its solution adds to the coupling rows of several periods [limits]
    """

    place: np.ndarray
    prices: np.ndarray
    value: float
    outside: bool
    used: list[Pattern]
    limits: np.ndarray


class PeriodMasters:
    """The restricted master of each period, columns of no period in it once for each."""

    def __init__(self, built: Built, split: Split) -> None:
        self.built, self.split = built, split
        model, self.periods = split.model, built.sets.period_count
        of_column = periods_of_columns(built, model.column_count)
        self.of_row = periods_of_rows(model, split.entry_row, of_column)
        self._outside = np.flatnonzero(self.of_row[split.entry_row] < 0)
        shared = np.zeros(model.column_count, dtype=bool)
        shared[split.shared] = True
        self.mine = np.flatnonzero(shared[model.column_index])
        self.parts = [self._part(t, of_column) for t in range(self.periods)]
        # Where a coupling row stands in its period's part, -1 for those of several.
        self.local = np.full(split.coupling.size, -1)
        for part in self.parts:
            self.local[part.place] = np.arange(part.place.size)
        # Coupling rows of several periods, or that hold no block's period alone: limits over all of them.
        self.limits = np.flatnonzero(self.local < 0)
        self._limit = np.full(split.coupling.size, -1)
        self._limit[self.limits] = np.arange(self.limits.size)
        number = np.full(model.row_count, -1)
        number[split.coupling[self.limits]] = np.arange(self.limits.size)
        of = number[split.entry_row[self.mine]]
        self._limit_entries = (of[of >= 0], model.column_index[self.mine[of >= 0]], model.coefficient[self.mine[of >= 0]])
        self.patterns: list[dict[tuple, Pattern]] = [{} for _ in range(self.periods)]
        self._scores, self._score_of = self._shared_program()
        self._lp = as_growing(self._scores)

    def add(self, patterns) -> None:
        """Makes patterns known."""
        for pattern in patterns:
            self.patterns[pattern.block % self.periods].setdefault(pattern.key, pattern)

    def outer(self, prices: np.ndarray, shared_rows: np.ndarray) -> Outer:
        """What periods share, at prices of the coupling rows and of the rows of shared columns alone.

        What a column of no period costs more than it earns is divided evenly among its periods.
        """
        model, split = self.split.model, self.split
        by_row = np.zeros(model.row_count)
        by_row[split.coupling], by_row[split.shared_rows] = prices, shared_rows
        entries = self._outside
        earned = model.coefficient[entries] * by_row[split.entry_row[entries]]
        cost = model.cost - np.bincount(model.column_index[entries], weights=earned, minlength=model.column_count)
        common = np.zeros((model.column_count, self.periods))
        count = np.zeros(model.column_count)
        for t, part in enumerate(self.parts):
            columns = np.concatenate([part.own, part.common])
            earned = np.bincount(part.column, weights=part.entry * by_row[part.rows[part.row]], minlength=columns.size)
            common[part.common, t] = earned[part.own.size :]
            count[part.common] += 1
        spare = (cost - common.sum(axis=1)) / np.maximum(count, 1)
        for t, part in enumerate(self.parts):
            common[part.common, t] += spare[part.common]
        return Outer(cost, common)

    def scores(self, prices: np.ndarray, outer: Outer, blocks: np.ndarray) -> np.ndarray:
        """What each period adds to the bound at these prices, its blocks' bounds given [S, T] -> [T]."""
        model, split = self.split.model, self.split
        by_row = np.zeros(model.row_count)
        by_row[split.coupling] = prices
        cost = []
        for t, part in enumerate(self.parts):
            bare = np.concatenate([outer.cost[part.own], outer.common[part.common, t]])
            earned = np.bincount(part.column, weights=part.entry * by_row[part.rows[part.row]], minlength=bare.size)
            cost.append(bare - earned)
        cost = np.concatenate(cost)
        self._lp.set_cost(cost)
        point: LpPoint = self._lp.solve()
        found = np.bincount(self._score_of, weights=cost * point.values, minlength=self.periods)
        side = np.where(prices > 0, model.row_lower[split.coupling], model.row_upper[split.coupling])
        worth = np.where(prices != 0, prices * np.where(np.isfinite(side), side, 0.0), 0.0)
        of = self.of_row[split.coupling]
        found += np.bincount(of[of >= 0], weights=worth[of >= 0], minlength=self.periods)
        return found + blocks.sum(axis=0)

    def propose(self, t: int, outer: Outer, centre: np.ndarray, half: np.ndarray, otherwise: np.ndarray) -> Proposal:
        """New prices for a period's coupling rows, within ``half`` of ``centre``; ``otherwise`` where nothing says [coupling]."""
        part, patterns = self.parts[t], list(self.patterns[t].values())
        model, split = self.split.model, self.split
        blocks, of_block = np.unique([p.block for p in patterns], return_inverse=True)
        sizes = np.array([p.rows.size for p in patterns])
        use, place = np.concatenate([p.use for p in patterns]), np.concatenate([p.rows for p in patterns])
        of_pattern = np.repeat(np.arange(len(patterns)), sizes)
        here = self.local[place]
        inside = here >= 0
        cost = np.array([p.cost for p in patterns]) - np.bincount(
            of_pattern[~inside], weights=use[~inside] * centre[place[~inside]], minlength=len(patterns)
        )
        touched = np.zeros(part.rows.size, dtype=bool)
        touched[here[inside]] = True
        touched[: part.place.size] |= ~part.idle
        touched[part.place.size :] = True
        priced = np.flatnonzero(touched[: part.place.size])
        new_row = np.cumsum(touched) - 1
        rows, shared = int(touched.sum()), part.own.size + part.common.size
        entry_kept = touched[part.row]
        first = shared + len(patterns)
        box = np.arange(priced.size)
        row = np.concatenate([new_row[part.row[entry_kept]], new_row[here[inside]], rows + of_block, new_row[priced], new_row[priced]])
        column = np.concatenate([part.column[entry_kept], shared + of_pattern[inside], shared + np.arange(len(patterns)), first + box, first + box.size + box])
        entry = np.concatenate([part.entry[entry_kept], use[inside], np.ones(len(patterns)), np.ones(box.size), -np.ones(box.size)])
        order = np.lexsort((column, row))
        columns = np.concatenate([part.own, part.common])
        middle, width = centre[part.place[priced]], half[part.place[priced]]
        kept = part.rows[touched]
        program = LinearModel(
            cost=np.concatenate([outer.cost[part.own], outer.common[part.common, t], cost, middle + width, width - middle]),
            column_lower=np.concatenate([model.column_lower[columns], np.zeros(len(patterns) + 2 * box.size)]),
            column_upper=np.concatenate([model.column_upper[columns], np.ones(len(patterns)), np.full(2 * box.size, np.inf)]),
            integer=np.zeros(first + 2 * box.size, dtype=bool),
            row_start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows + blocks.size))]),
            column_index=column[order],
            coefficient=entry[order],
            row_lower=np.concatenate([model.row_lower[kept], np.ones(blocks.size)]),
            row_upper=np.concatenate([model.row_upper[kept], np.ones(blocks.size)]),
        )
        point = central_point(program, TOLERANCE, vertex=True)
        prices = otherwise[part.place].copy()
        prices[priced] = point.duals[: priced.size]
        weight = point.values[shared:first]
        outside = float(point.values[first:].sum()) > 1e-6 * len(patterns)
        limits = np.bincount(self._limit[place[~inside]], weights=(use * weight[of_pattern])[~inside], minlength=self.limits.size)
        row, column, entry = self._limit_entries
        if row.size:
            value = np.zeros(model.column_count)
            value[part.own] = point.values[: part.own.size]
            limits += np.bincount(row, weights=entry * value[column], minlength=self.limits.size)
        used = [p for p, w in zip(patterns, weight, strict=True) if w > 0.01]
        return Proposal(part.place, prices, point.objective, outside, used, limits)

    def _part(self, t: int, of_column: np.ndarray) -> Part:
        model, split = self.split.model, self.split
        place = np.flatnonzero(self.of_row[split.coupling] == t)
        rows = np.concatenate([split.coupling[place], split.shared_rows[self.of_row[split.shared_rows] == t]])
        number = np.full(model.row_count, -1)
        number[rows] = np.arange(rows.size)
        entries = self.mine[number[split.entry_row[self.mine]] >= 0]
        held = np.unique(model.column_index[entries])
        own, common = split.shared[of_column[split.shared] == t], held[of_column[held] == NONE]
        column_number = np.full(model.column_count, -1)
        column_number[np.concatenate([own, common])] = np.arange(own.size + common.size)
        row, column, entry = number[split.entry_row[entries]], model.column_index[entries], model.coefficient[entries]
        with np.errstate(invalid="ignore"):
            one, other = entry * model.column_lower[column], entry * model.column_upper[column]
        least = np.bincount(row, weights=np.fmin(one, other), minlength=rows.size)
        most = np.bincount(row, weights=np.fmax(one, other), minlength=rows.size)
        idle = (least >= model.row_lower[rows]) & (most <= model.row_upper[rows])
        return Part(rows, place, own, common, row, column_number[column], entry, idle[: place.size])

    def _shared_program(self) -> tuple[LinearModel, np.ndarray]:
        """(the shared columns of all periods, each with its own copy of those of none; the period of each)."""
        model = self.split.model
        rows, row, column, entry, columns, of = 0, [], [], [], [], []
        lower, upper = [], []
        offset = 0
        for t, part in enumerate(self.parts):
            alone = part.row >= part.place.size
            row.append(rows + part.row[alone] - part.place.size)
            column.append(offset + part.column[alone])
            entry.append(part.entry[alone])
            own = np.concatenate([part.own, part.common])
            columns.append(own)
            of.append(np.full(own.size, t))
            last = part.rows[part.place.size :]
            lower.append(model.row_lower[last])
            upper.append(model.row_upper[last])
            rows, offset = rows + last.size, offset + own.size
        row, column, entry = np.concatenate(row), np.concatenate(column), np.concatenate(entry)
        order = np.lexsort((column, row))
        columns = np.concatenate(columns)
        program = LinearModel(
            cost=np.zeros(columns.size),
            column_lower=model.column_lower[columns],
            column_upper=model.column_upper[columns],
            integer=np.zeros(columns.size, dtype=bool),
            row_start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]),
            column_index=column[order],
            coefficient=entry[order],
            row_lower=np.concatenate(lower),
            row_upper=np.concatenate(upper),
        )
        return program, np.concatenate(of)
