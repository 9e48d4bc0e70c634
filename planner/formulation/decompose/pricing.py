"""The pricing loop: propose prices, ask every block, keep the best bound, stop when it no longer pays."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.prices import NOTHING_COSTS, ROUNDING, SMOOTHING, Priced, PriceMaster
from planner.formulation.decompose.split import Split

COARSE, FINE = 160, 640
MOST_ROUNDS = 60
# Relative accuracy of the master: rough is enough, and keeps its prices central.
CENTRAL = 1e-4
# Rounds without a better bound after which the smoothing is let go, and after which the search ends.
PATIENCE = 8


def find_prices(built: Built, split: Split, oracle: Oracle, run, *, target: float) -> tuple[Priced, PriceMaster]:
    """Prices, bound and patterns; ends when the bound is within ``target`` (relative) of the restricted master."""
    master = PriceMaster(built, split, oracle)
    state = Priced()
    prices = flat_prices(built, split)
    seen: dict[int, Pattern] = {}
    stale = 0
    for round_ in range(MOST_ROUNDS):
        state.rounds = round_ + 1
        cells = COARSE if round_ == 0 or _far(state, 10 * target) else FINE
        bound, found = lagrangian(built, split, oracle, master, prices, state, cells=cells, exact=round_ == 0)
        for pattern in found:
            seen.setdefault(pattern.block, pattern)
            state.patterns.setdefault(pattern.block, []).append(pattern)
        if round_ == 0:
            master.add_nothing(np.array([NOTHING_COSTS * (1.0 + _cost_at(seen, int(b), split, prices)) for b in master.active]))
        added = master.add(found)
        if bound > state.bound * (1 + 1e-7):
            state.bound, state.prices, stale = bound, prices, 0
        else:
            stale += 1
        point = master.lp.central(CENTRAL)
        state.master, state.point = point.objective + split.model.cost_offset, point
        run.tell("pricing", bound=state.bound, note=f"round {round_ + 1}, {sum(map(len, state.patterns.values()))} patterns")
        if not _far(state, target) or (added == 0 and stale > 2) or stale > PATIENCE or _out_of_time(run):
            break
        newest = master.allowed(point.duals[: split.coupling.size])
        keep = SMOOTHING if stale < 3 else 0.3 if stale < 6 else 0.0
        prices = newest if state.prices is None else keep * state.prices + (1.0 - keep) * newest
    return state, master


def _far(state: Priced, target: float) -> bool:
    return not np.isfinite(state.master) or state.master - state.bound > target * abs(state.master)


def _out_of_time(run) -> bool:
    left = run.left()
    return (left is not None and left <= 0) or bool(run.stop and run.stop())


def _cost_at(seen: dict[int, Pattern], block: int, split: Split, prices: np.ndarray) -> float:
    pattern = seen.get(block)
    return 1.0 if pattern is None else pattern.cost + float(np.abs(prices[pattern.rows] * pattern.use).sum())


def lagrangian(
    built: Built, split: Split, oracle: Oracle, master: PriceMaster, prices: np.ndarray, state: Priced, *, cells: int, exact: bool
) -> tuple[float, list[Pattern]]:
    """(valid bound on the whole program at ``prices``, patterns found on the way).

    Blocks that only branch and bound can answer are searched when ``exact``; otherwise their part is not known and
    the bound is -inf, while the best of their known patterns guides the prices.
    """
    priced = split.priced(prices)
    parts = [split.model.cost_offset, master.right_hand(prices), master.shared_bound(priced)]
    found: list[Pattern] = []
    for number, blocks in enumerate(oracle.services):
        if blocks.covering:
            bounds, patterns = oracle.covers(number, priced, cells)
            found += patterns
            parts.append(float(bounds.sum()))
        else:
            parts += _searched(oracle, number, priced, found, exact)
    total = float(np.sum(parts))
    return total - ROUNDING * float(np.sum(np.abs(parts))), found


def _searched(oracle: Oracle, number: int, priced: np.ndarray, found: list[Pattern], exact: bool) -> list[float]:
    if not exact:
        return [-np.inf]
    bounds = []
    for t in np.flatnonzero(oracle.services[number].rate > 0):
        bound, pattern = oracle.search(number, int(t), priced, gap=1e-4)
        bounds.append(bound)
        if pattern is not None:
            found.append(pattern)
    return bounds


def flat_prices(built: Built, split: Split) -> np.ndarray:
    """Starting prices: an accelerator hour of each pool costs what its cheapest steady purchase costs in any hour."""
    prices = np.zeros(split.model.row_count)
    sets, data = built.sets, built.data
    ranges = [r for r in built.ranges if r.constraint == "instance_packing"]
    for (pool, firm), part in zip(sets.slots_in, ranges, strict=True):
        found = sets.pools[pool]
        if firm:
            ways = [np.array(found.on_demand)] if found.on_demand is not None else []
            ways += [
                np.full_like(data.hours, o.usd_per_unit_hour)
                for n, o in enumerate(sets.options)
                if n in built.var.units and o.measure == "instances" and o.covers[0] == found.id
            ]
            usd = np.min(ways, axis=0) * data.hours if ways else np.zeros_like(data.hours)
        else:
            usd = data.running_cost((pool, False)) + data.restart_cost(pool)
        prices[part.start : part.stop] = -usd / found.accelerators
    return prices[split.coupling]
