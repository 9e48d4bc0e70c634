"""What the covering search needs to know of one service: its groups' worth under class values, and its prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.formulation.build import Built
from planner.formulation.constraints.kv_capacity import needs_cache_row
from planner.formulation.decompose.cover import Cover, cheapest_cover

# Replica counts are offered one by one up to here, then in steps that grow, always rounded so that a bound stays one.
ONE_BY_ONE = 24


@dataclass(frozen=True)
class ServiceBlocks:
    """The blocks of one service, all periods at once.

    slots       [G] tuples of slot numbers by group; groups as in ``built.sets.groups_of``
    share       [B] of the classes; ``rate`` [T] total rate; demand is their product
    covering    whether a cheapest cover is all that its blocks ask for (no survival, split, ramp or slices)
    """

    built: Built
    number: int
    covering: bool

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
        return np.array([self.built.data.enough[g.index] for g in self.groups])

    @cached_property
    def at_least(self) -> int:
        """Replicas that any plan has: one instance each at least."""
        rule = self.built.sets.services[self.number].availability
        return max(1, rule.min_instances) if rule else 1

    @cached_property
    def counts(self) -> np.ndarray:
        """Numbers of replicas tabulated [C], rising, every one up to ``ONE_BY_ONE``."""
        top = int(self.enough.max(initial=1))
        counts = list(range(1, min(top, ONE_BY_ONE) + 1))
        while counts[-1] < top:
            counts.append(min(top, max(counts[-1] + 1, int(counts[-1] * 1.15))))
        return np.array(counts)

    @cached_property
    def safe(self) -> np.ndarray:
        """φ(N)·N of effective replicas, of the next tabulated count's most [G, C].

        Between tabulated counts a plan may stand: the cost of the lower count and the worth of the upper bound it.
        """
        return np.array(
            [[group.candidate.share_at(n) * n for n in self.counts] for group in self.groups]
        )

    def values(self, reference: int) -> np.ndarray:
        """Class values under which group ``reference`` is worth exactly what it can serve of the mix [B]."""
        work = self.work[reference]
        known = np.isfinite(work)
        # Classes the reference does not serve are valued by the cheapest time any group takes, in its units.
        if not known.all():
            others = np.where(np.isfinite(self.work), self.work, np.nan)
            ratio = np.nanmedian(others[:, known] / work[known], axis=1, keepdims=True)
            work = np.where(known, work, np.nanmin(others / ratio, axis=0))
        return work / float(work @ self.share)

    def worth_per_share(self, values: np.ndarray) -> np.ndarray:
        """Rate covered per unit of φ(N)·N under class values [G]; the cache can only lower it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            per = np.where(np.isfinite(self.work), values / self.work, 0.0)
        return per.max(axis=1)

    def cache_worth(self, values: np.ndarray) -> np.ndarray:
        """Rate covered per replica if only the cache bounded it [G]; infinite where it cannot."""
        with np.errstate(divide="ignore", invalid="ignore"):
            per = np.where(np.isfinite(self.work), values / self.cache, 0.0)
        return np.where(self.cache.any(axis=1), per.max(axis=1), np.inf)

    def cover(
        self, price: np.ndarray, load_price: np.ndarray, values: np.ndarray, cells: int, periods: np.ndarray
    ) -> Cover:
        """The cheapest cover under class values, of the given periods (their numbers).

        price [G, periods] of one replica; load_price [G, B, periods] of one request per second, infinite where not
        served
        """
        rate = self.rate[periods]
        floor = load_price.min(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            extra = np.where(np.isfinite(load_price), (load_price - floor) / values[None, :, None], np.inf)
        extra = np.where(np.isfinite(extra), extra, np.inf).min(axis=1)
        extra = np.where(np.isfinite(extra), extra, 0.0)
        worth = self._worth(values, rate)
        keep = self._useful(worth, price, extra)
        base = (floor * self.share[:, None]).sum(axis=0) * rate
        found = cheapest_cover(
            worth[keep],
            price[keep],
            extra[keep],
            rate,
            counts=self.counts,
            at_least=self.at_least,
            cells=cells,
            offered=self._offered(worth[keep], price[keep], extra[keep], rate),
        )
        counts = np.zeros((len(self.groups), rate.size), dtype=int)
        counts[keep] = found.counts
        return Cover(found.bound + np.where(rate > 0, base, 0.0), counts)

    def _worth(self, values: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """[G, C, T] rate covered by each tabulated count, at most what the served classes bring."""
        upper = np.append(self.safe[:, 1:], self.safe[:, -1:], axis=1) if self.counts[-1] > ONE_BY_ONE else self.safe
        stepped = np.where(np.diff(np.append(self.counts, self.counts[-1] + 1))[None, :] > 1, upper, self.safe)
        by_time = stepped * self.worth_per_share(values)[:, None]
        by_cache = self.counts[None, :] * self.cache_worth(values)[:, None]
        reach = np.where(np.isfinite(self.work), values * self.share, 0.0).sum(axis=1)
        plain = np.minimum(by_time, by_cache)
        return np.minimum(plain[:, :, None], reach[:, None, None] * rate[None, None, :])

    def _useful(self, worth, price, extra) -> np.ndarray:
        return np.flatnonzero((worth.max(axis=(1, 2)) > 0) & np.isfinite(price).any(axis=1))

    def _offered(self, worth, price, extra, rate) -> np.ndarray:
        """[G, C, T] items that no item of another group beats: no dearer, covering no less.

        Replicas of one group cover together at least what they cover apart, so a beaten item can be replaced by
        the better one even when that group is used already.
        """
        groups, many, periods = worth.shape
        cost = self.counts[None, :, None] * price[:, None, :] + extra[:, None, :] * np.minimum(worth, rate)
        rank = np.minimum(self.counts, self.at_least)
        offered = np.zeros(worth.shape, dtype=bool)
        flat_rank = np.broadcast_to(rank[None, :, None], worth.shape).reshape(-1, periods)
        flat_cost, flat_worth = cost.reshape(-1, periods), worth.reshape(-1, periods)
        for t in range(periods):
            if rate[t] <= 0:
                continue
            offered[:, :, t] = _front(flat_cost[:, t], flat_worth[:, t], flat_rank[:, t]).reshape(groups, many)
        return offered


def _front(cost: np.ndarray, worth: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Items not beaten in cost, worth and rank together."""
    order = np.lexsort((-rank, -worth, cost))
    kept = np.zeros(cost.size, dtype=bool)
    best = np.full(int(rank.max()) + 1, -1.0)
    for i in order:
        if worth[i] > 0 and worth[i] > best[rank[i]] * (1.0 + 1e-12):
            kept[i] = True
            # What a better rank covers serves every lower one.
            best[: rank[i] + 1] = np.maximum(best[: rank[i] + 1], worth[i])
    return kept
