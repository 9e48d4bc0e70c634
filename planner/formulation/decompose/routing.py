"""Whether given replicas can serve a service's mix, how much of it, and how it is routed."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from planner.backends.interface import solve
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.interrupts import heard
from planner.milp.builder import ModelBuilder


Reach = tuple[float, np.ndarray, "np.ndarray | None"]


class Router:
    """Answers for one service, remembered by plan: classes keep their shares, so a plan's reach is one number."""

    def __init__(self, blocks: ServiceBlocks) -> None:
        self.blocks = blocks
        self._known: dict[tuple, Reach] = {}

    def reach(self, plan: tuple[tuple[int, int, float], ...]) -> Reach:
        """(largest rate that the plan serves, share of each class by group of the plan [groups, B], class values).

        Under the class values [B] the plan is worth just what it serves; None where they are not needed.

        ``plan`` holds (group within the service, replicas, effective replicas).
        """
        if plan not in self._known:
            self._known[plan] = self._reach(plan)
        return self._known[plan]

    def _reach(self, plan) -> Reach:
        groups = np.array([g for g, _, _ in plan])
        room = np.array(
            [self.blocks.groups[g].candidate.share_at(count) * effective for g, count, effective in plan]
        )
        held = np.array([effective for _, _, effective in plan])
        work, cache = self.blocks.work[groups], self.blocks.cache[groups]
        alike = self._proportional(work, cache, room, held)
        if alike is not None and not cache.any() and (len(plan) == 1 or self._similar(work)):
            return (*alike, self.blocks.values(int(groups[0])))
        return self._by_program(work, cache, room, held)

    @cached_property
    def _share(self) -> np.ndarray:
        return self.blocks.share

    def _proportional(self, work, cache, room, held) -> tuple[float, np.ndarray] | None:
        """Every group takes the same mix, as much of it as it can; None when one cannot serve a class."""
        if not np.isfinite(work[:, self._share > 0]).all():
            return None
        each = room / np.maximum(np.where(np.isfinite(work), work, 0.0) @ self._share, 1e-300)
        by_cache = cache @ self._share
        each = np.minimum(each, np.where(by_cache > 0, held / np.where(by_cache > 0, by_cache, 1.0), np.inf))
        total = float(each.sum())
        return total, np.outer(each / max(total, 1e-300), np.ones(work.shape[1]))

    def _similar(self, work: np.ndarray) -> bool:
        """Whether no group is comparatively better at a class, so that the same mix for all is best."""
        used = work[:, self._share > 0]
        ratio = used / used[0]
        return bool(np.all(np.ptp(ratio, axis=1) <= 1e-9 * ratio.max(axis=1)))

    def _left_out(self, work: np.ndarray) -> np.ndarray | None:
        """Class values that count only what no group of the plan serves; None where every class is served."""
        missing = (self._share > 0) & ~np.isfinite(work).any(axis=0)
        total = float(self._share[missing].sum())
        return np.where(missing, 1.0 / total, 0.0) if total > 0 else None

    def _by_program(self, work, cache, room, held) -> Reach:
        groups, classes = work.shape
        builder = ModelBuilder()
        rate = builder.columns("rate", (groups, classes), upper=np.where(np.isfinite(work), np.inf, 0.0))
        reach = builder.columns("reach", 1, cost=-1.0)
        for b in range(classes):
            terms = {int(c): 1.0 for c in rate[:, b]} | {int(reach[0]): -float(self._share[b])}
            builder.row("served", terms, 0.0, 0.0)
        for g in range(groups):
            known = [b for b in range(classes) if np.isfinite(work[g, b])]
            builder.row("time", {int(rate[g, b]): float(work[g, b]) for b in known}, upper=float(room[g]))
            if cache[g].any():
                builder.row("cache", {int(rate[g, b]): float(cache[g, b]) for b in known}, upper=float(held[g]))
        answer = heard(solve(builder.build(), backend="highs", gap=0.0))
        if answer.values is None or answer.values[reach[0]] <= 0:
            return 0.0, np.zeros(work.shape), self._left_out(work)
        total = float(answer.values[reach[0]]) * (1.0 - 1e-9)
        taken = np.maximum(answer.values[rate], 0.0)
        values = None
        if answer.row_duals is not None:
            values = np.abs(answer.row_duals[:classes])
            scale = float(values @ self._share)
            values = values / scale if scale > 0 else None
        return total, taken / np.maximum(taken.sum(axis=0), 1e-300), values
