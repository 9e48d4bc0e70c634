"""What the covering search needs to know of one service: what its groups' replicas are worth, and its items at prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.formulation.build import Built
from planner.formulation.constraints.kv_capacity import needs_cache_row
from planner.formulation.decompose.cover import codes, front
from planner.formulation.decompose.offers import Offers, make_offers
from planner.formulation.decompose.slot_costs import SlotCosts

# Stands for a share of nothing.
NOTHING = 1e-12
# Cells of the grid of a row met beside the first one.
BESIDE = 16


@dataclass(frozen=True)
class Prices:
    """Prices of one service's decisions.

    firm, spot  costs of its firm and of its spot replicas
    load        one request per second [G, B, T], infinite where not served
    unserved    one request per second left unserved [B, T]; None: not allowed
    below       what columns of negative price can bring at most, 0 or less [T]
    """

    firm: SlotCosts
    spot: SlotCosts
    load: np.ndarray
    unserved: np.ndarray | None
    below: np.ndarray


@dataclass(frozen=True)
class Picked:
    """Items of some periods on offer: arrays as ``cover.Items`` has them, with the offer and rank each comes from.

    base   cost of serving at all, beside the items [D]
    offer  number of the offer, -1 for leaving unserved [I, D]
    rank   distinct instances that the item counts for [I, D]
    """

    share: np.ndarray
    cost: np.ndarray
    extra: np.ndarray | None
    code: np.ndarray
    sides: tuple[int, ...]
    base: np.ndarray
    offer: np.ndarray
    rank: np.ndarray


@dataclass(frozen=True)
class ServiceBlocks:
    """The blocks of one service, all periods at once; groups as in ``built.sets.groups_of``."""

    built: Built
    number: int

    @cached_property
    def groups(self):
        """Groups of the service."""
        return self.built.sets.groups_of[self.number]

    @cached_property
    def rate(self) -> np.ndarray:
        """Total rate by period [T]."""
        return self.built.data.demand[self.number].sum(axis=0)

    @cached_property
    def share(self) -> np.ndarray:
        """Share of each class, the same in every period [B]."""
        demand = self.built.data.demand[self.number]
        busiest = int(self.rate.argmax())
        return demand[:, busiest] / max(self.rate[busiest], 1e-300)

    @cached_property
    def work(self) -> np.ndarray:
        """Replica-seconds per request, infinite for classes not served [G, B]."""
        table = np.full((len(self.groups), self.share.size), np.inf)
        for i, group in enumerate(self.groups):
            table[i, list(group.served)] = self.built.data.busy_per_request(group)
        return table

    @cached_property
    def cache(self) -> np.ndarray:
        """Share of a replica's cache held per request per second, 0 where it cannot bind [G, B]."""
        table = np.zeros((len(self.groups), self.share.size))
        for i, group in enumerate(self.groups):
            if needs_cache_row(group, self.built.data):
                per = self.built.data.cache_per_request(group) / group.candidate.kv_capacity_tokens
                table[i, list(group.served)] = per
        return table

    @cached_property
    def enough(self) -> np.ndarray:
        """Replicas that more of is never needed [G, T]."""
        return np.array([self.built.data.enough[g.index] for g in self.groups]).reshape(len(self.groups), self.rate.size)

    @cached_property
    def distinct(self) -> int:
        """Distinct instances that replicas must stand on, 0 where one would do."""
        rule = self.built.sets.services[self.number].availability
        return rule.min_instances if rule is not None and rule.min_instances > 1 else 0

    @cached_property
    def effective(self) -> np.ndarray:
        """Most that a spot replica of each group counts for [G]."""
        slots = self.built.sets.slots
        return np.array([max((slots[q].effective for q in g.slots if not slots[q].firm), default=1.0) for g in self.groups])

    @cached_property
    def offers(self) -> Offers:
        """Numbers of replicas that can be taken at once."""
        return make_offers(self.groups, self.built.sets.slots, self.enough.max(axis=1, initial=0), self.effective)

    def values(self, reference: int) -> np.ndarray:
        """Class values under which group ``reference`` is worth exactly what it can serve of the mix [B]."""
        work = self.work[reference]
        known = np.isfinite(work)
        # Classes the reference does not serve are valued by the cheapest time any group takes, in its units.
        if not known.all():
            related = np.isfinite(self.work[:, known]).any(axis=1)
            others = np.where(np.isfinite(self.work[related]), self.work[related], np.nan)
            ratio = np.nanmedian(others[:, known] / work[known], axis=1, keepdims=True)
            cheapest = np.where(np.isnan(others), np.inf, others / ratio).min(axis=0)
            # A class that none of these serves is worth as much as the heaviest of the others.
            heaviest = work[known].max(initial=0.0)
            work = np.where(known, work, np.where(np.isfinite(cheapest), cheapest, heaviest))
        total, asked = float(work @ self.share), float(self.share.sum())
        # Work of nothing, or a service without any demand: all classes alike.
        return work / total if total > 0 else np.full(work.size, 1.0 / asked if asked > 0 else 1.0)

    def covered(self, values: np.ndarray) -> np.ndarray:
        """Rate that each offer covers under class values, were there demand enough [K]."""
        offers = self.offers
        with np.errstate(divide="ignore", invalid="ignore"):
            per_time = np.where(np.isfinite(self.work), values / self.work, 0.0).max(axis=1)
            per_cache = np.where(np.isfinite(self.work), values / self.cache, 0.0)
        per_cache = np.where(self.cache.any(axis=1), per_cache.max(axis=1), np.inf)
        return np.minimum(offers.room * per_time[offers.group], offers.held * per_cache[offers.group])

    def items(self, prices: Prices, values: tuple[np.ndarray, ...], periods: np.ndarray) -> Picked:
        """The items worth offering in some periods, under class values for the row and for those beside it."""
        offers, rate = self.offers, self.rate[periods]
        group = offers.group
        # What covers nothing of this row may be what another row, or distinct instances, ask for.
        share = np.maximum(self._share_of(values[0], rate), NOTHING)
        cost = prices.firm.least(group, offers.firm, periods) + prices.spot.least(group, offers.spot, periods)
        mixed = np.flatnonzero(offers.firm != offers.other_firm)
        if mixed.size:
            other = prices.firm.least(group[mixed], offers.other_firm[mixed], periods)
            other += prices.spot.least(group[mixed], offers.other_spot[mixed], periods)
            cost[mixed] = np.minimum(cost[mixed], other)
        base, extra = self._load(prices, values[0], periods, rate)
        extra = None if extra is None else extra[group]
        beside = [_steps(self._share_of(v, rate)) for v in values[1:]]
        sides = (BESIDE,) * len(beside)
        if self.firm_share > 0:
            beside.append(_steps(self.firm_requests(rate) / self.firm_share))
            sides += (BESIDE,)
        offer, rank = np.arange(group.size), np.zeros(group.size, dtype=int)
        kept = self._not_too_dear(cost, share, extra, beside)
        offer, rank = offer[kept], rank[kept]
        share, cost, extra = share[kept], cost[kept], None if extra is None else extra[kept]
        beside = [b[kept] for b in beside]
        if self.distinct:
            share, cost, extra, offer, rank, beside = self._ranked(prices, periods, share, cost, extra, offer, beside)
            sides += (self.distinct,)
        if prices.unserved is not None:
            share, cost, extra, offer, rank, beside = self._given_up(
                prices, values[0], periods, rate, share, cost, extra, offer, rank, beside
            )
        steps = [*beside, *([np.broadcast_to(rank[:, None], cost.shape)] if self.distinct else [])]
        numbers, amount = front(cost, share, steps, extra)
        used = np.arange(numbers.shape[0])[:, None] < amount
        code = codes(sides, steps) if steps else np.zeros(cost.shape, dtype=np.int64)
        return Picked(
            share=np.take_along_axis(share, numbers, axis=0),
            cost=np.where(used, np.take_along_axis(cost, numbers, axis=0), np.inf),
            extra=None if extra is None else np.take_along_axis(extra, numbers, axis=0),
            code=np.take_along_axis(code, numbers, axis=0),
            sides=sides,
            base=base,
            offer=offer[numbers],
            rank=rank[numbers],
        )

    @cached_property
    def firm_share(self) -> float:
        """Share of the requests that must be served by firm replicas, 0 where spot is not capped."""
        share = self.built.sets.services[self.number].spot.max_share
        capped = any(group.index in self.built.var.rate_spot for group in self.groups)
        return 1.0 - share if capped else 0.0

    def _share_of(self, values: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Part of the demand that each offer covers under class values [K, D]."""
        served = np.where(np.isfinite(self.work), values * self.share, 0.0).sum(axis=1)
        return np.minimum(self.covered(values)[:, None] / rate, served[self.offers.group][:, None])

    def firm_requests(self, rate: np.ndarray) -> np.ndarray:
        """Most of the requests that the firm replicas of each offer can serve, the lightest first [K, D]."""
        offers = self.offers
        found = np.zeros((offers.group.size, rate.size))
        per = np.maximum(offers.plan_firm, np.maximum(offers.firm, offers.other_firm)) / np.maximum(offers.held, 1e-300)
        room = offers.room * per
        for g in range(len(self.groups)):
            mine = np.flatnonzero(offers.group == g)
            known = np.flatnonzero(np.isfinite(self.work[g]) & (self.share > 0))
            order = known[np.argsort(self.work[g][known], kind="stable")]
            spent = np.concatenate([[0.0], np.cumsum(self.work[g][order] * self.share[order])])
            served = np.concatenate([[0.0], np.cumsum(self.share[order])])
            found[mine] = np.interp(room[mine][:, None] / rate, spent, served)
        return found

    def _not_too_dear(self, cost, share, extra, beside) -> np.ndarray:
        """Offers that cost less, in some period, than the cheapest one that does everything by itself."""
        total = cost if extra is None else cost + extra
        does_all = share >= 1.0 - 1e-12
        for steps in beside:
            does_all = does_all & (steps >= BESIDE)
        if self.distinct:
            return np.arange(cost.shape[0])
        limit = np.where(does_all, total, np.inf).min(axis=0)
        return np.flatnonzero(((cost <= limit) & (share > 0)).any(axis=1))

    def _load(self, prices: Prices, values, periods, rate) -> tuple[np.ndarray, np.ndarray | None]:
        """(least cost of routing the demand [D], more than that by group for all of it [G, D]; None: nothing)."""
        load = prices.load[:, :, periods]
        floor = load.min(axis=0)
        if prices.unserved is not None:
            floor = np.minimum(floor, prices.unserved[:, periods])
        base = (np.where(self.share[:, None] > 0, floor, 0.0) * self.share[:, None]).sum(axis=0) * rate
        with np.errstate(divide="ignore", invalid="ignore"):
            more = np.where(np.isfinite(load), (load - floor) / values[None, :, None], np.inf)
        more = np.where(np.isnan(more), np.inf, more).min(axis=1)
        more = np.where(np.isfinite(more), more, 0.0) * rate
        return base, more if more.any() else None

    def _ranked(self, prices: Prices, periods, share, cost, extra, offer, beside):
        """Every offer once per number of distinct instances that it may count for."""
        offers = self.offers
        apart = np.minimum(
            np.where((offers.plan_firm[offer] > 0)[:, None], prices.firm.apart[:, periods][offers.group[offer]], np.inf),
            np.where((offers.plan_spot[offer] > 0)[:, None], prices.spot.apart[:, periods][offers.group[offer]], np.inf),
        )
        has_firm, has_spot = offers.plan_firm[offer] > 0, offers.plan_spot[offer] > 0
        unit, whole = (
            np.minimum(
                np.where(has_firm[:, None], one[:, periods][offers.group[offer]], np.inf),
                np.where(has_spot[:, None], other[:, periods][offers.group[offer]], np.inf),
            )
            for one, other in ((prices.firm.unit, prices.spot.unit), (prices.firm.whole, prices.spot.whole))
        )
        least = np.minimum(offers.firm + offers.spot, offers.other_firm + offers.other_spot)[offer]
        parts = []
        for k in range(self.distinct + 1):
            fits = np.flatnonzero(offers.plan_firm[offer] + offers.plan_spot[offer] >= k)
            dearer = cost[fits]
            if k:
                # Two lower bounds: each replica where it is cheapest, and the counted ones where they are.
                rest = np.maximum(least[fits] - k, 0)[:, None]
                apart_from = rest * np.where(rest > 0, unit[fits], 0.0) + k * whole[fits]
                dearer = np.maximum(dearer + k * apart[fits], apart_from)
            parts.append((fits, dearer, np.full(fits.size, k)))
        of = np.concatenate([p[0] for p in parts])
        rank = np.concatenate([p[2] for p in parts])
        dearer = np.concatenate([p[1] for p in parts])
        return share[of], dearer, None if extra is None else extra[of], offer[of], rank, [b[of] for b in beside]

    def _given_up(self, prices: Prices, values, periods, rate, share, cost, extra, offer, rank, beside):
        """One more item: leaving requests unserved at their price."""
        floor = np.minimum(prices.load[:, :, periods].min(axis=0), prices.unserved[:, periods])
        with np.errstate(divide="ignore", invalid="ignore"):
            each = ((prices.unserved[:, periods] - floor) / values[:, None]).min(axis=0) * rate
        extra = np.zeros(cost.shape) if extra is None else extra
        one = np.ones((1, periods.size))
        return (
            np.vstack([share, one]),
            np.vstack([cost, 0.0 * one]),
            np.vstack([extra, np.where(np.isfinite(each), each, 0.0)[None, :]]),
            np.append(offer, -1),
            np.append(rank, 0),
            [np.vstack([b, BESIDE * one.astype(np.int64)]) for b in beside],
        )


def _steps(share: np.ndarray) -> np.ndarray:
    """Cells of the coarse grid that a share covers; what does not do it alone needs another, which takes a cell."""
    steps = np.ceil(np.minimum(share, 1.0) * BESIDE - 1e-9)
    # An item that takes no cell could follow: only where every item takes one is the last cell out of reach alone.
    if (share > 0).all():
        steps = np.where(share < 1.0 - 1e-9, np.minimum(steps, BESIDE - 1), steps)
    return steps.astype(np.int64)
