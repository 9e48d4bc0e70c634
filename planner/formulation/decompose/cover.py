"""The cheapest set of items that covers a demand, for many demands at once: exact dynamic programming on a grid.

A service's classes keep their shares in every period, so its demand is one number per period. For any values v_b
of the classes (Σ share_b v_b = 1) every routing satisfies

    Σ_g h_g(N_g) ≥ rate,    h_g(N) = max { Σ_b v_b x_b : Σ_b w_gb x_b ≤ φ_g(N)·E, Σ_b k_gb x_b ≤ E }

so the cheapest N under this one row is a lower bound on the cheapest replicas, and exact when the plan found can be
routed. The row is a covering knapsack whose items are "N replicas of group g". An item may be taken more than once:
replicas of one group cover together at least what they cover apart, so nothing is won by it. Rounding what an item
covers up to the grid keeps the bound valid.

Where one row is not enough (a group may be better at one class than at another), further rows of the same kind, under
other class values, are met beside it on coarse grids of their own, and so are distinct instances: an item moves on
along every one of these dimensions at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INFINITE = np.inf
# Elements worked on together: enough to amortise a step's overhead, few enough to stay in the processor's cache.
TOGETHER = 16_000


@dataclass(frozen=True)
class Items:
    """What may cover some demands; one column per demand, columns padded with items of infinite cost.

    share   part of the demand that the item covers, above 0                                  [I, D]
    cost    of the item                                                                        [I, D]
    extra   cost of covering the whole demand by it, beside ``cost``                           [I, D]; None: nothing
    code    how far it goes along the other dimensions, as a number in their mixed base        [I, D]
    sides   steps to be taken along each of the other dimensions
    """

    share: np.ndarray
    cost: np.ndarray
    extra: np.ndarray | None
    code: np.ndarray
    sides: tuple[int, ...]


def cheapest_covers(items: Items, cells: int) -> tuple[np.ndarray, list[list[int]]]:
    """(lower bound on the cost of covering each demand, the items by demand that attain it on the grid)."""
    bounds, picks = [], []
    count, demands = items.cost.shape
    onward = _onward(items.sides)
    step = max(1, TOGETHER // max(1, count * onward.shape[0]))
    for first in range(0, demands, step):
        part = slice(first, min(demands, first + step))
        used = int(np.isfinite(items.cost[:, part]).any(axis=1).nonzero()[0].max(initial=-1)) + 1
        bound, picked = _covered(
            items.share[:used, part],
            items.cost[:used, part],
            None if items.extra is None else items.extra[:used, part],
            items.code[:used, part],
            onward,
            cells,
        )
        bounds.append(bound)
        picks += picked
    return np.concatenate(bounds) if bounds else np.empty(0), picks


def codes(sides: tuple[int, ...], steps: list[np.ndarray]) -> np.ndarray:
    """Steps along each dimension as one number."""
    code = np.zeros(np.broadcast_shapes(*(s.shape for s in steps)) if steps else (), dtype=np.int64)
    for side, step in zip(sides, steps, strict=True):
        code = code * (side + 1) + step
    return code


def _onward(sides: tuple[int, ...]) -> np.ndarray:
    """What is left to go, as a code, by what was left and the item's code [L, L]."""
    size = int(np.prod([side + 1 for side in sides])) if sides else 1
    left, taken = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    steps = []
    for side in reversed(sides):
        steps.append(np.maximum(left % (side + 1) - taken % (side + 1), 0))
        left, taken = left // (side + 1), taken // (side + 1)
    return codes(sides, steps[::-1]) if sides else np.zeros((1, 1), dtype=np.int64)


