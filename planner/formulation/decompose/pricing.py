"""The pricing loop: propose prices, ask every block, keep the best bound, stop when it no longer pays."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from planner.backends.central_lp import central_point
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.prices import SharedPart, flat_prices, row_scales, safe_sum
from planner.formulation.decompose.restricted import boxed, restricted
from planner.formulation.decompose.single import alone
from planner.milp.status import relative_gap

COARSE, FINE = 160, 480
# Class values tried per block and round for blocks whose cheapest cover cannot be routed.
SHARPENINGS = 1
# Relative accuracy of the master: rough is enough, and keeps its prices central.
CENTRAL = 1e-4
# The box around the best prices in which new ones are sought, relative to the rows' scales.
FIRST_WIDTH, WIDER, NARROWER, WIDEST = 0.2, 1.5, 0.4, 10.0
# Units bought outside the box's rows, per pattern, below which the master has a plan of its own.
OUTSIDE = 1e-6
# Patterns of one group alone for services that may have few configurations over all periods.
ALONE_LIMITED = 40
# Rounds without a better bound after which the search ends.
PATIENCE = 6
# Patterns per block kept in the master: the cheapest ones at the best prices.
KEPT = 12


@dataclass
class Pricing:
    """The state of pricing.

    bound        best valid lower bound on the program so far, at ``prices``
    parts        its part that is not of blocks; ``blocks`` the blocks' bounds there [S, T]
    master       optimal value of the restricted master: what the bound can rise to with these patterns
    patterns     known patterns by key
    round_s      seconds that the last round took; ``cut`` whether a round was left out for want of time
    used         patterns that the last master gave weight to
    incumbent    cost of the best plan so far, for those who watch
    scale        of the coupling rows' prices; ``width`` of the box around the best ones, relative to it
    """

    oracle: Oracle
    shared: SharedPart
    flat: np.ndarray
    bound: float = -np.inf
    prices: np.ndarray | None = None
    parts: float = -np.inf
    blocks: np.ndarray | None = None
    master: float = np.inf
    patterns: dict[tuple, Pattern] = field(default_factory=dict)
    used: list[Pattern] = field(default_factory=list)
    round_s: float = 0.0
    cut: bool = False
    rounds: int = 0
    stale: int = 0
    scale: np.ndarray | None = None
    width: float = FIRST_WIDTH
    incumbent: float | None = None

    def add(self, found: list[Pattern]) -> int:
        """Adds patterns not known yet; returns how many."""
        before = len(self.patterns)
        for pattern in found:
            self.patterns.setdefault(pattern.key, pattern)
        return len(self.patterns) - before

    def gap(self) -> float:
        """Relative distance of the bound from the restricted master."""
        return (self.master - self.bound) / max(abs(self.master), 1e-12) if np.isfinite(self.master) else np.inf

    def figures(self) -> dict[str, float | None]:
        """Incumbent, bound and gap, as far as known."""
        bound = self.bound if np.isfinite(self.bound) else None
        return {"incumbent": self.incumbent, "bound": bound, "gap": relative_gap(self.incumbent, bound)}

    def reduced(self) -> dict[int, list[tuple[float, Pattern]]]:
        """By block: patterns with their costs at the best prices, cheapest first."""
        priced = self.oracle.split.priced(self.prices)
        found: dict[int, list[tuple[float, Pattern]]] = {}
        for pattern in self.patterns.values():
            found.setdefault(pattern.block, []).append((float(priced[pattern.columns] @ pattern.values), pattern))
        for listed in found.values():
            listed.sort(key=lambda pair: (pair[0], pair[1].cost, pair[1].key))
        return dict(sorted(found.items()))


def begin(oracle: Oracle, most_alone: int) -> Pricing:
    """Pricing with a first pattern for every block where one group can serve it alone."""
    flat = flat_prices(oracle.built, oracle.split)
    state = Pricing(oracle, SharedPart(oracle.split), flat, scale=row_scales(oracle.built, oracle.split))
    priced = oracle.split.priced(flat)
    for number in range(len(oracle.services)):
        limited = oracle.built.sets.services[number].max_configurations is not None
        state.add(alone(oracle, number, priced, max(most_alone, ALONE_LIMITED) if limited else most_alone))
    return state


def try_prices(state: Pricing, prices: np.ndarray, cells: int) -> int:
    """Asks all blocks at ``prices``; keeps the bound when it is the best. Returns how many patterns are new."""
    priced = state.oracle.split.priced(prices)
    answer = state.oracle.answer(priced, cells, SHARPENINGS, least_known(state, priced))
    added = state.add(answer.patterns)
    blocks = not_above_patterns(state, priced, answer.bound)
    parts = np.array([state.oracle.split.model.cost_offset, state.shared.right_hand(prices), state.shared.bound(priced)])
    bound = safe_sum(np.concatenate([parts, blocks.ravel()]))
    if state.prices is None or not np.isfinite(state.bound) or bound > state.bound + 1e-7 * abs(state.bound):
        state.bound, state.prices, state.stale = bound, prices, 0
        state.parts, state.blocks = safe_sum(parts), blocks
    else:
        state.stale += 1
    state.rounds += 1
    return added


def sharpen(state: Pricing, sharpenings: int) -> None:
    """Asks all blocks again at the best prices, with more class values each, and keeps what is better."""
    priced = state.oracle.split.priced(state.prices)
    answer = state.oracle.answer(priced, FINE, sharpenings, least_known(state, priced))
    state.add(answer.patterns)
    state.blocks = not_above_patterns(state, priced, np.maximum(state.blocks, answer.bound))
    state.bound = max(state.bound, safe_sum(np.append(state.blocks.ravel(), state.parts)))


def not_above_patterns(state: Pricing, priced: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """``bound`` by block, never above what a known pattern of the block costs: a check that should change nothing."""
    return np.minimum(bound, least_known(state, priced).reshape(bound.shape))


def least_known(state: Pricing, priced: np.ndarray) -> np.ndarray:
    """What the cheapest known pattern of each block costs, infinite where none is known [S, T]."""
    least = np.full(len(state.oracle.split.columns), np.inf)
    patterns = list(state.patterns.values())
    if patterns:
        sizes = np.array([p.columns.size for p in patterns])
        costs = priced[np.concatenate([p.columns for p in patterns])] * np.concatenate([p.values for p in patterns])
        # A pattern may be empty, where nothing is asked for.
        totals = np.bincount(np.repeat(np.arange(sizes.size), sizes), weights=costs, minlength=sizes.size)
        np.minimum.at(least, np.array([p.block for p in patterns]), totals)
    return least.reshape(-1, state.oracle.periods)


def find_prices(state: Pricing, run, *, rounds: int, target: float, leave_s: float = 0.0) -> None:
    """Rounds of pricing until the bound is within ``target`` of the master, or rises no more, or ``leave_s`` is left.

    The master proposes prices within a box around the best ones: far from them it knows too few patterns to be
    believed. The box widens while its promises are kept and shrinks when they are not.
    """
    if state.prices is None:
        try_prices(state, state.flat, FINE)
    state.stale = 0
    for _ in range(rounds):
        # A round cannot be cut short: none is begun that would take what is to be left.
        if not state.patterns or out_of_time(run) or (run.left() is not None and run.left() < leave_s + state.round_s):
            state.cut = True
            return
        began = time.monotonic()
        master = restricted(state.oracle.split, _kept(state), for_prices=True)
        point = central_point(boxed(master, state.prices, state.width * state.scale), CENTRAL)
        state.master = point.objective
        outside = float(point.values[master.model.column_count :].sum()) > OUTSIDE * len(master.patterns)
        weights = point.values[master.shared.size : master.shared.size + len(master.patterns)]
        state.used = [p for p, weight in zip(master.patterns, weights, strict=True) if weight > 0.01]
        newest = state.shared.allowed(master.prices(point.duals, state.flat))
        before = state.bound
        added = try_prices(state, newest, COARSE if state.gap() > 20 * target else FINE)
        state.round_s = time.monotonic() - began
        state.width = _next_width(state, point.objective - before, state.bound - before, outside)
        run.tell("pricing", **state.figures(), note=f"round {state.rounds}, {len(state.patterns)} patterns, {added} new, box {state.width:.3g}")
        if state.gap() <= target or state.stale > PATIENCE:
            return


def _next_width(state: Pricing, promised: float, kept: float, outside: bool) -> float:
    """Width of the next box: wider where promises were kept, narrower where not; as it is while patterns admit no plan."""
    share = kept / max(promised, 1e-12)
    if share > 0.3 or (outside and kept > 0):
        return min(WIDEST, state.width * WIDER)
    return state.width if share > 0.05 or outside else state.width * NARROWER


def _kept(state: Pricing) -> list[Pattern]:
    return [pattern for listed in state.reduced().values() for _, pattern in listed[:KEPT]]


def out_of_time(run) -> bool:
    """Whether the run should end now."""
    left = run.left()
    return (left is not None and left <= 0) or bool(run.stop and run.stop())
