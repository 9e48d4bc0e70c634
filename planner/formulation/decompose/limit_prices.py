"""Prices of limits over several periods, from what each period's relaxation takes of them."""

from __future__ import annotations

import numpy as np

from planner.backends.central_lp import central_point
from planner.formulation.decompose.period_masters import PeriodMasters, Proposal
from planner.milp.model import LinearModel

#: What all of a limit may be worth at first, as a share of the cost; how the box changes; its widest.
SHARE, WIDER, NARROWER, WIDEST = 0.1, 2.0, 0.35, 10.0
#: Share of what was promised under which the box is made narrower, and from which it is widened.
KEPT_BADLY, KEPT_WELL = 0.05, 0.3
#: Rounds whose solutions are remembered.
REMEMBERED = 12


class LimitPrices:
    """A program over what the periods' relaxations answered: one mixture of its answers for each period.

    A period's answer at some prices of the limits is a line under other prices of them: its cost without the limits, less
    what it takes of them at their prices. Their least, summed over periods, is what the bound can rise to.
    """

    def __init__(self, masters: PeriodMasters) -> None:
        self.masters = masters
        self.width = 1.0
        self._cost: list[np.ndarray] = []
        self._use: list[np.ndarray] = []

    def heard(self, prices: np.ndarray, proposals: list[Proposal]) -> None:
        """Remembers one round's answers, given at ``prices`` of the coupling rows."""
        at = prices[self.masters.limits]
        use = np.array([p.limits for p in proposals]).reshape(len(proposals), at.size)
        self._cost = [*self._cost, np.array([p.value for p in proposals]) + use @ at][-REMEMBERED:]
        self._use = [*self._use, use][-REMEMBERED:]

    def propose(self, prices: np.ndarray, bound: float) -> tuple[np.ndarray, float]:
        """(prices with new ones for the limits, within a box around the present ones; what is promised by them)."""
        split, limits = self.masters.split, self.masters.limits
        rows = split.coupling[limits]
        lower, upper = split.model.row_lower[rows], split.model.row_upper[rows]
        side = np.where(np.isfinite(upper), np.abs(upper), np.where(np.isfinite(lower), np.abs(lower), 0.0))
        use = np.array(self._use)
        typical = np.maximum(side, np.abs(use).sum(axis=1).max(axis=0))
        half = self.width * SHARE * abs(bound) / np.maximum(typical, 1e-300)
        times, periods, count = use.shape
        columns = times * periods
        box = np.arange(count)
        row = np.concatenate([np.repeat(np.arange(count), columns), count + np.tile(np.arange(periods), times), box, box])
        column = np.concatenate([np.tile(np.arange(columns), count), np.arange(columns), columns + box, columns + count + box])
        entry = np.concatenate([use.reshape(columns, count).T.ravel(), np.ones(columns), np.ones(count), -np.ones(count)])
        order = np.lexsort((column, row))
        centre = prices[limits]
        program = LinearModel(
            cost=np.concatenate([np.array(self._cost).ravel(), centre + half, half - centre]),
            column_lower=np.zeros(columns + 2 * count),
            column_upper=np.full(columns + 2 * count, np.inf),
            integer=np.zeros(columns + 2 * count, dtype=bool),
            row_start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count + periods))]),
            column_index=column[order],
            coefficient=entry[order],
            row_lower=np.concatenate([lower, np.ones(periods)]),
            row_upper=np.concatenate([upper, np.ones(periods)]),
        )
        point = central_point(program, 1e-7, vertex=True)
        found = prices.copy()
        found[limits] = point.duals[:count]
        now = float((np.array(self._cost) - use @ centre).min(axis=0).sum()) + float(
            np.sum(np.where(centre > 0, centre * np.where(np.isfinite(lower), lower, 0.0), centre * np.where(np.isfinite(upper), upper, 0.0)))
        )
        return found, point.objective - now

    def judged(self, promised: float, kept: float) -> None:
        """Makes the next box as wide as the last promise was good."""
        share = kept / max(promised, 1e-12)
        if share > KEPT_WELL:
            self.width = min(WIDEST, self.width * WIDER)
        elif not share > KEPT_BADLY:
            self.width *= NARROWER
