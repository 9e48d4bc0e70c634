"""A good plan to start a search from: the best one among the groups that look cheapest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.data import Data
from planner.formulation.sets import Group, Sets
from planner.formulation.within_cost import within_cost
from planner.milp.model import LinearModel
from planner.milp.status import Solution
from planner.units import HOURS_PER_MONTH

#: Configurations per service, and regions of each, that look cheapest alone: for a first plan, and for the start itself.
FIRST, CHEAPEST = (1, 2), (3, 3)
#: Groups per service of least reduced cost that are kept too; where little is left out then, the search itself is as soon done.
BY_PRICE, MOST_KEPT = 16, 0.6
#: Each is searched to this gap [relative] and for so many nodes: a start need not be the best one.
GAP, NODES = 1e-3, 20
#: Programs with fewer whole-number columns need no start; larger ones pay more for it than it saves.
LEAST_WHOLE, MOST_WHOLE = 100, 3000


@dataclass(frozen=True)
class Start:
    """A plan to start from and what the relaxation said; either may be None.

    values      a vector of the program
    row_duals   prices of rows in the relaxation [USD/month per unit]
    """

    values: np.ndarray | None = None
    row_duals: np.ndarray | None = None

    def within(self, model: LinearModel, most: float) -> LinearModel:
        """``model``, the one that was asked about or one with its rows, without what only plans that cost more use."""
        return model if self.row_duals is None else within_cost(model, self.row_duals, most)


def good_start(built: Built, model: LinearModel, run) -> Start:
    """A vector of ``model``, the program of ``built`` with further rows, where one is found and needed.

    Solvers' own heuristics look everywhere and begin far from the optimum. Most groups are in no good plan, and it
    can be said beforehand which: those that cost much more than others when they serve a service's demand alone, and
    more than they are worth at the relaxation's prices. The program without them is small; its best plan is a plan of
    the whole program, and usually the best one. It is only where the search starts: nothing is left out of the search.
    """
    if not LEAST_WHOLE <= model.integer.sum() <= MOST_WHOLE:
        return Start()
    ranked = [_by_configuration(built, groups) for groups in built.sets.groups_of]
    first = _searched(_only(built, model, _cheapest(ranked, FIRST)), run, gap=GAP, node_limit=NODES).values
    relaxed = _searched(model.relaxed(), run)
    known = Start(first, relaxed.row_duals)
    if relaxed.values is None or relaxed.reduced_costs is None:
        return known
    kept = _cheapest(ranked, CHEAPEST) | _used(built, relaxed.values)
    more = kept | _by_price(built, relaxed.reduced_costs, ranked)
    if len(more) <= MOST_KEPT * len(built.sets.groups):
        kept = more
    elif first is not None:
        return known
    found = _searched(_only(built, model, kept), run, gap=GAP, node_limit=NODES, start=first).values
    return known if found is None else Start(found, relaxed.row_duals)


def _cheapest(ranked: list[list[list[int]]], most: tuple[int, int]) -> set[int]:
    configurations, regions = most
    return {index for groups in ranked for group in groups[:configurations] for index in group[:regions]}


def _by_price(built: Built, reduced_costs: np.ndarray, ranked: list[list[list[int]]]) -> set[int]:
    """The groups of each service whose replicas cost least beyond what they are worth; among equals the cheapest alone."""
    replicas, groups = built.var.replicas, built.sets.groups
    beyond = [min(float(reduced_costs[replicas[q]].min()) for q in group.slots) for group in groups]
    kept: set[int] = set()
    for configurations in ranked:
        alone = [index for regions in configurations for index in regions]
        kept.update(sorted(alone, key=lambda index: beyond[index])[:BY_PRICE])
    return kept


def _searched(model: LinearModel, run, **more) -> Solution:
    return solve(
        model, backend="highs", time_limit_s=run.left(), threads=run.options.threads, seed=run.options.seed, stop=run.stop, **more
    )


def _used(built: Built, values: np.ndarray) -> set[int]:
    return {slot.group for slot in built.sets.slots if values[built.var.replicas[slot.index]].max(initial=0.0) > 1e-6}


def _by_configuration(built: Built, groups: tuple[Group, ...]) -> list[list[int]]:
    """Groups of each configuration, both in order of what they cost alone."""
    costs: dict[object, list[tuple[float, int]]] = {}
    for group in groups:
        costs.setdefault(group.configuration, []).append((cost_alone(built.sets, built.data, group), group.index))
    return [[index for _, index in found] for found in sorted(sorted(found) for found in costs.values())]


def cost_alone(sets: Sets, data: Data, group: Group) -> float:
    """About what a group costs that serves all it can alone, on whole instances of its cheapest pool [USD/month].

    What it cannot serve is taken to cost as much per request.
    """
    demand = data.demand[group.service]
    usd = min(float((data.hours * _rent(np.ceil(data.enough[group.index] * _share(sets, q)), _usd_per_hour(sets, q))).sum()) for q in group.slots)
    return usd * float(demand.sum()) / max(float(data.served_demand(group).sum()), 1e-300)


def _rent(instances: np.ndarray, usd_per_hour: np.ndarray) -> np.ndarray:
    """Nothing for no instance, also where one has no price."""
    return instances * np.where(instances > 0, usd_per_hour, 0.0)


def _share(sets: Sets, slot: int) -> float:
    found = sets.slots[slot]
    return found.accelerators / sets.pools[found.pool].accelerators - 1e-12


def _usd_per_hour(sets: Sets, slot: int) -> np.ndarray:
    """Cheapest hourly price of an instance, by period; nothing for what is owned."""
    found = sets.slots[slot]
    pool = sets.pools[found.pool]
    if pool.owned is not None and (pool.owned or pool.purchase is None):
        return np.zeros(sets.period_count)
    if pool.purchase is not None:
        return np.full(sets.period_count, pool.purchase.usd / pool.purchase.life_months / HOURS_PER_MONTH)
    prices = pool.on_demand if found.firm else pool.spot
    reserved = min((price for _, price in pool.reserved), default=np.inf) if found.firm else np.inf
    return np.minimum(np.inf if prices is None else np.array(prices), reserved) + np.zeros(sets.period_count)


def _only(built: Built, model: LinearModel, kept: set[int]) -> LinearModel:
    """``model`` with the columns of all other groups closed, and those of pools in which no kept one may stand."""
    upper, sets, var = model.column_upper.copy(), built.sets, built.var
    for group in sets.groups:
        if group.index in kept:
            continue
        levels = var.levels.get(group.index)
        own = [var.rate[group.index], *(var.replicas[q] for q in group.slots)]
        own += [] if levels is None else [levels.chosen, levels.count]
        for columns in own:
            upper[columns] = 0.0
    for side, slots in sets.slots_in.items():
        if not any(slot.group in kept for slot in slots):
            upper[var.running[side]] = 0.0
    return model.with_bounds(column_upper=upper)
