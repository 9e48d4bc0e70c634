"""The total cost of ownership as column costs, by the parts that a plan prints."""

from __future__ import annotations

import numpy as np

from planner.errors import Fault, InvalidInput
from planner.formulation.caches import add_caches
from planner.formulation.charges import add_charges
from planner.formulation.constraints.carbon_cap import fleet_emissions
from planner.formulation.constraints.changes import migration_terms
from planner.formulation.constraints.preparation import preparation_usd
from planner.formulation.data import always_on, requests_per_month
from planner.formulation.hosted import hosted_terms
from planner.formulation.jobs import add_jobs
from planner.plan.cost import COST_PARTS
from planner.units import KG_PER_TONNE

Terms = list[tuple[np.ndarray, np.ndarray]]


def cost_terms(sets, var, data) -> tuple[dict[str, Terms], dict[str, float]]:
    """By cost part: (columns, USD per month per unit) pairs, and what is paid in any case."""
    parts: dict[str, Terms] = {}
    fixed: dict[str, float] = {}
    _rent(sets, var, data, parts)
    _commitments(sets, var, data, parts, fixed)
    _owned(sets, var, data, parts, fixed)
    for side, columns in var.starts.items():
        _put(parts, "start_ups_usd_per_month", columns, data.start_cost(side))
    _carbon(sets, var, data, parts, fixed)
    for _, part, columns, usd in hosted_terms(sets, var, data):
        _put(parts, part, columns, usd)
    months = sets.problem.horizon.months
    for key, column in sorted(var.prepared.items()):
        _put(parts, "preparation_usd_per_month", np.array([column]), np.array([preparation_usd(sets, key) / months]))
    moves, gone = migration_terms(sets, var, data)
    for columns, usd in moves:
        _put(parts, "migration_usd_per_month", columns, usd / months)
    if gone:
        fixed["migration_usd_per_month"] = gone / months
    for number, columns in var.unserved.items():
        price = sets.services[number].unserved_usd_per_request
        if price is not None:
            each = requests_per_month(np.full_like(data.hours, price), data.hours)
            _put(parts, "unserved_usd_per_month", columns, each * var.unserved_unit[number])
    add_jobs(sets, var, parts, fixed)
    add_caches(sets, var, data, parts)
    add_charges(sets, var, data, parts, fixed)
    for part in sets.problem.costs.without:
        if part not in COST_PARTS:
            text = f'"{part}" is no part of the cost; the parts are {", ".join(COST_PARTS)}'
            raise InvalidInput("problem", [Fault("costs.without", "unknown_part", text)])
        parts.pop(part, None)
        fixed.pop(part, None)
    return parts, fixed


def _put(parts: dict[str, Terms], part: str, columns: np.ndarray, usd: np.ndarray) -> None:
    parts.setdefault(part, []).append((columns, usd))


def _rent(sets, var, data, parts) -> None:
    for side, columns in var.running.items():
        pool, firm = side
        if firm and sets.pools[pool].on_demand is not None:
            price = np.array(sets.pools[pool].on_demand)
            _put(parts, "on_demand_usd_per_month", var.on_demand[pool], data.hours * price)
        elif not firm:
            _put(parts, "spot_usd_per_month", columns, data.running_cost(side))
            _put(parts, "spot_restarts_usd_per_month", columns, data.restart_cost(pool))


def _commitments(sets, var, data, parts, fixed) -> None:
    month = data.hours.sum()
    for number, column in sorted(var.units.items()):
        option = sets.options[number]
        unit = np.array([column])
        part = part_of(option)
        if number in var.shortfall:
            # max(commitment, discounted use) = use + shortfall, the shortfall at least commitment less use.
            _put(parts, part, np.array([var.shortfall[number]]), np.array([1.0]))
            for (m, pool), covered in sorted(var.covered.items()):
                if m == number:
                    usd = data.hours * np.array(sets.pools[pool].on_demand) * (1.0 - option.discount)
                    _put(parts, part, covered, usd)
        else:
            _put(parts, part, unit, np.array([month * option.usd_per_unit_hour]))
        if option.colocation_usd_per_unit_month:
            _put(parts, "colocation_usd_per_month", unit, np.array([option.colocation_usd_per_unit_month]))
        if option.financing_usd_per_unit_month:
            _put(parts, "financing_usd_per_month", unit, np.array([option.financing_usd_per_unit_month]))
    for held in sets.held:
        if held.usd_per_month:
            active = float(data.hours[np.array(held.active)].sum()) / month
            fixed["held_commitments_usd_per_month"] = (
                fixed.get("held_commitments_usd_per_month", 0.0) + held.usd_per_month * active
            )


def part_of(option) -> str:
    """The part of the cost that a commitment's or purchase's units are charged to."""
    if option.bought:
        return "purchase_usd_per_month"
    return "spend_commitments_usd_per_month" if option.measure == "spend" else "reserved_usd_per_month"


def _owned(sets, var, data, parts, fixed) -> None:
    for pool, found in enumerate(sets.pools):
        if found.owned is None:
            continue
        idle = (found.idle_kw() or 0.0) * found.electricity_usd_per_kwh
        if always_on(found):
            fixed["owned_energy_usd_per_month"] = (
                fixed.get("owned_energy_usd_per_month", 0.0) + float(data.hours.sum()) * idle * found.owned
            )
        elif (pool, True) in var.running:
            _put(parts, "owned_energy_usd_per_month", var.running[pool, True], data.hours * idle)
        if found.upkeep_usd_per_hour and (pool, True) in var.running:
            _put(parts, "owned_upkeep_usd_per_month", var.running[pool, True], data.hours * found.upkeep_usd_per_hour)
    for group in sets.groups:
        usd = data.energy_cost_per_rate(group)
        if usd is not None:
            _put(parts, "owned_energy_usd_per_month", var.rate[group.index], usd * var.work_unit[group.index])


def _carbon(sets, var, data, parts, fixed) -> None:
    price = sets.problem.carbon.price_usd_per_tonne / KG_PER_TONNE
    if var.offset is not None:
        usd = sets.problem.carbon.offsets.usd_per_tonne / KG_PER_TONNE
        _put(parts, "offsets_usd_per_month", var.offset, np.array([usd]))
    if not price:
        return
    terms, offset = fleet_emissions(sets, var, data, lambda pool: True)
    for columns, kg in terms:
        _put(parts, "carbon_price_usd_per_month", columns, kg * price)
    if offset:
        fixed["carbon_price_usd_per_month"] = offset * price
