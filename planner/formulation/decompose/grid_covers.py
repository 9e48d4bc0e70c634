"""Bounds and patterns of services that no search of compositions knows: covers on a grid, repaired until they can be routed."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.blocks import Picked, Prices, ServiceBlocks
from planner.formulation.decompose.cover import Items, cheapest_covers
from planner.formulation.decompose.making import Making
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.slot_costs import filling, room, slot_costs

# A cover found on the grid may fall short of the rate by its rounding: so many replicas are tried on top.
REPAIRS = 3
FINER, FINEST = 4, 8000
# Rows under different class values that one block's cover meets at once.
ROWS = 3


class GridCovers:
    """The blocks of some services of a program, by number."""

    def __init__(self, making: Making, numbers: list[int]) -> None:
        self.making, self.numbers = making, numbers
        self.built, self.periods = making.built, making.periods
        self.services, self.routers, self.opened = making.services, making.routers, making.opened
        self.sides = {n: _sides(self.built, self.services[n]) for n in numbers}
        self.filled = {n: [filling(self.built, slots) for slots in self.sides[n]] for n in numbers}
        self.most = {n: [room(self.built, slots) for slots in self.sides[n]] for n in numbers}
        # The class values and the grid that bounded each block best so far.
        self.class_values: dict[int, list[tuple[tuple[np.ndarray, ...], int] | None]] = {n: [None] * self.periods for n in numbers}

    def answer(self, priced: np.ndarray, cells: int, sharpenings: int, bound: np.ndarray, patterns: list[Pattern]) -> None:
        """Puts bounds by service and period into ``bound``, and adds patterns found on the way."""
        prices = {number: self._prices(self.services[number], priced) for number in self.numbers}
        due = []
        for number in self.numbers:
            blocks = self.services[number]
            bound[number, blocks.rate <= 0] = 0.0
            first = self._first_values(number, prices[number])
            for t in np.flatnonzero(blocks.rate > 0):
                before = self.class_values[number][t]
                values, grid = ((first,), cells) if before is None else (before[0], max(cells, before[1]))
                due.append((number, int(t), values, grid))
        for attempt in range(1 + sharpenings):
            short = []
            for (number, t, values, grid), value, offers in self._covers(due, prices):
                if value > bound[number, t]:
                    bound[number, t] = value
                    self.class_values[number][t] = (values, grid)
                pattern, sharper = self._routed(number, t, offers, prices[number])
                if pattern is not None:
                    patterns.append(pattern)
                if sharper is not None and attempt < sharpenings:
                    short.append((number, t, *_sharpened(values, sharper, grid)))
            due = short
            if not due:
                break
        for number in self.numbers:
            bound[number] += prices[number].below

    def _covers(self, due, prices: dict[int, Prices]):
        """(what was due, its bound, the (offer, rank) picked) of every block due, in a fixed order."""
        parts: dict[tuple, list[tuple[list, Picked]]] = {}
        for number, values, grid, members in _alike(due):
            periods = np.array([member[1] for member in members])
            picked = self.services[number].items(prices[number], values, periods)
            parts.setdefault((grid, picked.sides, picked.extra is not None), []).append((members, picked))
        for (grid, sides, charged), found in sorted(parts.items(), key=lambda part: part[0]):
            items = Items(
                share=_padded([p.share for _, p in found], 1.0),
                cost=_padded([p.cost for _, p in found], np.inf),
                extra=_padded([p.extra for _, p in found], 0.0) if charged else None,
                code=_padded([p.code for _, p in found], 0),
                sides=sides,
            )
            bounds, picks = cheapest_covers(items, grid)
            at = 0
            for members, picked in found:
                for column, member in enumerate(members):
                    chosen = [(int(picked.offer[i, column]), int(picked.rank[i, column])) for i in picks[at]]
                    yield member, float(bounds[at] + picked.base[column]), chosen
                    at += 1

    def _prices(self, blocks: ServiceBlocks, priced: np.ndarray) -> Prices:
        var, sets = self.built.var, self.built.sets
        periods = self.periods
        apart = self.making.distinct.get(blocks.number, {})
        below = np.zeros(periods)
        sides = []
        for slots, most, filled in zip(self.sides[blocks.number], self.most[blocks.number], self.filled[blocks.number], strict=True):
            shape = (*slots.shape, periods)
            replica, opened, counted = np.full(shape, np.inf), np.zeros(shape), np.full(shape, np.inf)
            for g, s in zip(*np.nonzero(slots >= 0), strict=True):
                q = int(slots[g, s])
                bare = priced[var.replicas[q]]
                below += np.minimum(bare, 0.0) * self.built.model.column_upper[var.replicas[q]]
                replica[g, s] = np.maximum(bare, 0.0)
                if q in self.opened:
                    opened[g, s] = np.maximum(priced[self.opened[q]], 0.0)
                if apart:
                    counted[g, s] = np.maximum(priced[apart[q]], 0.0)
            sides.append(slot_costs(slots, most, replica, opened, counted, filled))
        load = self.making.loads(blocks, priced)
        unserved = None if blocks.number not in var.unserved else priced[var.unserved[blocks.number]] / var.unserved_unit[blocks.number].clip(1e-300)
        return Prices(*sides, load, unserved, below)

    def _first_values(self, number: int, prices: Prices) -> np.ndarray:
        """Class values to begin with: those of the group that serves the mix most cheaply at the mean price."""
        blocks = self.services[number]
        time = np.where(np.isfinite(blocks.work), blocks.work, 0.0) @ blocks.share
        served = np.isfinite(blocks.work) @ blocks.share
        top = np.array([max(s for _, s in g.candidate.levels) for g in blocks.groups])
        price = np.minimum(prices.firm.unit, prices.spot.unit).mean(axis=1)
        on_offer = np.isfinite(price)
        cost = np.where(on_offer, np.where(on_offer, price, 0.0) * time / np.maximum(top * served, 1e-300), np.inf)
        return blocks.values(int(np.argmin(np.where(served >= served.max() - 1e-12, cost, np.inf))))

    def _routed(self, number: int, t: int, offers, prices: Prices) -> tuple[Pattern | None, np.ndarray | None]:
        """(the plan routed, with a replica more where it falls short; class values under which it does fall short)."""
        blocks, router = self.services[number], self.routers[number]
        if not offers or any(offer < 0 for offer, _ in offers):
            return None, None
        placed, apart = self._placed(blocks, t, offers, prices)
        sharper = None
        for attempt in range(REPAIRS + 1):
            plan = _by_group(blocks, placed, self.built.sets.slots)
            reach, routing, values = router.reach(plan)
            if reach >= blocks.rate[t] * (1.0 - 1e-9):
                made = None if number in self.making.special else self.making.made(number, t, tuple(g for g, _, _ in plan), placed, apart, routing)
                return made, sharper
            if attempt == 0:
                sharper = values
            # Slots are of one service, so their groups' places follow from the plan.
            cheapest = min(placed, key=lambda q: (self._price_of(q, t, blocks, prices), q))
            if placed[cheapest] >= self.built.model.column_upper[self.built.var.replicas[cheapest][t]]:
                break
            placed[cheapest] += 1
        return None, sharper

    def _price_of(self, slot: int, t: int, blocks: ServiceBlocks, prices: Prices) -> float:
        found = self.built.sets.slots[slot]
        place = found.group - blocks.groups[0].index
        return float((prices.firm if found.firm else prices.spot).unit[place, t])

    def _placed(self, blocks: ServiceBlocks, t: int, offers, prices: Prices) -> tuple[dict[int, int], dict[int, int]]:
        """(replicas by slot, distinct instances counted by slot) of the offers picked."""
        placed: dict[int, int] = {}
        apart: dict[int, int] = {}
        table = blocks.offers
        missing = blocks.distinct
        for offer, rank in offers:
            g, firm, spot = int(table.group[offer]), int(table.plan_firm[offer]), int(table.plan_spot[offer])
            rank = min(rank, missing)
            missing -= rank
            cheaper_spot = spot and (not firm or prices.spot.apart[g, t] < prices.firm.apart[g, t])
            counted_firm = rank - min(rank, spot) if cheaper_spot else min(rank, firm)
            for costs, count, counted in ((prices.firm, firm, counted_firm), (prices.spot, spot, rank - counted_firm)):
                if count:
                    for found, total in zip(costs.placed(g, count, counted, t), (placed, apart), strict=True):
                        for q, n in found.items():
                            total[q] = total.get(q, 0) + n
        return placed, apart


def _by_group(blocks: ServiceBlocks, placed: dict[int, int], slots) -> tuple[tuple[int, int, float], ...]:
    first = blocks.groups[0].index
    found: dict[int, tuple[int, float]] = {}
    for q, n in placed.items():
        count, effective = found.get(slots[q].group - first, (0, 0.0))
        found[slots[q].group - first] = (count + n, effective + n * slots[q].effective)
    return tuple((g, *found[g]) for g in sorted(found))


def _sides(built: Built, blocks: ServiceBlocks) -> list[np.ndarray]:
    """Firm and spot slots by group, padded with -1 [G, S]."""
    found = []
    for firm in (True, False):
        own = [[q for q in group.slots if built.sets.slots[q].firm == firm] for group in blocks.groups]
        width = max(1, max(map(len, own), default=1))
        found.append(np.array([slots + [-1] * (width - len(slots)) for slots in own]).reshape(len(own), width))
    return found


def _padded(parts: list[np.ndarray], value) -> np.ndarray:
    top = max(part.shape[0] for part in parts)
    return np.hstack([np.pad(part, ((0, top - part.shape[0]), (0, 0)), constant_values=value) for part in parts])


def _sharpened(values: tuple[np.ndarray, ...], sharper: np.ndarray, grid: int) -> tuple[tuple[np.ndarray, ...], int]:
    """The class values and the grid to try next for a block whose cover could not be routed.

    Where the plan's own class values are among those used, only a grid's rounding let it pass: a finer one follows,
    with those values in front, where the grid is finest. Otherwise they are met beside the first ones.
    """
    for i, known in enumerate(values):
        if np.allclose(known, sharper, rtol=1e-6, atol=1e-12):
            return (known, *(v for j, v in enumerate(values) if j != i)), min(grid * FINER, FINEST)
    if len(values) < ROWS:
        return (*values, sharper), grid
    return (*values[:-1], sharper), grid


def _alike(due):
    """(service, values, grid, what is due under them), in order of the first."""
    found: dict[tuple, tuple] = {}
    for member in due:
        number, _, values, grid = member
        found.setdefault((number, b"".join(v.tobytes() for v in values), grid), (number, values, grid, []))[3].append(member)
    return list(found.values())
