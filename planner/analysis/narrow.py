"""A program without the offers that no plan up to some cost can use: exact where the plan then costs no more than that."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.solve import Judged
from planner.units import HOURS_PER_MONTH

#: Bounds are compared with this relative slack: above rounding and what a plan may fall short of the demand by.
SLACK = 1e-5
#: So many ways to value the classes of a service, by what its cheapest candidates take for each.
VALUES = 3


def affordable(stated: Judged, usd_per_month: float) -> Judged | None:
    r"""``stated`` without the offers of which one replica makes a plan dearer than ``usd_per_month``; None where that cannot be said.

    A plan proven the cheapest without them that costs no more is the cheapest of all. Per service s, let κ be what one
    replica is worth at most, as a share of the demand under class values v (Σ_b v_b λ_b = 1):

    .. math:: κ_g = \max_j \min(S_g / N_j, φ_j \max_b v_b / w_{gb}), \qquad c_s = \min_{g,k} p_k a_g / κ_g

    φ_j from N_j replicas on, S_g the worth of the classes that g serves, p_k the price of an accelerator, a_g those of a
    replica. Every plan serves all demand, so it costs Σ_s c_s at least, and with one replica of g in pool k at least
    P_k − c_s κ_g − (A_k − a_g) max c κ / a more: the instance, less what its accelerators are worth. And each of
    ``min_instances`` costs what the cheapest instance does.

    An instance is paid in every hour only where there is one period; and nothing may cover it, discount it or leave it out, nor may
    services share replicas.
    """
    problem = stated.problem
    covered = problem.commitments.offers or problem.commitments.held or problem.jobs or problem.existing or problem.costs.without
    shared = any(service.workload.serves is not None for service in problem.services)
    if len(stated.times.periods) != 1 or covered or shared:
        return None
    services = [_Service(stated, number) for number in range(len(stated.choices))]
    valued = [service.valued() for service in services]
    least = sum(at_least for at_least, _ in valued)
    worth: dict[tuple[str, bool], float] = {}
    for service, (_, saved) in zip(services, valued):
        most = np.zeros(len(service.table.sides))
        np.maximum.at(most, service.table.side, saved / service.table.accelerators)
        for side, usd in zip(service.table.sides, most.tolist()):
            worth[side] = max(worth.get(side, 0.0), usd)
    ceiling = usd_per_month * (1.0 + SLACK)
    choices, fewer = [], False
    for service, (_, saved), choice in zip(services, valued, stated.choices, strict=True):
        table = service.table
        beside = np.array([worth[side] for side in table.sides])
        cost = least + table.usd - saved - (table.size - table.accelerators) * (beside[table.side] if beside.size else 0.0)
        open_to = np.flatnonzero(np.maximum(cost, table.usd + service.others) <= ceiling)
        kept = {(int(table.candidate[o]), *table.sides[table.side[o]]) for o in open_to}
        fewer = fewer or len(kept) < table.usd.size
        choices.append(replace(choice, candidates=tuple(_open(choice.candidates, kept))))
    return replace(stated, choices=tuple(choices)) if fewer else None


def alone(stated: Judged) -> float | None:
    """About what the rent is when each service stands in one kind of replica, the cheapest [USD/month]; None: some cannot."""
    total = sum(float(_Service(stated, number).alone().min(initial=np.inf)) for number in range(len(stated.choices)))
    return total if total < np.inf else None


@dataclass(frozen=True)
class _Table:
    """The offers of one service as arrays: one row a candidate (g), or one row a candidate on one side of a pool (o).

    work [g, b]       replica-seconds per request; infinite where a class cannot be served
    count, share [g, j]  levels: from so many replicas on, so much of saturation; nothing beyond the last
    last [g]          share of the last level
    candidate, usd, each, accelerators [o]  its row; an instance [USD/month]; an accelerator of it [USD/month]; accelerators of a replica
    size, side [o]    accelerators of an instance; number of the side
    sides             (pool's id, firm) by number
    """

    work: np.ndarray
    count: np.ndarray
    share: np.ndarray
    last: np.ndarray
    candidate: np.ndarray
    usd: np.ndarray
    each: np.ndarray
    accelerators: np.ndarray
    size: np.ndarray
    side: np.ndarray
    sides: tuple[tuple[str, bool], ...]


def _table(candidates: tuple[Any, ...], pools: tuple[Any, ...], spot: bool, reserved: bool) -> _Table:
    """Made once for candidates that many demands are asked of."""
    for of_candidates, of_pools, how, made in _TABLES:
        if of_candidates is candidates and of_pools is pools and how == (spot, reserved):
            return made
    by_id = {pool.id: pool for pool in pools}
    rows, sides, prices = [], {}, {}
    for number, candidate in enumerate(candidates):
        for pool in map(by_id.__getitem__, candidate.pools):
            for firm in (True, False) if spot else (True,):
                side = pool.id, firm
                if side not in prices:
                    prices[side] = _least(pool, firm, reserved)
                if (usd := prices[side]) is not None and candidate.may_use(pool.id, firm=firm):
                    a = candidate.configuration.accelerators
                    rows.append((number, usd, usd * a / pool.accelerators, a, pool.accelerators, sides.setdefault(side, len(sides))))
    levels = max((len(candidate.levels) for candidate in candidates), default=0)
    count, share = np.ones((len(candidates), levels)), np.zeros((len(candidates), levels))
    for number, candidate in enumerate(candidates):
        count[number, : len(candidate.levels)], share[number, : len(candidate.levels)] = zip(*candidate.levels)
    work = [[w if can else np.inf for w, can in zip(c.work_s, c.can_serve)] for c in candidates]
    last = [candidate.levels[-1][1] for candidate in candidates]
    columns = [np.array(column) for column in zip(*rows)] or [np.empty(0)] * 6
    made = _Table(
        np.array(work, dtype=float), count, share, np.array(last, dtype=float), columns[0].astype(int), *(column.astype(float) for column in columns[1:5]),
        columns[5].astype(int), tuple(sides),
    )  # fmt: skip
    _TABLES.appendleft((candidates, pools, (spot, reserved), made))
    return made


#: Tables of as many services as a fleet may have.
_TABLES: deque = deque(maxlen=64)


class _Service:
    """One service's offers and demand; ``others`` is what its other distinct instances cost at least, beside any one [USD/month]."""

    def __init__(self, stated: Judged, number: int) -> None:
        self.stated, self.number, self.choice = stated, number, stated.choices[number]
        self.service = stated.problem.services[number]
        self.rate = np.asarray(stated.rates[self.choice.service])[:, 0]
        spot = self.service.spot.allowed and self.service.spot.max_share > 0
        self.table = _table(self.choice.candidates, stated.pools, spot, stated.problem.commitments.offered)
        self.distinct = self.service.availability.min_instances if self.service.availability is not None else 0
        self.others = max(0, self.distinct - 1) * float(self.table.usd.min(initial=np.inf)) if self._alone_serves() else 0.0

    def _alone_serves(self) -> bool:
        """Whether all demand must be served, by replicas of its own."""
        elsewhere = self.choice.hosted or any(cache for cache in self.stated.caches[self.number : self.number + 1]) or self.service.routing == "slices"
        short = self.service.unserved_usd_per_request is not None or self.stated.problem.limits.shortage != "forbidden"
        return bool(self.table.usd.size and self.rate.any()) and not (elsewhere or short)

    def valued(self) -> tuple[float, np.ndarray]:
        """(what serving it costs at least, what a replica of each offer saves elsewhere at most) [USD/month]."""
        table = self.table
        least, worth = 0.0, np.zeros(table.usd.size)
        for value in self._values() if self._alone_serves() else ():
            share = self._most_worth(value)[table.candidate]
            held = share > 0
            each = float((table.each[held] / share[held]).min()) if held.any() else 0.0
            if each > least:
                least, worth = each, each * share
        return least, worth

    def alone(self) -> np.ndarray:
        """What each offer costs that serves everything by itself; infinite where it cannot [o]."""
        asked = self.rate > 0
        able = np.isfinite(self.table.work[:, asked]).all(axis=1)
        work = np.where(np.isfinite(self.table.work), self.table.work, 0.0) @ self.rate
        count = np.array([_replicas(c, w) if can else np.inf for c, w, can in zip(self.choice.candidates, work.tolist(), able.tolist())])
        fit = np.maximum(1.0, self.table.size // self.table.accelerators)
        with np.errstate(invalid="ignore"):
            cost = self.table.usd * np.maximum(np.ceil(count[self.table.candidate] / fit), self.distinct)
        return np.where(able[self.table.candidate], cost, np.inf)

    def _values(self) -> list[np.ndarray]:
        """Class values, Σ v λ = 1: what the cheapest candidates take for each class, and what each class costs where it is cheapest."""
        table, cost = self.table, self.alone()
        ranked = sorted((c, g) for c, g in zip(cost.tolist(), table.candidate.tolist()) if c < np.inf)
        finite = np.where(np.isfinite(table.work), table.work, 0.0)
        found = [finite[c] for c in list(dict.fromkeys(candidate for _, candidate in ranked))[:VALUES]]
        cheapest = ((table.each / table.last[table.candidate])[:, None] * table.work[table.candidate]).min(axis=0)
        found.append(np.where(np.isfinite(cheapest), cheapest, 0.0))
        return [value / total for value in found if (total := float(np.dot(value, self.rate))) > 0]

    def _most_worth(self, value: np.ndarray) -> np.ndarray:
        """κ: the share of the demand that one of any number of replicas is worth at most [g]."""
        table = self.table
        served = np.isfinite(table.work) @ (value * self.rate)
        with np.errstate(divide="ignore", invalid="ignore"):
            speed = np.nan_to_num(value / table.work, nan=0.0, posinf=np.inf).max(axis=1, initial=0.0)
            each = np.minimum(served[:, None] / table.count, table.share * speed[:, None])
        return np.where(table.share > 0, each, 0.0).max(axis=1, initial=0.0)


def _least(pool: Any, firm: bool, reserved: bool) -> float | None:
    """What one running instance costs at the least [USD/month]; nothing where it is not simply rented; None: not sold so."""
    if pool.owned is not None or pool.purchase is not None or (firm and pool.committed_usd_per_hour is not None):
        return 0.0 if firm else None
    firmly = [*_some(pool.on_demand), *(price for _, price in (pool.reserved if reserved else ()))]
    hourly = firmly if firm else [price * pool.spot_availability for price in _some(pool.spot)]
    return HOURS_PER_MONTH * min(hourly) if hourly else None


def _some(prices: Iterable[float] | None) -> tuple[float, ...]:
    return () if prices is None else tuple(prices)


def _replicas(candidate: Any, work: float) -> int:
    """The least N with N φ(N) of at least ``work``."""
    needed = 1
    for i, (first, share) in enumerate(candidate.levels):
        last = candidate.levels[i + 1][0] - 1 if i + 1 < len(candidate.levels) else math.inf
        if share > 0:
            needed = max(first, math.ceil(work / share - 1e-9))
            if needed <= last:
                break
    return max(1, needed)


def _open(candidates: tuple[Any, ...], kept: set[tuple[int, str, bool]]) -> Iterator[Any]:
    """Candidates where they are kept; a pool of which one side is closed stays with the other."""
    left = defaultdict(set)
    for number, pool, firm in kept:
        left[number].add((pool, firm))
    for number in sorted(left):
        candidate = candidates[number]
        sides = {(pool, firm) for pool in candidate.pools for firm in (True, False)}
        shut = sides - left[number]
        pools = tuple(pool for pool in candidate.pools if not {(pool, True), (pool, False)} <= shut)
        yield replace(candidate, pools=pools, dominated_sides=frozenset(candidate.dominated_sides | shut))
