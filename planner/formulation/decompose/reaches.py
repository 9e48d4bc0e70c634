"""How much of a service's mix given replicas serve when spot is capped and losses are to be survived, and what falls short."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.backends.interface import solve
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.compositions import Compositions, Row
from planner.formulation.decompose.interrupts import heard
from planner.formulation.decompose.routing import Router
from planner.milp.builder import ModelBuilder

#: Replicas by (group within the service, firm, kind, effective share of each).
Standing = tuple[tuple[int, bool, int, float, int], ...]


@dataclass(frozen=True)
class Reached:
    """What replicas serve: the largest rate, the share of each class by group that way, and the row that says no more.

    groups    groups that ``routing`` has a row for, in order
    routing   share of each class served by each group [groups, B]
    row       under it the replicas are worth just ``rate``; None where that is not known
    """

    rate: float
    groups: tuple[int, ...]
    routing: np.ndarray
    row: Row | None


@dataclass
class Reaches:
    """Answers for one service, remembered: classes keep their shares, so what replicas reach is one number."""

    blocks: ServiceBlocks
    made: Compositions
    router: Router
    fraction: float
    _known: dict[Standing, Reached] = field(default_factory=dict)

    def reach(self, standing: Standing) -> Reached:
        """What the replicas serve, with every loss survived."""
        if standing not in self._known:
            self._known[standing] = self._reach(standing)
        return self._known[standing]

    def _reach(self, standing: Standing) -> Reached:
        least = self._whole(standing)
        for loss in range(len(self.made.lost)):
            left = tuple(s for s in standing if not self.made.lost[loss][s[0], s[2]])
            if left == standing:
                continue
            rate, _, values = self.router.reach(_plan(left)) if left else (0.0, None, None)
            if rate / self.fraction < least.rate:
                if not left:
                    values = self.made.rows[0].values
                row = None if values is None else Row(values, lost=loss, fraction=self.fraction)
                least = Reached(rate / self.fraction, least.groups, least.routing, row)
        return least

    def _whole(self, standing: Standing) -> Reached:
        plan = _plan(standing)
        groups = tuple(g for g, _, _ in plan)
        rate, routing, values = self.router.reach(plan)
        row = None if values is None or not values.size else Row(values)
        plain = Reached(rate, groups, routing, row)
        keep = self.blocks.firm_share
        if keep <= 0 or rate <= 0 or not any(not firm for _, firm, *_ in standing):
            return plain
        firm = tuple(s for s in standing if s[1])
        # The firm ones at φ of all, as the program has it: with the same mix for all, is their part large enough?
        room, held = self._rooms(standing, groups)
        work, cache = self.blocks.work[list(groups)], self.blocks.cache[list(groups)]
        if firm and np.isfinite(work[:, self.blocks.share > 0]).all():
            time = np.where(np.isfinite(work), work, 0.0) @ self.blocks.share
            kept = cache @ self.blocks.share
            with np.errstate(divide="ignore", invalid="ignore"):
                each = np.minimum(room / np.maximum(time, 1e-300), np.where(kept > 0, held / kept, np.inf))
            alike = min(float(each.sum()), float(each[0].sum()) / keep)
            if alike >= rate * (1.0 - 1e-9):
                return plain
        return self._by_program(groups, room, held, work, cache)

    def _rooms(self, standing: Standing, groups: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(φ(N)·E, E) of firm and spot replicas by group [2, groups]."""
        room, held = np.zeros((2, len(groups))), np.zeros((2, len(groups)))
        for i, g in enumerate(groups):
            count = sum(n for h, _, _, _, n in standing if h == g)
            for side, firm in enumerate((True, False)):
                held[side, i] = sum(n * e for h, f, _, e, n in standing if h == g and f == firm)
            room[:, i] = held[:, i] * self.blocks.groups[g].candidate.share_at(count)
        return room, held

    def _by_program(self, groups, room, held, work, cache) -> Reached:
        count, classes = work.shape
        share = self.blocks.share
        builder = ModelBuilder()
        upper = np.where(np.isfinite(work), np.inf, 0.0)
        sides = [builder.columns("rate", (count, classes), upper=upper) for _ in range(2)]
        reach = builder.columns("reach", 1, cost=-1.0)
        for b in range(classes):
            terms = {int(c): 1.0 for side in sides for c in side[:, b]} | {int(reach[0]): -float(share[b])}
            builder.row("served", terms, 0.0, 0.0)
        builder.row("spot", {int(c): 1.0 for c in sides[1].ravel()} | {int(reach[0]): -(1.0 - self.blocks.firm_share)}, upper=0.0)
        for side, columns in enumerate(sides):
            for g in range(count):
                known = [b for b in range(classes) if np.isfinite(work[g, b])]
                builder.row("time", {int(columns[g, b]): float(work[g, b]) for b in known}, upper=float(room[side, g]))
                if cache[g].any():
                    builder.row("cache", {int(columns[g, b]): float(cache[g, b]) for b in known}, upper=float(held[side, g]))
        answer = heard(solve(builder.build(), backend="highs", gap=0.0))
        if answer.values is None or answer.values[reach[0]] <= 0:
            return Reached(0.0, groups, np.zeros(work.shape), None)
        total = float(answer.values[reach[0]]) * (1.0 - 1e-9)
        taken = np.maximum(answer.values[sides[0]] + answer.values[sides[1]], 0.0)
        row = None
        if answer.row_duals is not None:
            values, spot = np.abs(answer.row_duals[:classes]), abs(float(answer.row_duals[classes]))
            scale = float(values @ share) - spot * (1.0 - self.blocks.firm_share)
            row = Row(values / scale, spot / scale) if scale > 0 else None
        return Reached(total, groups, taken / np.maximum(taken.sum(axis=0), 1e-300), row)


def _plan(standing: Standing) -> tuple[tuple[int, int, float], ...]:
    found: dict[int, tuple[int, float]] = {}
    for g, _, _, effective, n in standing:
        count, total = found.get(g, (0, 0.0))
        found[g] = (count + n, total + n * effective)
    return tuple((g, *found[g]) for g in sorted(found))
