"""The pricing loop of services' blocks: each period finds its own prices, what periods share is priced in between."""

from __future__ import annotations

import time

import numpy as np

from planner.formulation.decompose.limit_prices import LimitPrices
from planner.formulation.decompose.period_masters import Outer, PeriodMasters
from planner.formulation.decompose.prices import safe_sum
from planner.formulation.decompose.pricing import FINE, SHARPENINGS, WIDEST, Pricing, least_known, not_above_patterns, out_of_time, try_prices

#: Width of a period's first box, relative to the rows' scales, and how it changes.
FIRST_WIDTH, WIDER, NARROWER, LITTLE_NARROWER = 0.2, 1.5, 0.4, 0.7
#: Share of what was promised from which a box is widened, and under which it is made narrower.
KEPT_WELL, KEPT_BADLY = 0.3, 0.05
#: Rounds of single periods between two that move the prices of limits over several.
BETWEEN = 2
#: A period within so much of its master, relative to the whole, is left alone.
SETTLED = 0.02


class PeriodPricing:
    """Finds prices for the blocks of services; ``state`` keeps the best."""

    def __init__(self, state: Pricing) -> None:
        self.state = state
        self.masters = PeriodMasters(state.oracle.built, state.oracle.split)
        self.widths = np.full(self.masters.periods, FIRST_WIDTH)
        self.limits = LimitPrices(self.masters)
        self.rounds = 0
        self.known = 0

    def find(self, run, *, rounds: int, target: float, leave_s: float = 0.0) -> None:
        """Rounds of pricing until the bound is within ``target`` of the masters, or ``leave_s`` is left."""
        state = self.state
        if state.prices is None:
            try_prices(state, state.flat, FINE)
        for _ in range(rounds):
            if out_of_time(run) or (run.left() is not None and run.left() < leave_s + state.round_s):
                state.cut = True
                return
            began, before = time.monotonic(), state.bound
            if self.masters.limits.size and self.rounds % (BETWEEN + 1) == BETWEEN:
                added, note = self._limits(target), f"limits' box {self.limits.width:.3g}"
            else:
                added, note = self._each(target), f"boxes {np.median(self.widths):.3g}"
            self.rounds += 1
            state.rounds += 1
            state.round_s = time.monotonic() - began
            run.tell("pricing", **state.figures(), note=f"round {state.rounds}, {len(state.patterns)} patterns, {added} new, {note}")
            if state.gap() <= target or (not added and state.bound <= before):
                return

    def _learn(self) -> None:
        patterns = list(self.state.patterns.values())
        self.masters.add(patterns[self.known :])
        self.known = len(patterns)

    def _outer(self) -> Outer:
        """What periods share at the best prices; ``state.bound`` becomes the bound there where that is better."""
        state = self.state
        priced = state.oracle.split.priced(state.prices)
        value = state.shared.bound(priced)
        parts = np.array([state.oracle.split.model.cost_offset, state.shared.right_hand(state.prices), value])
        state.parts = safe_sum(parts)
        state.bound = max(state.bound, safe_sum(np.concatenate([parts, state.blocks.ravel()])))
        return self.masters.outer(state.prices, state.shared.duals)

    def _each(self, target: float) -> int:
        """One round in which each period moves by itself; how many patterns are new."""
        state, masters = self.state, self.masters
        self._learn()
        outer = self._outer()
        best = masters.scores(state.prices, outer, state.blocks)
        newest, proposals = state.prices.copy(), []
        for t in range(masters.periods):
            proposal = masters.propose(t, outer, state.prices, self.widths[t] * state.scale, state.flat)
            proposals.append(proposal)
            newest[proposal.place] = proposal.prices
        self.limits.heard(state.prices, proposals)
        promised = np.array([p.value for p in proposals]) - best
        enough = SETTLED * target * abs(state.bound) / masters.periods
        moving = np.array([p.outside for p in proposals]) | (promised > enough)
        newest = state.shared.allowed(newest)
        priced = state.oracle.split.priced(newest)
        answer = state.oracle.answer(priced, FINE, SHARPENINGS, least_known(state, priced), moving)
        added = state.add(answer.patterns)
        blocks = not_above_patterns(state, priced, np.where(moving, answer.bound, state.blocks))
        kept = masters.scores(newest, outer, blocks) - best
        for t in np.flatnonzero(moving).tolist():
            if kept[t] > 0:
                state.prices[proposals[t].place] = newest[proposals[t].place]
                state.blocks[:, t] = blocks[:, t]
            self.widths[t] = _next_width(self.widths[t], promised[t], kept[t], proposals[t].outside)
        state.used = [p for proposal in proposals for p in proposal.used]
        self._outer()
        state.master = state.bound + float(np.maximum(promised - np.maximum(kept, 0.0), 0.0).sum())
        return added

    def _limits(self, target: float) -> int:
        """One round that moves the prices of limits over several periods, and of single periods after them."""
        state, limits = self.state, self.limits
        before = state.bound, state.prices.copy(), state.blocks.copy(), state.master
        newest, promised = limits.propose(state.prices, state.bound)
        state.prices = state.shared.allowed(newest)
        priced = state.oracle.split.priced(state.prices)
        answer = state.oracle.answer(priced, FINE, SHARPENINGS, least_known(state, priced))
        added = state.add(answer.patterns)
        state.blocks = not_above_patterns(state, priced, answer.bound)
        state.bound = -np.inf
        added += self._each(target)
        limits.judged(promised, state.bound - before[0])
        if not state.bound > before[0]:
            state.bound, state.prices, state.blocks, state.master = before
        return added


def _next_width(width: float, promised: float, kept: float, outside: bool) -> float:
    """Width of the next box: wider where promises were kept, narrower where not, little so while patterns admit no plan."""
    share = kept / max(promised, 1e-12)
    if share > KEPT_WELL or (outside and kept > 0):
        return min(WIDEST, width * WIDER)
    if share > KEPT_BADLY:
        return width
    return width * (LITTLE_NARROWER if outside else NARROWER)
