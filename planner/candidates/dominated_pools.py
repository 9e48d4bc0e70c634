"""Sides of pools (firm or spot) that another pool's side replaces at no loss, whatever the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from planner.candidates.candidate import Dominated
from planner.candidates.dominated_configurations import replaced
from planner.candidates.sides import Side, Terms
from planner.economics.pools import Pool


def dominated_pools(
    pools: Sequence[Pool], users: Mapping[Side, int], spot_survivors: int, terms: Terms
) -> dict[Side, Dominated]:
    r"""Each side of a pool that another side dominates, with the reason.

    Side q dominates side k (both firm, or both spot; same accelerator; instance of :math:`A_q \mid A_k`) when every
    candidate that may use k may use q, and per accelerator q is no dearer in anything that the problem counts:
    on-demand price in each period, best commitment, start-up, spot price times paid share, a team's share, emissions;
    its spot is there no less often; no stock is known for it, no quota, carbon cap or own commitment tells them apart
    to its disadvantage (``sides.Terms``). Owned pools take no part.

    Exactness, in two steps, each from a plan of what the step before left.

    1. Within one region. Move all that runs on side k to q, :math:`A_k / A_q` instances for each. Replicas are powers
       of two that divide :math:`A_q`, so what filled one instance of k fills those of q. All replicas of a candidate
       stay in their region: N and E of every group are as before, or E is larger. Replicas that stood on distinct
       instances still do. Every cost and every limit counts per accelerator and does not rise.
    2. Between regions. Only when every side of the accelerator in region r has such a counterpart in one other region
       r', all of r moves to r'. Then all groups of r join those of r' whole, and as φ does not fall with N, no
       capacity is lost: :math:`\varphi(N+N')(E+E') \ge \varphi(N)E + \varphi(N')E'`.

    Not applied to spot that a service may use which must survive the loss of spot (merging pools merges domains), and
    then not between regions either; nor to a side on which anything runs today.
    """
    found: dict[Side, Dominated] = {}
    groups: dict[str, list[Pool]] = {}
    for pool in pools:
        if pool.owned is None:
            groups.setdefault(pool.accelerator, []).append(pool)
    for accelerator in sorted(groups):
        sides = [
            (pool.id, firm)
            for pool in groups[accelerator]
            for firm in (True, False)
            if users.get((pool.id, firm))
        ]
        if len(sides) > 1:
            found.update(_among(sides, {p.id: p for p in groups[accelerator]}, users, spot_survivors, terms))
    return found


def _among(
    sides: list[Side], pools: dict[str, Pool], users: Mapping[Side, int], spot_survivors: int, terms: Terms
) -> dict[Side, Dominated]:
    """Dominated sides of one accelerator."""
    better = _better(sides, pools, users, terms)
    fixed = np.array([not firm and bool(users[pool, firm] & spot_survivors) or (pool, firm) in terms.kept for pool, firm in sides])
    better[fixed, :] = False
    regions = [pools[pool].region for pool, _ in sides]
    order = sorted(range(len(sides)), key=lambda i: sides[i][0])
    here = np.array(regions)
    lost = dict(replaced(better & (here[:, None] == here[None, :]), order))
    lost.update(_regions_lost(better, fixed, regions, [i for i in order if i not in lost]))
    return {
        sides[k]: Dominated(_name(sides[k]), _name(sides[q]), _why(regions[k] == regions[q]), "side")
        for k, q in lost.items()
    }


def _better(sides: list[Side], pools: dict[str, Pool], users: Mapping[Side, int], terms: Terms) -> np.ndarray:
    """[k, q]: side q is no worse than side k in everything."""
    better = np.zeros((len(sides), len(sides)), dtype=bool)
    for firm in (True, False):
        at = [i for i, side in enumerate(sides) if side[1] == firm]
        if not at:
            continue
        found = [pools[sides[i][0]] for i in at]
        cost = np.array([terms.cost(pool, firm) for pool in found])
        size = np.array([pool.accelerators for pool in found])
        part = (cost[None, :, :] <= cost[:, None, :]).all(axis=2) & (size[:, None] % size[None, :] == 0)
        part &= np.array([pool.stock is None for pool in found])[None, :]
        part &= _by_kind([users[sides[i]] for i in at], lambda k, q: not k & ~q)
        part &= _by_kind([terms.standing(pool, firm) for pool in found], terms.no_worse)
        np.fill_diagonal(part, False)
        better[np.ix_(at, at)] = part
    return better


def _by_kind(kinds: list, holds: Callable[[Any, Any], bool]) -> np.ndarray:
    """[k, q] of ``holds(kinds[k], kinds[q])``, asked once for each pair of different kinds."""
    known = {kind: place for place, kind in enumerate(dict.fromkeys(kinds))}
    table = np.array([[holds(k, q) for q in known] for k in known])
    place = np.array([known[kind] for kind in kinds])
    return table[np.ix_(place, place)]


def _regions_lost(
    better: np.ndarray, fixed: np.ndarray, regions: Sequence[str], left: list[int]
) -> Iterator[tuple[int, int]]:
    """Sides of every region that moves whole to another one, and where they go."""
    names = sorted({regions[i] for i in left})
    members = [[i for i in left if regions[i] == name] for name in names]
    reached = np.array([better[:, there].any(axis=1) for there in members]).T  # [side, region]
    can_move = np.array([reached[mine].all(axis=0) & ~fixed[mine].any() for mine in members])
    np.fill_diagonal(can_move, False)
    for r, other in replaced(can_move, range(len(names))):
        for i in members[r]:
            yield i, next(j for j in members[other] if better[i, j])


def _name(side: Side) -> str:
    pool, firm = side
    return f"{pool} {'firm' if firm else 'spot'}"


def _why(same_region: bool) -> str:
    where = "same region" if same_region else "all that could run in its region can run there"
    return f"same accelerator, {where}, no dearer per accelerator in any way of paying that the problem counts"
