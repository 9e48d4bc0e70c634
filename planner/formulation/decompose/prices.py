"""Finds prices on the coupling rows: a restricted master proposes them, the blocks answer, the best bound is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.backends.growing_lp import GrowingLp, LpPoint
from planner.formulation.build import Built
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.split import Split, part_of

# A pattern that serves nothing at this multiple of a block's first cost keeps the master feasible.
NOTHING_COSTS = 20.0
# Weight of the best prices so far against the master's newest (Wentges smoothing).
SMOOTHING = 0.6
# Taken off every bound for the rounding of its sums, relative to the sum of their sizes.
ROUNDING = 1e-10


@dataclass
class Priced:
    """The state of pricing.

    bound      best valid lower bound on the program so far
    prices     where it was reached
    master     optimal value of the restricted master: what the bound can rise to with these patterns
    patterns   by block
    """

    bound: float = -np.inf
    prices: np.ndarray | None = None
    master: float = np.inf
    point: LpPoint | None = None
    patterns: dict[int, list[Pattern]] = field(default_factory=dict)
    block_bounds: np.ndarray | None = None
    rounds: int = 0


class PriceMaster:
    """The restricted master: shared columns and rows, coupling rows, one pattern per block."""

    def __init__(self, built: Built, split: Split, oracle: Oracle) -> None:
        self.built, self.split, self.oracle = built, split, oracle
        model = split.model
        self.active = np.array([s * oracle.periods + t for s, b in enumerate(oracle.services) for t in np.flatnonzero(b.rate > 0)])
        self.place = {int(block): i for i, block in enumerate(self.active)}
        self.coupling_count = split.coupling.size
        self.first_convexity = self.coupling_count + split.shared_rows.size
        lower = np.concatenate([model.row_lower[split.coupling], model.row_lower[split.shared_rows], np.ones(self.active.size)])
        upper = np.concatenate([model.row_upper[split.coupling], model.row_upper[split.shared_rows], np.ones(self.active.size)])
        self.lp = GrowingLp(lower, upper)
        self._add_shared()
        self.pattern_at: list[Pattern | None] = [None] * split.shared.size
        self.known: set = set()
        self.shared_program = part_of(split, split.shared, split.shared_rows, np.zeros(split.shared.size))
        self.shared_lp = _as_growing(self.shared_program)

    def _add_shared(self) -> None:
        split, model = self.split, self.split.model
        place = np.full(model.row_count, -1)
        place[split.coupling] = np.arange(split.coupling.size)
        place[split.shared_rows] = split.coupling.size + np.arange(split.shared_rows.size)
        column_place = np.full(model.column_count, -1)
        column_place[split.shared] = np.arange(split.shared.size)
        mine = (column_place[model.column_index] >= 0) & (place[split.entry_row] >= 0)
        column, row, coefficient = column_place[model.column_index[mine]], place[split.entry_row[mine]], model.coefficient[mine]
        order = np.argsort(column, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=split.shared.size))])
        self.lp.add_columns(
            model.cost[split.shared],
            model.column_lower[split.shared],
            model.column_upper[split.shared],
            start,
            row[order],
            coefficient[order],
        )

    def add(self, patterns: list[Pattern]) -> int:
        """Adds patterns not known yet; returns how many."""
        new = []
        for pattern in patterns:
            if pattern.key not in self.known:
                self.known.add(pattern.key)
                new.append(pattern)
        if new:
            sizes = [p.rows.size + 1 for p in new]
            row = np.concatenate([np.append(p.rows, self.first_convexity + self.place[p.block]) for p in new])
            use = np.concatenate([np.append(p.use, 1.0) for p in new])
            self.lp.add_columns(
                np.array([p.cost for p in new]),
                np.zeros(len(new)),
                np.full(len(new), np.inf),
                np.concatenate([[0], np.cumsum(sizes)]),
                row,
                use,
            )
            self.pattern_at += new
        return len(new)

    def add_nothing(self, cost: np.ndarray) -> None:
        """A pattern of no use for every block, at a cost that keeps it out of any plan."""
        count = self.active.size
        self.lp.add_columns(
            cost, np.zeros(count), np.full(count, np.inf), np.arange(count + 1), self.first_convexity + np.arange(count), np.ones(count)
        )
        self.pattern_at += [None] * count

    def shared_bound(self, priced: np.ndarray) -> float:
        """Least cost of the shared columns at these prices, whole numbers let go."""
        self.shared_lp.set_cost(priced[self.split.shared])
        point = self.shared_lp.solve()
        return _safe_value(self.shared_program, priced[self.split.shared], point.duals)

    def right_hand(self, prices: np.ndarray) -> float:
        """What the coupling rows' sides are worth at these prices."""
        model, rows = self.split.model, self.split.coupling
        side = np.where(prices > 0, model.row_lower[rows], model.row_upper[rows])
        used = prices != 0
        return float(np.sum(prices[used] * side[used]))

    def allowed(self, prices: np.ndarray) -> np.ndarray:
        """``prices`` with the wrong sign taken out: a row without that side earns nothing."""
        model, rows = self.split.model, self.split.coupling
        prices = np.where((prices > 0) & ~np.isfinite(model.row_lower[rows]), 0.0, prices)
        return np.where((prices < 0) & ~np.isfinite(model.row_upper[rows]), 0.0, prices)


def _as_growing(program) -> GrowingLp:
    lp = GrowingLp(program.row_lower, program.row_upper)
    order = np.argsort(program.column_index, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(program.column_index, minlength=program.column_count))])
    lp.add_columns(
        program.cost, program.column_lower, program.column_upper, start, program.entry_row()[order], program.coefficient[order]
    )
    return lp


def _safe_value(program, cost: np.ndarray, duals: np.ndarray) -> float:
    """A lower bound on a linear program from any duals: what they claim is recomputed, not trusted."""
    duals = np.where((duals > 0) & ~np.isfinite(program.row_lower), 0.0, duals)
    duals = np.where((duals < 0) & ~np.isfinite(program.row_upper), 0.0, duals)
    side = np.where(duals > 0, program.row_lower, program.row_upper)
    used = duals != 0
    row_part = duals[used] * side[used]
    reduced = cost - np.bincount(
        program.column_index,
        weights=program.coefficient * duals[program.entry_row()],
        minlength=program.column_count,
    )
    bound = np.where(reduced > 0, program.column_lower, program.column_upper)
    charged = np.abs(reduced) > 0
    terms = np.where(charged, reduced, 0.0) * np.where(charged, np.where(np.isfinite(bound), bound, 0.0), 0.0)
    unbounded = charged & ~np.isfinite(bound) & (np.abs(reduced) > 1e-7 * np.maximum(1.0, np.abs(cost)))
    if unbounded.any():
        return -np.inf
    total = float(np.sum(row_part) + np.sum(terms))
    return total - ROUNDING * float(np.sum(np.abs(row_part)) + np.sum(np.abs(terms)))
