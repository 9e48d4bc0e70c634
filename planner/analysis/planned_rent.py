"""What a plan means to pay: one line a pool and way to pay, or a hosted option and meter, in quantities and money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planner.economics.meters import metered
from planner.units import HOURS_PER_MONTH
from planner.verify.case import Case
from planner.verify.jobs import jobs_of
from planner.verify.recost import starts, unit_weight

ON_DEMAND, SPOT, COMMITTED = "on demand", "spot", "committed"
Key = tuple[str, str]


@dataclass
class Rent:
    """Of one pool bought one way, or of one hosted option by one meter, in a month.

    quantity  hours of instances; of hosted options in the meter's unit (``planner.economics.meters.UNIT_OF``)
    """

    quantity: float = 0.0
    usd: float = 0.0


def planned_rent(case: Case) -> dict[Key, Rent]:
    """By (pool, way to pay), rented pools alone; a commitment that covers nothing stands under its own name.

    Hours of spot are those expected to be paid, restarts included; starts count the hours before they serve. Commitments are
    paid by what they cover, their unused part too; interest on them and hardware bought are on no seller's bill. Jobs are spread
    over the horizon.
    """
    found: dict[Key, Rent] = defaultdict(Rent)
    for job in jobs_of(case):
        for way, hours, usd in job_rent(case, job):
            _add(found, (job.pool.id, way), hours, usd)
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


def planned_hosted(case: Case) -> dict[str, dict[Key, Rent]]:
    """By service: what hosted options are billed, by (option, meter)."""
    found: dict[str, dict[Key, Rent]] = {}
    for one in case.hosted:
        own = found.setdefault(one.service.name, defaultdict(Rent))
        for part in metered(one.use, one.service, one.offer, case.hours):
            _add(own, (part.option, part.meter), part.quantity, part.usd)
    return found


def job_rent(case: Case, job: Any) -> Iterator[tuple[str, float, float]]:
    """(way to pay, instance-hours, USD) a month of a job's instances that nothing else has paid for, by period."""
    prices = job.pool.on_demand if job.firm else job.pool.spot
    if prices is None:
        return
    each = job.there_hours() / case.problem.horizon.months
    for t, share in enumerate(job.share):
        hours = each * share * (job.plan.instances - job.plan.spare[t])
        if hours:
            yield (ON_DEMAND if job.firm else SPOT), hours, hours * prices[t]


def _by_the_hour(case: Case, pool: Any, part: Any, found: dict[Key, Rent]) -> None:
    again = pool.spot_interruptions_per_hour * case.problem.start_up.spot_restart_hours
    firm, spot = starts(case, part.running_firm), starts(case, part.spot)
    for t, hours in enumerate(case.hours):
        begun = case.problem.start_up.hours * case.times.periods[t].occurrences
        if pool.on_demand is not None and (part.on_demand[t] or firm[t]):
            paid = hours * part.on_demand[t] + begun * firm[t]
            _add(found, (part.id, ON_DEMAND), paid, paid * pool.on_demand[t])
        if pool.spot is not None and (part.spot[t] or spot[t]):
            paid = hours * part.spot[t] * (pool.spot_availability + again) + begun * spot[t]
            _add(found, (part.id, SPOT), paid, paid * pool.spot[t])


def _add(found: dict[Key, Rent], key: Key, quantity: float, usd: float) -> None:
    found[key].quantity += quantity
    found[key].usd += usd


def _covered(case: Case, name: str, option: Any, usd: float, found: dict[Key, Rent]) -> None:
    """A commitment's cost over the pools that use it, by the units that they use."""
    weights: dict[str, float] = {}
    for part in case.plan.pools:
        for t, hours in enumerate(case.hours):
            covered = part.reserved.get(name, ())
            if covered and covered[t]:
                found[part.id, COMMITTED].quantity += hours * covered[t]
                weights[part.id] = weights.get(part.id, 0.0) + hours * covered[t] * unit_weight(case.pools[part.id], option, t)
    whole = sum(weights.values())
    for pool, units in weights.items():
        found[pool, COMMITTED].usd += usd * units / whole
    if not weights and usd:
        found[name, COMMITTED].usd += usd
