"""The numbers of replicas of a group that a cover may take at once, firm, spot and mixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Replica counts are offered one by one up to here, then in steps that grow, rounded so that a bound stays one.
ONE_BY_ONE = 256
# Mixes of firm and spot replicas offered per count.
MIXES = 4


@dataclass(frozen=True)
class Offers:
    """Numbers of replicas of a group that can be taken at once, as flat arrays [K].

    firm, spot            replicas at one end of the item's range of mixes
    other_firm, other_spot  at its other end: the cheaper end bounds what a plan in the range pays
    plan_firm, plan_spot  replicas as a plan has them
    room                φ(N)·E that they give, at least what any plan in the range has
    held                E
    """

    group: np.ndarray
    firm: np.ndarray
    spot: np.ndarray
    other_firm: np.ndarray
    other_spot: np.ndarray
    plan_firm: np.ndarray
    plan_spot: np.ndarray
    room: np.ndarray
    held: np.ndarray


def make_offers(groups, slots, enough: np.ndarray, effective: np.ndarray) -> Offers:
    """All offers of a service's groups; ``enough`` replicas at most [G], spot ones counting ``effective`` each [G]."""
    rows: list[tuple] = []
    for i, group in enumerate(groups):
        firm = any(slots[q].firm for q in group.slots)
        spot = any(not slots[q].firm for q in group.slots)
        for low, high in _ranges(int(enough[i])):
            share = group.candidate.share_at(high)
            for one, other, plan in _mixes(low, high, firm, spot):
                held = plan[0] + plan[1] * effective[i]
                rows.append((i, *one, *other, *plan, share * held, held))
    table = np.array(rows, dtype=float).reshape(len(rows), 9).T
    return Offers(*(column.astype(int) for column in table[:7]), room=table[7], held=table[8])


def _ranges(top: int) -> list[tuple[int, int]]:
    """Ranges of counts that are offered as one."""
    ranges = [(n, n) for n in range(1, min(top, ONE_BY_ONE) + 1)]
    while ranges and ranges[-1][1] < top:
        low = ranges[-1][1] + 1
        ranges.append((low, min(top, int(low * 1.02))))
    return ranges


def _mixes(low: int, high: int, firm: bool, spot: bool) -> list[tuple[tuple[int, int], ...]]:
    """(firm, spot) at both ends, and as a plan has them, of the mixes offered for a range of counts."""
    mixes = []
    if firm:
        mixes.append(((low, 0), (low, 0), (high, 0)))
    if spot:
        mixes.append(((0, low), (0, low), (0, high)))
    if firm and spot and high > 1:
        edges = sorted({1 + round(i * (high - 1) / MIXES) for i in range(MIXES + 1)})
        for first, after in zip(edges, edges[1:], strict=False):
            last = after - 1
            mixes.append(((max(0, low - first), first), (max(0, low - last), last), (high - first, first)))
    return mixes
