"""Indivisible slices over two types of instance: numbers of instances in order of cost, until one holds all slices."""

from __future__ import annotations

import heapq
from dataclasses import replace

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.capacity import constant_share
from planner.formulation.constraints.replica_capacity import SLICE_TOLERANCE
from planner.milp.model import LinearModel
from planner.milp.status import Solution, Status

#: Numbers of instances tried before the general search takes over, and search nodes for each.
MOST_TRIED, NODES = 40, 500
#: Instances of the first type up to which every number of them is listed (a fifth of a kilobyte each).
MOST_LISTED = 200_000
#: Combinations of slices gone through to rule a pair of numbers out.
MOST_COMBINED = 1 << 17
#: How much more load than rows allow is let pass where numbers of instances are ruled out [replicas].
SAFE = 2.0 * SLICE_TOLERANCE


def by_counts(built: Built, run) -> Solution | None:
    r"""The proven cheapest vector; None where the program is of another shape or its numbers are not soon found.

    The cost depends on the numbers n₁, n₂ of instances alone. Were slices divisible, n₁ instances of the first type
    would take those slices first that spare the second type most per unit of load, which leaves it the least load

    .. math:: \ell(n_1) = \min_x \sum_i b_i (s_i - x_i), \quad \sum_i a_i x_i \le n_1, \quad 0 \le x_i \le s_i

    so no plan has n₂ < ⌈ℓ(n₁)⌉. All other pairs are tried from the cheapest on: with n₁ and n₂ fixed, the rest of the
    program has a solution or not. The first that has one is the optimum, for all cheaper pairs were ruled out.
    """
    prices = _prices(built)
    if prices is None or run.options.backend not in ("auto", "highs"):
        return None
    columns = np.concatenate([built.var.replicas[slot.index] for slot in built.sets.slots])
    if built.model.column_upper[columns[0]] > MOST_LISTED:
        return None
    rows = np.arange(int(built.model.column_upper[columns[0]]) + 1)
    loads = _Loads(built)
    least = np.maximum(np.ceil(loads.least_of_second(rows) - SAFE), 0.0)
    usd = _usd(prices, rows, least)
    queue = [(float(c), int(a > 0) + int(b > 0), int(a), int(b)) for c, a, b in zip(usd, rows, least, strict=True)]
    heapq.heapify(queue)
    question = built.model.with_cost(np.zeros(built.model.column_count))
    tried = 0
    while queue and tried < MOST_TRIED:
        _, _, first, second = heapq.heappop(queue)
        if not loads.ruled_out(first, second):
            tried += 1
            answer = _tried(built, question, np.array([first, second], dtype=float), run)
            if answer.values is not None:
                cost = built.model.objective(answer.values)
                return replace(answer, status=Status.OPTIMAL, objective=cost, bound=cost, gap=0.0)
            if answer.status is not Status.INFEASIBLE:
                return None
        if second < built.model.column_upper[columns[1]]:
            more = _usd(prices, np.array([first]), np.array([second + 1]))[0]
            heapq.heappush(queue, (float(more), int(first > 0) + 1, first, second + 1))
    return None


def _prices(built: Built) -> np.ndarray | None:
    """Cost of one instance of each type [USD/month]; None unless cost is all about numbers of two types of instance."""
    sets, var, model = built.sets, built.var, built.model
    if len(sets.services) != 1 or sets.services[0].routing != "slices" or sets.period_count != 1:
        return None
    if len(sets.groups) != 2 or len(sets.slots) != 2 or var.levels or var.hosted or var.waiting or var.unserved or var.units or sets.held:
        return None
    for slot in sets.slots:
        pool = sets.pools[slot.pool]
        if not slot.firm or pool.owned is not None or pool.accelerators != slot.accelerators or slot.pool not in var.on_demand:
            return None
    rented = np.concatenate([var.on_demand[slot.pool] for slot in sets.slots])
    if len(set(rented.tolist())) != 2 or set(np.flatnonzero(model.cost).tolist()) - set(rented.tolist()):
        return None
    prices = model.cost[rented]
    return prices if (prices > 0).all() else None


