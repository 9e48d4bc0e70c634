"""Searches the blocks of one service exactly: the cheapest replicas at prices that can be routed, with what proves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.formulation.covering import class_values
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.compositions import Compositions, Row, compositions
from planner.formulation.decompose.reaches import Reached, Reaches
from planner.formulation.decompose.routing import Router
from planner.formulation.decompose.slot_costs import SlotCosts, filling, room, slot_costs

#: Times a period is searched again because its replicas could not be routed, and rows known at most.
PASSES, MOST_ROWS = 8, 24
#: Class values to begin with.
FIRST_VALUES = 2
#: Nodes of one search of a period at first.
NODES = 200_000
#: Replicas added to make a plan of a set that cannot be routed.
REPAIRS = 4


@dataclass(frozen=True)
class Costs:
    """Costs of one service's replicas by kind of slot, of routing, and what columns of negative price bring.

    kinds   by kind of slot
    below   what columns of negative price can bring at most, 0 or less [T]
    base    of routing the demand at least [T]; ``extra`` more by group for all of it [G, T], None: nothing
    """

    kinds: list[SlotCosts]
    below: np.ndarray
    base: np.ndarray
    extra: np.ndarray | None


@dataclass(frozen=True)
class Chosen:
    """Replicas for one period that can be routed."""

    period: int
    placed: dict[int, int]
    apart: dict[int, int]
    reached: Reached


class ServiceSearch:
    """The blocks of one service, all periods; see ``searchable`` for which services it knows."""

    def __init__(self, blocks: ServiceBlocks, made: Compositions, router: Router) -> None:
        self.blocks, self.made = blocks, made
        # ``open``: what more nodes may raise the bounds of the last call by, at most [USD].
        self.nodes, self.open = NODES, 0.0
        rule = blocks.built.sets.services[blocks.number].availability
        self.fraction = rule.survives_loss.fraction if rule is not None and rule.survives_loss is not None else 0.0
        self.reaches = Reaches(blocks, made, router, self.fraction)
        for value in class_values(blocks)[:FIRST_VALUES]:
            made.add(Row(value))
        for loss in range(len(made.lost)):
            made.add(Row(made.rows[0].values, lost=loss, fraction=self.fraction))
        self.rank, self.of = self._ranks()
        self._firm = made.firm_requests(np.where(blocks.rate > 0, blocks.rate, np.inf)) if blocks.firm_share > 0 else None
        self.filled = [filling(blocks.built, slots) for slots in made.slots]
        self.most = [room(blocks.built, slots) for slots in made.slots]

    def costs(self, replica, opened, counted, below: np.ndarray, load: np.ndarray) -> Costs:
        """Costs from prices by slot: functions of a slot's number that give prices over periods [T]; ``load`` [G, B, T]."""
        kinds = []
        for slots, most, filled in zip(self.made.slots, self.most, self.filled, strict=True):
            shape = (*slots.shape, self.blocks.rate.size)
            each, whole, apart = np.full(shape, np.inf), np.zeros(shape), np.full(shape, np.inf)
            for g, s in zip(*np.nonzero(slots >= 0), strict=True):
                q = int(slots[g, s])
                each[g, s], whole[g, s] = replica(q), opened(q)
                if self.blocks.distinct:
                    apart[g, s] = counted(q)
            kinds.append(slot_costs(slots, most, each, whole, apart, filled))
        base, extra = self._load(load)
        return Costs(kinds, below, base, extra)

    def search(self, costs: Costs, upper: np.ndarray, asked: np.ndarray | None = None, close: float = 0.0) -> tuple[np.ndarray, list[Chosen]]:
        """(lower bound by period [T], replicas that can be routed); what costs ``upper`` or more is of no use [T].

        Periods that are not ``asked`` for have a bound of minus infinity where there is demand [T bool], None: all are. Bounds
        may be lower by ``close`` than what is proven with more work [USD/month].
        """
        rate = self.blocks.rate
        bound = np.where(rate > 0, -np.inf, 0.0)
        due = np.flatnonzero(rate > 0 if asked is None else (rate > 0) & asked)
        price = self._price(costs)
        extra = np.zeros((0, rate.size)) if costs.extra is None else costs.extra[self.made.group[self.of]]
        limit = upper - costs.base
        chosen: list[Chosen] = []
        self.open = 0.0
        for last in (*[False] * (PASSES - 1), True):
            if not due.size:
                break
            found, sizes, picks = self._sets(price[:, due], extra[:, due], *self._rows(due), limit[due], close)
            bound[due] = np.maximum(bound[due], found + costs.base[due])
            again, known = [], len(self.made.rows)
            for i in np.flatnonzero(sizes).tolist():
                t, items = int(due[i]), picks[i, : sizes[i]]
                plan, short = self._plan(t, items, costs, repair=last)
                if plan is None and not last and short is not None and self._learns(short, known):
                    again.append(t)
                elif plan is None and not last:
                    plan, _ = self._plan(t, items, costs, repair=True)
                if plan is not None:
                    chosen.append(plan)
            due = np.array(again, dtype=int)
        return bound + costs.below, chosen

    def _sets(self, price, extra, cover, cap, need, upper, close) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(bounds, numbers of items, items) of the periods at hand; a plan has one composition of each group at most."""
        from planner.formulation.decompose.covers import cheapest_sets  # late: machine code takes as long to load as a small search

        group = self.made.group[self.of]
        def found(once: bool, at: np.ndarray):
            along = at if cover.shape[2] > 1 else slice(None)
            given = price[:, at], extra[:, at], cover[:, :, along], cap, need[:, at]
            bound, sizes, picks, done = cheapest_sets(*map(np.ascontiguousarray, given), group, once, upper[at], close, self.nodes)
            for i in np.flatnonzero(~done).tolist():
                items = picks[i, 0, : sizes[i, 0]]
                self.open += float((price[items, at[i]].sum() if items.size else upper[at[i]]) - bound[i])
            return bound, sizes[:, 0], picks[:, 0]

        bound, sizes, picks = found(False, np.arange(upper.size))
        # Where some group is taken twice, there is no such plan.
        twice = np.array([t for t, n in enumerate(sizes.tolist()) if np.unique(group[picks[t, :n]]).size < n], dtype=int)
        if twice.size:
            least, sizes[twice], picks[twice] = found(True, twice)
            bound[twice] = np.maximum(bound[twice], least)
        return bound, sizes, picks

    def several(self, costs: Costs, most: int, width: float, nodes: int) -> list[Chosen]:
        """Up to ``most`` of the cheapest sets of each period that can be routed, dearer than the cheapest by ``width`` of it at most."""
        from planner.formulation.decompose.covers import cheapest_sets  # late, as above

        due = np.flatnonzero(self.blocks.rate > 0)
        extra = np.zeros((0, due.size)) if costs.extra is None else costs.extra[self.made.group[self.of]][:, due]
        price, (cover, cap, need) = self._price(costs)[:, due], self._rows(due)
        given = map(np.ascontiguousarray, (price, extra, cover, cap, need))
        _, sizes, picks, _ = cheapest_sets(*given, self.made.group[self.of], True, np.full(due.size, np.inf), 0.0, nodes, most, width)
        found = [self._plan(int(due[i]), picks[i, k, : sizes[i, k]], costs, repair=False)[0] for i, k in zip(*np.nonzero(sizes), strict=True)]
        return [plan for plan in found if plan is not None]

    def reached(self, placed: dict[int, int]) -> Reached:
        """What replicas by slot serve."""
        return self.reaches.reach(self._standing(placed))

    def _learns(self, row: Row, known: int) -> bool:
        """Whether a row under which a set falls short is new in this pass: then a search with it finds another set."""
        if any(row.same(r) for r in self.made.rows[:known]):
            return False
        return any(row.same(r) for r in self.made.rows[known:]) or (len(self.made.rows) < MOST_ROWS and self.made.add(row))

    def _ranks(self) -> tuple[np.ndarray, np.ndarray]:
        """(distinct instances that each item counts for, its composition) [items]."""
        count = self.made.high.sum(axis=1)
        ranks = [np.flatnonzero(count >= k) for k in range(self.blocks.distinct + 1)]
        return np.concatenate([np.full(of.size, k) for k, of in enumerate(ranks)]), np.concatenate(ranks)

    def _price(self, costs: Costs) -> np.ndarray:
        """Least cost of each item by period [items, T]."""
        made, every = self.made, np.arange(self.blocks.rate.size)
        total = np.zeros((made.group.size, every.size))
        for c, kind in enumerate(costs.kinds):
            used = made.low[:, c] > 0
            total[used] += kind.least(made.group[used], made.low[used, c], every)
        if not self.blocks.distinct:
            return total
        unit, whole = (np.full(total.shape, np.inf) for _ in range(2))
        for c, kind in enumerate(costs.kinds):
            used = np.flatnonzero(made.high[:, c] > 0)
            for least, one in ((unit, kind.unit), (whole, kind.whole)):
                least[used] = np.minimum(least[used], one[made.group[used]])
        k, low = self.rank[:, None], made.low.sum(axis=1)[self.of][:, None]
        rest = np.where(low > k, np.maximum(low - k, 0) * np.where(low > k, unit[self.of], 0.0), 0.0)
        counted = np.maximum(total[self.of] + self._apart(costs), rest + np.where(k > 0, k * np.where(k > 0, whole[self.of], 0.0), 0.0))
        return np.where(k > 0, counted, total[self.of])

    def _apart(self, costs: Costs) -> np.ndarray:
        """Least that the distinct instances of each item cost, no more of a kind than it has replicas of it [items, T]."""
        made = self.made
        each = np.stack([kind.apart[made.group] for kind in costs.kinds], axis=1)
        order = np.argsort(each, axis=1, kind="stable")
        each = np.take_along_axis(each, order, axis=1)
        most = np.take_along_axis(np.broadcast_to(made.high[:, :, None], order.shape), order, axis=1)
        before = np.cumsum(most, axis=1) - most
        total = np.zeros((self.of.size, each.shape[2]))
        for c in range(each.shape[1]):
            taken = np.clip(self.rank[:, None] - before[self.of, c], 0, most[self.of, c])
            total += taken * np.where(taken > 0, each[self.of, c], 0.0)
        return total

    def _rows(self, due: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rate = self.blocks.rate[due]
        cover, cap = self.made.covers()
        cover, cap = cover[:, self.of], cap[:, self.of]
        need = np.broadcast_to(rate, (cover.shape[0], rate.size))
        covers, caps, needs = [cover], [cap], [need]
        one = np.ones((1, self.of.size))
        if self.blocks.distinct:
            covers.append(self.rank[None, :].astype(float))
            caps.append(one)
            needs.append(np.full((1, rate.size), float(self.blocks.distinct)))
        cover, cap, need = np.concatenate(covers), np.concatenate(caps), np.concatenate(needs)
        if self._firm is None:
            return np.ascontiguousarray(cover[:, :, None]), cap, np.ascontiguousarray(need)
        wide = np.concatenate([np.broadcast_to(cover[:, :, None], (*cover.shape, rate.size)), self._firm[self.of][None][:, :, due]])
        cap = np.concatenate([cap, one])
        need = np.concatenate([need, np.full((1, rate.size), self.blocks.firm_share)])
        return np.ascontiguousarray(wide), cap, np.ascontiguousarray(need)

    def _load(self, load: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """(least cost of routing the demand [T], more than that by group for all of it [G, T]; None: nothing)."""
        blocks, values = self.blocks, self.made.rows[0].values
        floor = load.min(axis=0)
        base = (np.where(blocks.share[:, None] > 0, floor, 0.0) * blocks.share[:, None]).sum(axis=0) * blocks.rate
        with np.errstate(divide="ignore", invalid="ignore"):
            more = np.where(np.isfinite(load), (load - floor) / values[None, :, None], np.inf)
        more = np.where(np.isnan(more), np.inf, more).min(axis=1)
        more = np.where(np.isfinite(more), more, 0.0) * blocks.rate
        return base, more if more.any() else None

    def _plan(self, t: int, items: np.ndarray, costs: Costs, *, repair: bool) -> tuple[Chosen | None, Row | None]:
        """(replicas that can be routed, or None; the row under which the set falls short, or None)."""
        placed, apart = self._placed(t, items, costs)
        first: Row | None = None
        for attempt in range(REPAIRS + 1 if repair else 1):
            reached = self.reached(placed)
            if reached.rate >= self.blocks.rate[t] * (1.0 - 1e-9):
                return Chosen(t, placed, apart, reached), first
            first = reached.row if attempt == 0 else first
            cheapest = self._one_more(t, placed, costs)
            if cheapest is None:
                break
            placed = {**placed, cheapest: placed[cheapest] + 1}
        return None, first

    def _one_more(self, t: int, placed: dict[int, int], costs: Costs) -> int | None:
        """The slot in use where another replica costs least."""
        upper, replicas = self.blocks.built.model.column_upper, self.blocks.built.var.replicas
        found = [(self._unit(q, t, costs), q) for q, n in placed.items() if n < upper[replicas[q][t]]]
        return min(found)[1] if found else None

    def _unit(self, slot: int, t: int, costs: Costs) -> float:
        g, c = self._kind(slot)
        kind = costs.kinds[c]
        s = int(np.flatnonzero(kind.slots[g] == slot)[0])
        return float(kind.replica[g, s, t] + kind.opened[g, s, t] / kind.per_whole[g, s])

    def _kind(self, slot: int) -> tuple[int, int]:
        g = self.blocks.built.sets.slots[slot].group - self.blocks.groups[0].index
        return g, next(c for c, own in enumerate(self.made.kinds[g]) if slot in own)

    def _standing(self, placed: dict[int, int]):
        slots = self.blocks.built.sets.slots
        found: dict[tuple, int] = {}
        for q, n in placed.items():
            g, c = self._kind(q)
            key = (g, slots[q].firm, c, slots[q].effective)
            found[key] = found.get(key, 0) + n
        return tuple((*key, found[key]) for key in sorted(found))

    def _placed(self, t: int, items: np.ndarray, costs: Costs) -> tuple[dict[int, int], dict[int, int]]:
        """(replicas by slot, distinct instances counted by slot) of the items chosen."""
        placed: dict[int, int] = {}
        apart: dict[int, int] = {}
        missing = self.blocks.distinct
        for item in items.tolist():
            k = int(self.of[item])
            g, counts = int(self.made.group[k]), self.made.high[k]
            rank = min(int(self.rank[item]), missing)
            missing -= rank
            order = sorted(range(counts.size), key=lambda c: (costs.kinds[c].apart[g, t], c))
            for c in order:
                if not counts[c]:
                    continue
                here = min(rank, int(counts[c]))
                rank -= here
                for found, total in zip(costs.kinds[c].placed(g, int(counts[c]), here, t), (placed, apart), strict=True):
                    for q, n in found.items():
                        total[q] = total.get(q, 0) + n
        upper, replicas = self.blocks.built.model.column_upper, self.blocks.built.var.replicas
        return {q: min(n, int(upper[replicas[q][t]])) for q, n in placed.items()}, apart


def searchable(blocks: ServiceBlocks, router: Router) -> ServiceSearch | None:
    """The search of a service; None where it asks for what compositions do not know."""
    service = blocks.built.sets.services[blocks.number]
    elsewhere = blocks.number in blocks.built.var.unserved or blocks.built.sets.hosted_of[blocks.number]
    if service.routing != "divisible" or elsewhere or not blocks.groups or not (blocks.rate > 0).any():
        return None
    made = compositions(blocks)
    return None if made is None else ServiceSearch(blocks, made, router)
