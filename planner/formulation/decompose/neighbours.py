"""Patterns that do in one period what the service does in the one before or after, where that serves."""

from __future__ import annotations

import numpy as np

from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.pattern import Pattern


class Neighbours:
    """Moves patterns between periods."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        columns = oracle.split.model.column_count
        self._slot, self._counted = np.full(columns, -1), np.full(columns, -1)
        for q, own in enumerate(oracle.built.var.replicas):
            self._slot[own] = q
        for slots in oracle.distinct.values():
            for q, own in slots.items():
                self._counted[own] = q

    def of(self, chosen: list[Pattern]) -> list[Pattern]:
        """What each chosen pattern would be in the period before and the one after it."""
        found = []
        for pattern in chosen:
            number, t = divmod(pattern.block, self.oracle.periods)
            for other in sorted({(t - 1) % self.oracle.periods, (t + 1) % self.oracle.periods} - {t}):
                moved = self._moved(pattern, number, other)
                found += [] if moved is None else [moved]
        return found

    def _moved(self, pattern: Pattern, number: int, t: int) -> Pattern | None:
        search = self.oracle.searches[number]
        if search is None or search.blocks.rate[t] <= 0:
            return None
        placed = self._numbers(pattern, self._slot)
        upper, replicas = self.oracle.built.model.column_upper, self.oracle.built.var.replicas
        if any(n > upper[replicas[q][t]] for q, n in placed.items()):
            return None
        reached = search.reached(placed)
        if reached.rate < search.blocks.rate[t] * (1.0 - 1e-9):
            return None
        return self.oracle.making.made(number, t, reached.groups, placed, self._numbers(pattern, self._counted), reached.routing)

    @staticmethod
    def _numbers(pattern: Pattern, slot: np.ndarray) -> dict[int, int]:
        own = np.flatnonzero(slot[pattern.columns] >= 0)
        return {int(slot[pattern.columns[i]]): round(float(pattern.values[i])) for i in own.tolist()}