def _usd(prices: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cost without the noise of its last digits, so that equal costs are equal."""
    usd = prices[0] * first + prices[1] * second
    return np.round(usd, 6)


class _Loads:
    """What slices load the two types with, those that both can serve in order of what the second is spared per load.

    a, b    load of one slice on either type [replicas]
    most    slices of the class
    own     load of what one type alone can serve, by type [replicas]
    """

    def __init__(self, built: Built) -> None:
        demand = built.data.demand[0][:, 0]
        load = np.full((2, demand.size), np.inf)
        for row, group in enumerate(built.sets.groups):
            load[row, list(group.served)] = built.data.busy_per_request(group) * demand[list(group.served)] / constant_share(group)
        load = load[:, demand > 0]
        alone = np.isinf(load[::-1]) & np.isfinite(load)
        self.own = np.where(alone, load, 0.0).sum(axis=1)
        a, b = load[:, np.isfinite(load).all(axis=0)]
        order = np.argsort(-b / a, kind="stable")
        self.most = built.sets.services[0].slice_factor
        self.a, self.b = a[order] / self.most, b[order] / self.most
        self.taken = np.concatenate([[0.0], np.cumsum(self.a * self.most)])
        self.spared = np.concatenate([[0.0], np.cumsum(self.b * self.most)])

    def least_of_second(self, first: np.ndarray) -> np.ndarray:
        """Load left for the second type beside each number of the first, were slices divisible."""
        room = first + SAFE - self.own[0]
        left = self.own[1] + self.spared[-1] - np.interp(room, self.taken, self.spared)
        return np.where(room >= 0, left, 1e9)

    def ruled_out(self, first: int, second: int) -> bool:
        r"""Whether no whole slices fit; False also where that is not soon seen.

        With ρ the ratio b/a at which the first type is full, Σ|b_i − ρ a_i|·(slices unlike the divisible choice) is at
        most the room that this choice leaves on the second type. Slices for which one is too many are settled; the
        combinations of the others are gone through.
        """
        room = first + SAFE - self.own[0]
        spare = second + SAFE - float(self.least_of_second(np.array([first]))[0])
        place = int(np.searchsorted(self.taken, room, side="right")) - 1
        if place >= self.a.size:
            return False
        ratio = self.b[place] / self.a[place]
        open_ = np.flatnonzero(np.abs(self.b - ratio * self.a) <= spare + SAFE)
        if (self.most + 1.0) ** open_.size > MOST_COMBINED:
            return False
        settled = np.arange(self.a.size) < place
        settled[open_] = False
        on_first = np.array([self.most * self.a[settled].sum()])
        off_second = np.array([self.most * self.b[settled].sum()])
        for i in open_:
            count = np.arange(self.most + 1)
            on_first = np.add.outer(on_first, count * self.a[i]).ravel()
            off_second = np.add.outer(off_second, count * self.b[i]).ravel()
            kept = on_first <= room
            on_first, off_second = on_first[kept], off_second[kept]
        return not bool((self.own[1] + self.spared[-1] - off_second <= second + SAFE).any())


def _tried(built: Built, question: LinearModel, counts: np.ndarray, run) -> Solution:
    columns = [c for slot in built.sets.slots for c in built.var.replicas[slot.index]]
    paid = [c for slot in built.sets.slots for c in (*built.var.running[slot.pool, True], *built.var.on_demand[slot.pool])]
    fixed = question.fixed(np.array(columns), counts).fixed(np.array(paid), np.repeat(counts, 2))
    return solve(
        fixed, backend="highs", gap=0.0, node_limit=NODES, time_limit_s=run.left(), seed=run.options.seed, stop=run.stop
    )