def _covered(share, cost, extra, code, onward, cells: int) -> tuple[np.ndarray, list[list[int]]]:
    count, demands = cost.shape
    if count == 0:
        return np.full(demands, INFINITE), [[] for _ in range(demands)]
    covered = np.maximum(np.ceil(np.minimum(share, 1.0) * cells - 1e-9).astype(np.int64), 1)
    # What does not cover all by itself needs another item, and any other one takes a cell.
    covered = np.where(share < 1.0 - 1e-9, np.minimum(covered, cells - 1), covered)
    layers = onward.shape[0]
    width = layers * demands
    column = np.arange(demands)
    least = np.full((cells + 1) * width, INFINITE)
    choice = np.zeros((cells + 1) * width, dtype=np.int16)
    least[column] = 0.0
    # Where an item leads to from each layer, within a cell.
    within = (onward[:, code].transpose(1, 0, 2) * demands + column).reshape(count, width)
    spread = np.tile(cost, (1, layers))
    per_cell = None if extra is None else np.tile(extra / cells, (1, layers))
    for layer in range(1, layers):
        at = layer * demands
        value = least[within[:, at : at + demands]] + cost
        best = value.argmin(axis=0)
        choice[at : at + demands], least[at : at + demands] = best, value[best, column]
    covered_all = np.tile(covered, (1, layers))
    moved = within - covered_all * width
    place, value, every = np.empty_like(moved), np.empty(spread.shape), np.arange(width)
    for j in range(1, cells + 1):
        moved += width
        np.maximum(moved, within, out=place)
        np.take(least, place, out=value)
        value += spread
        if per_cell is not None:
            value += per_cell * np.minimum(covered_all, j)
        best = value.argmin(axis=0)
        choice[j * width : (j + 1) * width] = best
        least[j * width : (j + 1) * width] = value[best, every]
    found = least[cells * width + (layers - 1) * demands + column]
    return found, _traced(choice, covered, code, onward, found, cells)


def _traced(choice, covered, code, onward, found, cells: int) -> list[list[int]]:
    demands, layers = found.size, onward.shape[0]
    picks: list[list[int]] = [[] for _ in range(demands)]
    for d in np.flatnonzero(np.isfinite(found)):
        layer, j = layers - 1, cells
        while j > 0 or layer > 0:
            i = int(choice[(j * layers + layer) * demands + d])
            picks[d].append(i)
            layer, j = int(onward[layer, code[i, d]]), max(0, j - int(covered[i, d]))
    return picks


def front(cost: np.ndarray, share: np.ndarray, steps: list[np.ndarray], extra: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Items that none beats in cost, share and all steps, by demand: (numbers [I, D], how many [D]).

    With ``extra`` an item beats others only by its cost with all the extra it can cause, so the bound stays one.
    """
    count, demands = cost.shape
    total = cost if extra is None else cost + extra * share
    order = np.argsort(total, axis=0, kind="stable")
    worth = np.take_along_axis(np.where(np.isfinite(total), share, 0.0), order, axis=0)
    sorted_total = np.take_along_axis(total, order, axis=0)
    sorted_cost = np.take_along_axis(cost, order, axis=0)
    walked = [np.take_along_axis(np.broadcast_to(s, cost.shape), order, axis=0) for s in steps]
    kept = np.zeros((count, demands), dtype=bool)
    for level in _levels(walked):
        mask, own = np.ones(worth.shape, dtype=bool), worth > 0
        for step, least in zip(walked, level, strict=True):
            mask &= step >= least
            own &= step == least
        if not own.any():
            continue
        most = np.maximum.accumulate(np.where(mask, worth, 0.0), axis=0)
        before = np.vstack([np.zeros((1, demands)), most[:-1]])
        if extra is not None:
            before = _most_before(sorted_total, sorted_cost, most)
        kept |= own & (worth > before * (1.0 + 1e-12))
    amount = kept.sum(axis=0)
    first = np.argsort(~kept, axis=0, kind="stable")[: max(1, int(amount.max(initial=0)))]
    return np.take_along_axis(order, first, axis=0), amount


def _levels(steps: list[np.ndarray]) -> list[tuple[int, ...]]:
    if not steps:
        return [()]
    return [tuple(row) for row in np.unique(np.stack([s.ravel() for s in steps], axis=1), axis=0).tolist()]


def _most_before(totals, cost, most) -> np.ndarray:
    """The largest share among items whose total cost is no more than an item's bare cost."""
    before = np.zeros(cost.shape)
    for d in range(cost.shape[1]):
        ahead = np.searchsorted(totals[:, d], cost[:, d], side="left")
        before[:, d] = np.where(ahead > 0, most[np.maximum(ahead - 1, 0), d], 0.0)
    return before
