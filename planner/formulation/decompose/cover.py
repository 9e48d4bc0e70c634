"""The cheapest replicas that cover one service's demand in every period: an exact covering search on a fine grid.

A service's classes keep their shares in every period, so its demand is one number per period. For any values v_b
of the classes (Σ share_b v_b = 1) every routing satisfies

    Σ_g h_g(N_g) ≥ rate,    h_g(N) = max { Σ_b v_b x_b : Σ_b w_gb x_b ≤ φ_g(N)·N, Σ_b k_gb x_b ≤ N }

so the cheapest N under this one row is a lower bound on the cheapest replicas, and exact when the plan found can be
routed. The row is a covering knapsack whose items are "N replicas of group g": dynamic programming over the share of
the rate that is covered, all periods at once. Rounding what an item covers up to the grid keeps the bound valid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INFINITE = np.inf


@dataclass(frozen=True)
class Item:
    """``count`` replicas of group ``group`` (a number within the service)."""

    group: int
    count: int


@dataclass(frozen=True)
class Cover:
    """Lower bounds by period and, for each, the replicas by group that attain them on the grid [G, T]."""

    bound: np.ndarray
    counts: np.ndarray


def cheapest_cover(
    worth: np.ndarray,
    price: np.ndarray,
    load_price: np.ndarray,
    rate: np.ndarray,
    *,
    counts: np.ndarray,
    at_least: int,
    cells: int,
    offered: np.ndarray,
) -> Cover:
    """Bounds and plans for all periods.

    worth       [G, C, T] rate that ``counts`` replicas of a group cover under the class values     [1/s]
    price       [G, T] of one replica                                                              [USD/month]
    load_price  [G, T] of one request per second routed to the group, at least                      [USD/month]
    rate        [T] to be covered; periods without demand cost nothing                              [1/s]
    counts      [C] numbers of replicas offered as items, rising
    at_least    replicas in all that any plan must have
    cells       grid cells per period
    offered     [G, C, T] which items may be used; leaving out beaten ones keeps the bound
    """
    groups, _, periods = worth.shape
    order = np.argsort(load_price, axis=0, kind="stable")
    floor = load_price.min(axis=0)
    extra = load_price - floor
    per_cell = rate / cells
    ranks = at_least + 1
    best = np.full((ranks, periods, cells + 1), INFINITE)
    best[0, :, 0] = 0.0
    choice = np.full((groups, ranks, periods, cells + 1), -1, dtype=np.int16)
    origin = np.zeros((groups, ranks, periods, cells + 1), dtype=np.int32)
    t = np.arange(periods)
    width = cells + 1
    place = np.arange(width)[None, :]
    scale = np.where(rate > 0, cells / np.where(rate > 0, rate, 1.0), 0.0)
    for step in range(groups):
        g = order[step]
        covered = np.ceil(np.minimum(worth[g, :, t].T * scale, cells) - 1e-9).astype(int)  # [C, T]
        unit = price[g, t]
        dearer = extra[g, t] * per_cell
        found = best.copy()
        for c, count in enumerate(counts):
            useful = (covered[c] > 0) & offered[g, c, t]
            if not useful.any():
                continue
            step_cost = np.where(useful, count * unit, INFINITE)
            _relax(found, best, choice[step], origin[step], c, int(count), covered[c], step_cost, dearer, place, t, cells)
        best = found
    final = best[at_least, :, cells]
    return Cover(
        bound=np.where(rate > 0, final + floor * rate, 0.0),
        counts=_traced(choice, origin, order, counts, rate, at_least, cells, best),
    )


def _relax(found, best, choice, origin, c, count, covered, step_cost, dearer, place, t, cells) -> None:
    """Tries item ``c`` from every state: to a fuller cell, and to more replicas in all."""
    periods = len(t)
    ranks = best.shape[0]
    for rank in range(ranks):
        source = best[rank]
        if not np.isfinite(source).any():
            continue
        target = min(ranks - 1, rank + count)
        # Forward step with a cap: cells at and beyond the end fold into the last one.
        shifted = np.full((periods, cells + 1), INFINITE)
        from_cell = place - covered[:, None]
        inside = from_cell >= 0
        index = np.clip(from_cell, 0, cells)
        value = np.take_along_axis(source, index, axis=1)
        used = covered[:, None]
        shifted = np.where(inside, value + step_cost[:, None] + dearer[:, None] * used, INFINITE)
        # The last cell is reached from every cell within one item of it; what is used is only what was missing.
        tail = source + step_cost[:, None] + dearer[:, None] * np.minimum(cells - place, used)
        tail = np.where(place >= cells - used, tail, INFINITE)
        last = tail.argmin(axis=1)
        shifted[:, cells] = tail[t, last]
        index[:, cells] = last
        better = shifted < found[target]
        found[target] = np.where(better, shifted, found[target])
        choice[target] = np.where(better, c, choice[target])
        origin[target] = np.where(better, index + rank * (cells + 1), origin[target])


def _traced(choice, origin, order, counts, rate, at_least, cells, best) -> np.ndarray:
    """Replicas by group of the plan that each period's bound comes from."""
    groups, _, periods, width = choice.shape
    plan = np.zeros((groups, periods), dtype=int)
    for t in range(periods):
        if rate[t] <= 0 or not np.isfinite(best[at_least, t, cells]):
            continue
        rank, cell = at_least, cells
        for step in range(groups - 1, -1, -1):
            c = choice[step, rank, t, cell]
            if c >= 0:
                plan[order[step, t], t] = counts[c]
                rank, cell = divmod(int(origin[step, rank, t, cell]), width)
    return plan
