"""What a plan means to pay for instances by the hour: one line a pool and way to pay, in hours and money."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from planner.units import HOURS_PER_MONTH
from planner.verify.case import Case
from planner.verify.recost import starts, unit_weight

ON_DEMAND, SPOT, COMMITTED = "on demand", "spot", "committed"
Key = tuple[str, str]


@dataclass
class Rent:
    """Of one pool, bought one way, in a month; hours are of instances."""

    hours: float = 0.0
    usd: float = 0.0


def planned_rent(case: Case) -> dict[Key, Rent]:
    """By (pool, way to pay), rented pools alone; a commitment that covers nothing stands under its own name.

    Hours of spot are those expected to be paid, restarts included; starts count the hours before they serve. Commitments are
    paid by what they cover, their unused part too; interest on them and hardware bought are on no seller's bill.
    """
    found: dict[Key, Rent] = defaultdict(Rent)
    for part in case.plan.pools:
        pool = case.pools[part.id]
        if pool.owned is None:
            _by_the_hour(case, pool, part, found)
    for bought in case.plan.commitments:
        option = case.options[bought.name]
        if not option.bought:
            _covered(case, bought.name, option, bought.units * option.usd_per_unit_hour * HOURS_PER_MONTH, found)
    for name, held in case.held.items():
        active = sum(hours for hours, on in zip(case.hours, held.active) if on) / HOURS_PER_MONTH
        _covered(case, name, held, held.usd_per_month * active, found)
    return dict(found)


def _by_the_hour(case: Case, pool: Any, part: Any, found: dict[Key, Rent]) -> None:
    again = pool.spot_interruptions_per_hour * case.problem.start_up.spot_restart_hours
    firm, spot = starts(case, part.running_firm), starts(case, part.spot)
    for t, hours in enumerate(case.hours):
        begun = case.problem.start_up.hours * case.times.periods[t].occurrences
        if pool.on_demand is not None and (part.on_demand[t] or firm[t]):
            _add(found, (part.id, ON_DEMAND), hours * part.on_demand[t] + begun * firm[t], pool.on_demand[t])
        if pool.spot is not None and (part.spot[t] or spot[t]):
            paid = hours * part.spot[t] * (pool.spot_availability + again) + begun * spot[t]
            _add(found, (part.id, SPOT), paid, pool.spot[t])


def _add(found: dict[Key, Rent], key: Key, hours: float, price: float) -> None:
    found[key].hours += hours
    found[key].usd += hours * price


def _covered(case: Case, name: str, option: Any, usd: float, found: dict[Key, Rent]) -> None:
    """A commitment's cost over the pools that use it, by the units that they use."""
    weights: dict[str, float] = {}
    for part in case.plan.pools:
        for t, hours in enumerate(case.hours):
            covered = part.reserved.get(name, ())
            if covered and covered[t]:
                found[part.id, COMMITTED].hours += hours * covered[t]
                weights[part.id] = weights.get(part.id, 0.0) + hours * covered[t] * unit_weight(case.pools[part.id], option, t)
    whole = sum(weights.values())
    for pool, units in weights.items():
        found[pool, COMMITTED].usd += usd * units / whole
    if not weights and usd:
        found[name, COMMITTED].usd += usd
