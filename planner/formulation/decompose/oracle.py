"""Answers prices: for every block a safe lower bound on its cheapest choice, and patterns that come near it."""

from __future__ import annotations

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.pattern import CouplingColumns, Pattern, make_pattern
from planner.formulation.decompose.routing import Router
from planner.formulation.decompose.split import Split, part_of
from planner.milp.status import Status

# Block rows that a cheapest cover takes into account; a block with others is searched by the solver.
_COVERED = frozenset({"demand_served", "replica_capacity", "kv_capacity", "min_instances"})
# A cover found on the grid may fall short of the rate by its rounding: so many replicas are tried on top.
REPAIRS = 3
# New class values tried for a block whose cheapest cover cannot be routed.
SHARPENINGS = 3
FINER = 6


class Oracle:
    """The blocks of one program."""

    def __init__(self, built: Built, split: Split) -> None:
        self.built, self.split = built, split
        self.coupling = CouplingColumns(split)
        self.periods = built.sets.period_count
        special = _special_services(built)
        self.services = [
            ServiceBlocks(built, number, number not in special) for number in range(len(built.sets.services))
        ]
        self.routers = [Router(blocks) for blocks in self.services]
        # The class values that bounded each block best so far.
        self.class_values: list[list[np.ndarray | None]] = [[None] * self.periods for _ in self.services]

    def covers(self, number: int, priced: np.ndarray, cells: int) -> tuple[np.ndarray, list[Pattern]]:
        """(bound by period, patterns) of a service whose blocks are covers."""
        blocks, var = self.services[number], self.built.var
        price, slot = self._replica_price(blocks, priced)
        load = np.full((len(blocks.groups), blocks.share.size, self.periods), np.inf)
        for i, group in enumerate(blocks.groups):
            load[i, list(group.served)] = priced[var.rate[group.index]]
        chosen = self.class_values[number]
        first = self._first_values(number, price)
        bound = np.where(blocks.rate > 0, -np.inf, 0.0)
        patterns: list[Pattern] = []
        due = {int(t): (first if chosen[t] is None else chosen[t], cells) for t in np.flatnonzero(blocks.rate > 0)}
        for _ in range(1 + SHARPENINGS):
            short: dict[int, tuple[np.ndarray, int]] = {}
            for values, grid, periods in _alike(due):
                found = blocks.cover(price[:, periods], load[:, :, periods], values, grid, periods)
                for column, t in enumerate(periods):
                    before = chosen[t]
                    if found.bound[column] > bound[t]:
                        bound[t], chosen[t] = found.bound[column], values
                    pattern, sharper = self._routed(number, int(t), found.counts[:, column], slot[:, t], price[:, t])
                    if pattern is not None:
                        patterns.append(pattern)
                    if sharper is not None:
                        short[int(t)] = _sharpened(values, sharper, chosen[t], before, grid)
            due = short
            if not due:
                break
        return bound, patterns

    def search(self, number: int, period: int, priced: np.ndarray, *, gap: float) -> tuple[float, Pattern | None]:
        """(bound, pattern) of one block, by branch and bound; the bound is its tree's, never its incumbent."""
        block = number * self.periods + period
        columns = self.split.columns[block]
        program = part_of(self.split, columns, self.split.rows[block], priced[columns])
        answer = solve(program, backend="highs", gap=gap)
        if answer.status is Status.INFEASIBLE:
            return np.inf, None
        bound = -np.inf if answer.bound is None else answer.bound
        if answer.values is None:
            return bound, None
        return bound, make_pattern(self.split, self.coupling, block, columns, answer.values)

    def _replica_price(self, blocks: ServiceBlocks, priced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """([G, T] cheapest price of an effective replica, [G, T] its slot)."""
        price = np.empty((len(blocks.groups), self.periods))
        slot = np.empty((len(blocks.groups), self.periods), dtype=int)
        for i, group in enumerate(blocks.groups):
            offers = np.array([priced[self.built.var.replicas[q]] for q in group.slots])
            best = offers.argmin(axis=0)
            price[i] = offers[best, np.arange(self.periods)]
            slot[i] = np.array(group.slots)[best]
        return np.maximum(price, 0.0), slot

    def _first_values(self, number: int, price: np.ndarray) -> np.ndarray:
        """Class values to begin with: those of the group that serves the mix most cheaply at the mean price."""
        blocks = self.services[number]
        time = np.where(np.isfinite(blocks.work), blocks.work, 0.0) @ blocks.share
        served = np.isfinite(blocks.work) @ blocks.share
        top = np.array([max(s for _, s in g.candidate.levels) for g in blocks.groups])
        cost = price.mean(axis=1) * time / np.maximum(top * served, 1e-300)
        return blocks.values(int(np.argmin(np.where(served >= served.max() - 1e-12, cost, np.inf))))

    def _routed(
        self, number: int, t: int, counts: np.ndarray, slot: np.ndarray, price: np.ndarray
    ) -> tuple[Pattern | None, np.ndarray | None]:
        """(the plan routed, with a replica more where it falls short; class values under which it does fall short)."""
        blocks, router = self.services[number], self.routers[number]
        counts = counts.copy()
        sharper = None
        for attempt in range(REPAIRS + 1):
            used = np.flatnonzero(counts)
            if not used.size:
                return None, None
            plan = tuple(
                (int(g), int(counts[g]), float(counts[g] * self.built.sets.slots[slot[g]].effective)) for g in used
            )
            reach, routing, values = router.reach(plan)
            if reach >= blocks.rate[t] * (1.0 - 1e-9):
                return self._made(number, t, plan, slot, routing), sharper
            if attempt == 0:
                sharper = values
            room = counts[used] < blocks.enough[used, t]
            if not room.any():
                break
            counts[used[room][np.argmin(price[used[room]])]] += 1
        return None, sharper

    def _made(self, number: int, t: int, plan, slot: np.ndarray, routing: np.ndarray) -> Pattern:
        blocks, var = self.services[number], self.built.var
        columns, values = [], []
        for row, (g, count, _) in enumerate(plan):
            group = blocks.groups[g]
            columns.append(int(var.replicas[slot[g]][t]))
            values.append(float(count))
            for i, b in enumerate(group.served):
                columns.append(int(var.rate[group.index][i, t]))
                values.append(float(routing[row, b] * self.built.data.demand[number][b, t]))
        block = number * self.periods + t
        return make_pattern(self.split, self.coupling, block, np.array(columns), np.array(values))


def _sharpened(
    values: np.ndarray, sharper: np.ndarray, best: np.ndarray, before: np.ndarray | None, grid: int
) -> tuple[np.ndarray, int]:
    """The class values and the grid to try next for a block whose cover could not be routed.

    Where the plan's own class values are those used, only the grid's rounding let it pass: a finer one follows.
    Otherwise the truth lies between: halfway from the best values to the plan's.
    """
    if np.allclose(values, sharper, rtol=1e-6, atol=1e-12):
        return values, grid * FINER
    other = before if before is not None and np.allclose(best, sharper, rtol=1e-9) else best
    return 0.5 * (other + sharper), grid


def _alike(due: dict[int, tuple[np.ndarray, int]]) -> list[tuple[np.ndarray, int, np.ndarray]]:
    """(values, grid, periods that use them), in order of the first period."""
    found: dict[tuple[bytes, int], tuple[np.ndarray, int, list[int]]] = {}
    for t, (values, grid) in sorted(due.items()):
        found.setdefault((values.tobytes(), grid), (values, grid, []))[2].append(t)
    return [(values, grid, np.array(periods)) for values, grid, periods in found.values()]


def _special_services(built: Built) -> set[int]:
    """Services with block rows that a cover does not know, or replicas that count for less than one."""
    special: set[int] = set()
    for number, service in enumerate(built.sets.services):
        rule = service.availability
        if rule is not None and rule.survives_loss is not None and rule.survives_loss.fraction > 0:
            special.add(number)
        if service.routing != "divisible" or number in built.var.unserved:
            special.add(number)
        if any(group.index in built.var.rate_spot for group in built.sets.groups_of[number]):
            special.add(number)
    special |= {slot.service for slot in built.sets.slots if slot.effective < 0.999}
    return special
