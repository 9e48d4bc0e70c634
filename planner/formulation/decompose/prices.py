"""What a bound at given prices is made of beside the blocks: the shared columns and the rows' sides, recomputed safely."""

from __future__ import annotations

import numpy as np

from planner.backends.growing_lp import GrowingLp
from planner.errors import PlannerError
from planner.formulation.build import Built
from planner.formulation.decompose.split import Split, part_of
from planner.milp.model import LinearModel

# Taken off every bound for the rounding of its sums, relative to the sum of their sizes.
ROUNDING = 1e-10


class SharedPart:
    """The columns that no block owns, under prices on the rows that couple them with blocks.

    duals   of the rows of shared columns alone, of the last bound asked for [shared rows]
    """

    def __init__(self, split: Split) -> None:
        self.split = split
        self.program = part_of(split, split.shared, split.shared_rows, np.zeros(split.shared.size))
        self.lp = as_growing(self.program)
        self.duals = np.zeros(split.shared_rows.size)

    def bound(self, priced: np.ndarray) -> float:
        """Least cost of the shared columns at these prices, whole numbers let go; recomputed from the duals.

        Minus infinity where a column without an end earns at these prices.
        """
        cost = priced[self.split.shared]
        if not cost.size:
            return 0.0
        self.lp.set_cost(cost)
        try:
            point = self.lp.solve()
        except PlannerError:
            return -np.inf
        self.duals = safe_duals(self.program, point.duals)
        return safe_value(self.program, cost, point.duals)

    def right_hand(self, prices: np.ndarray) -> float:
        """What the coupling rows' sides are worth at these prices."""
        model, rows = self.split.model, self.split.coupling
        side = np.where(prices > 0, model.row_lower[rows], model.row_upper[rows])
        used = prices != 0
        return float(np.sum(prices[used] * side[used]))

    def allowed(self, prices: np.ndarray) -> np.ndarray:
        """``prices`` with the wrong sign taken out: a row without that side earns nothing."""
        model, rows = self.split.model, self.split.coupling
        prices = np.where((prices > 0) & ~np.isfinite(model.row_lower[rows]), 0.0, prices)
        return np.where((prices < 0) & ~np.isfinite(model.row_upper[rows]), 0.0, prices)


def safe_sum(parts: np.ndarray) -> float:
    """The sum of parts of a bound, less what its rounding can be."""
    return float(np.sum(parts)) - ROUNDING * float(np.sum(np.abs(parts)))


def flat_prices(built: Built, split: Split) -> np.ndarray:
    """Starting prices: an accelerator hour of each pool costs what its cheapest steady purchase costs in any hour."""
    prices = np.zeros(split.model.row_count)
    sets, data = built.sets, built.data
    ranges = [r for r in built.ranges if r.constraint == "instance_packing"]
    for (pool, firm), part in zip(sets.slots_in, ranges, strict=True):
        found = sets.pools[pool]
        if firm:
            ways = [np.array(found.on_demand)] if found.on_demand is not None else []
            ways += [
                np.full_like(data.hours, o.usd_per_unit_hour)
                for n, o in enumerate(sets.options)
                if n in built.var.units and o.measure == "instances" and o.covers[0] == found.id
            ]
            usd = np.min(ways, axis=0) * data.hours if ways else np.zeros_like(data.hours)
        else:
            usd = data.running_cost((pool, False)) + data.restart_cost(pool)
        prices[part.start : part.stop] = -usd / found.accelerators
    return prices[split.coupling]


def row_scales(built: Built, split: Split) -> np.ndarray:
    """How large a price on each coupling row can be expected to be, from what an instance costs to rent [coupling].

    A row's scale is the least rent per unit that one of its running instances saves; rows without any get the
    largest of all, so that nothing holds their prices.
    """
    model, data = split.model, built.data
    rent = np.full(model.column_count, np.inf)
    for (pool, firm), columns in built.var.running.items():
        found = built.sets.pools[pool]
        if not firm:
            usd = data.running_cost((pool, False)) + data.restart_cost(pool)
        elif found.on_demand is not None:
            usd = data.hours * np.array(found.on_demand)
        else:
            usd = data.hours * min((price for _, price in found.reserved), default=1.0)
        rent[columns] = usd
    known = np.isfinite(rent[model.column_index]) & (model.coefficient != 0)
    scale = np.full(model.row_count, np.inf)
    each = rent[model.column_index[known]] / np.abs(model.coefficient[known])
    np.minimum.at(scale, split.entry_row[known], each)
    scale = scale[split.coupling]
    top = float(scale[np.isfinite(scale)].max(initial=1.0))
    return np.where(np.isfinite(scale), scale, top * 1e3)


def as_growing(program: LinearModel) -> GrowingLp:
    lp = GrowingLp(program.row_lower, program.row_upper)
    order = np.argsort(program.column_index, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(program.column_index, minlength=program.column_count))])
    lp.add_columns(
        program.cost, program.column_lower, program.column_upper, start, program.entry_row()[order], program.coefficient[order]
    )
    return lp


def safe_duals(program: LinearModel, duals: np.ndarray) -> np.ndarray:
    """``duals`` without those of a sign that their row does not allow."""
    duals = np.where((duals > 0) & ~np.isfinite(program.row_lower), 0.0, duals)
    return np.where((duals < 0) & ~np.isfinite(program.row_upper), 0.0, duals)


def safe_value(program: LinearModel, cost: np.ndarray, duals: np.ndarray) -> float:
    """A lower bound on a linear program from any duals: what they claim is recomputed, not trusted."""
    duals = safe_duals(program, duals)
    side = np.where(duals > 0, program.row_lower, program.row_upper)
    used = duals != 0
    row_part = duals[used] * side[used]
    reduced = cost - np.bincount(
        program.column_index,
        weights=program.coefficient * duals[program.entry_row()],
        minlength=program.column_count,
    )
    bound = np.where(reduced > 0, program.column_lower, program.column_upper)
    charged = np.abs(reduced) > 0
    known = np.where(np.isfinite(bound), bound, 0.0)
    terms = np.where(charged, reduced * known, 0.0)
    # A column without an end on that side: only a rounding error may be let pass, and it is never let pass upwards.
    unbounded = charged & ~np.isfinite(bound)
    if np.any(np.abs(reduced[unbounded]) > 1e-9 * np.maximum(1.0, np.abs(cost[unbounded]))):
        return -np.inf
    return safe_sum(np.concatenate([row_part, terms]))
