"""The parts of a plan's cost from its decisions, in plain arithmetic; nothing is taken from the plan's own figures."""

from __future__ import annotations

from collections.abc import Iterator

from planner.economics.commitments import CommitmentOption
from planner.economics.pools import Pool
from planner.plan.cost import COST_PARTS
from planner.plan.schema import PoolPlan
from planner.problem.adapted import prepared_key
from planner.units import HOURS_PER_MONTH, KG_PER_TONNE, SECONDS_PER_HOUR
from planner.verify.case import Case, Placed
from planner.verify.jobs import add_jobs
from planner.verify.recharge import add_charges
from planner.verify.remigrate import migration_usd
from planner.verify.recarbon import busy_accelerators, fleet_kg, instances_on


def recost(case: Case) -> dict[str, float]:
    """USD a month by part, every part present. Raises ValueError when carbon is priced but unknown."""
    cost = dict.fromkeys(COST_PARTS, 0.0)
    for part in case.plan.pools:
        pool = case.pools[part.id]
        _rent(case, pool, part, cost)
        cost["start_ups_usd_per_month"] += _start_ups(case, pool, part)
    _commitments(case, cost)
    for pool in case.every_pool:
        if pool.owned is not None:
            _owned(case, pool, cost)
    for one in case.hosted:
        part = one.part
        cost[part] += one.usd(case.hours)
    months = case.problem.horizon.months
    cost["preparation_usd_per_month"] = sum(preparation_usd(case).values()) / months
    cost["migration_usd_per_month"] = migration_usd(case) / months
    if case.problem.carbon.price_usd_per_tonne:
        kg = fleet_kg(case)
        if kg is None:
            raise ValueError("carbon has a price, and a used pool's power or grid is unknown")
        cost["carbon_price_usd_per_month"] = kg * case.problem.carbon.price_usd_per_tonne / KG_PER_TONNE
    if case.problem.carbon.offsets is not None:
        kg = case.plan.carbon_offset_kg_per_month or 0.0
        cost["offsets_usd_per_month"] = kg * case.problem.carbon.offsets.usd_per_tonne / KG_PER_TONNE
    cost["unserved_usd_per_month"] = sum(_unserved(case))
    add_jobs(case, cost)
    for name, cache in case.caches.items():
        asked = sum(sum(rates[t] for rates in case.demand[name]) * hours for t, hours in enumerate(case.month_hours)) * SECONDS_PER_HOUR
        cost["caches_usd_per_month"] += cache.usd_per_month + cache.usd_per_request * asked
    add_charges(case, cost)
    return cost | dict.fromkeys(case.problem.costs.without, 0.0)


def bill_of_pool(case: Case, pool: Pool, part: PoolPlan) -> float:
    """What is paid for the instances of a rented pool by the hour: on demand, as spot, for restarts and starts."""
    found = dict.fromkeys(COST_PARTS, 0.0)
    _rent(case, pool, part, found)
    return sum(found.values()) + _start_ups(case, pool, part)


def share_usd(case: Case, service: str) -> float:
    """A service's linear share: accelerators of its replicas at the pool's price per accelerator, and what hosted options cost."""
    return sum(one.usd(case.hours) for one in case.hosted_of(service)) + sum(
        case.hours[t] * p.configuration.accelerators * p.deployment.replicas[t] * _share_price(p, t)
        for p in case.placed_of(service)
        for t in case.periods
    )


def preparation_usd(case: Case) -> dict[tuple[str, str], float]:
    """One-off cost by (model, variant) that any service runs; the fleet pays once."""
    found: dict[tuple[str, str], float] = {}
    for p in case.used:
        key = prepared_key(p.service, p.configuration.variant, case.problem)
        found[key] = max(found.get(key, 0.0), p.facts.preparation_usd)
    return found


def upfront_usd(case: Case) -> float:
    """Cash on day one for the commitments bought [USD]."""
    return sum(c.units * case.options[c.name].upfront_usd_per_unit for c in case.plan.commitments)


def starts(case: Case, running: tuple[int, ...]) -> list[int]:
    """Instances that run now and did not run in the period before; none where there is no period before."""
    before = [p.before for p in case.times.periods]
    return [0 if b is None else max(0, running[t] - running[b]) for t, b in enumerate(before)]


def used_of(case: Case, option: CommitmentOption, t: int) -> float:
    """Units of a commitment that are used in a period: instances, accelerators, or discounted USD per hour."""
    used = 0.0
    for part in case.plan.pools:
        covered = part.reserved.get(option.name)
        if covered:
            used += covered[t] * unit_weight(case.pools[part.id], option, t)
    return used


def unit_weight(pool: Pool, commitment, t: int) -> float:
    """Units that one covered instance takes from a commitment, bought or held. Spend needs an on-demand price."""
    if commitment.measure == "instances":
        return 1.0
    if commitment.measure == "accelerators":
        return float(pool.accelerators)
    if pool.on_demand is None:
        raise ValueError(f"{pool.id} has no on-demand price that a spend commitment could cover")
    return pool.on_demand[t] * (1.0 - commitment.discount)


def _rent(case: Case, pool: Pool, part: PoolPlan, cost: dict[str, float]) -> None:
    again = pool.spot_interruptions_per_hour * case.problem.start_up.spot_restart_hours
    for t, hours in enumerate(case.hours):
        if part.on_demand[t]:
            cost["on_demand_usd_per_month"] += hours * part.on_demand[t] * pool.on_demand[t]
        if part.spot[t]:
            cost["spot_usd_per_month"] += hours * part.spot[t] * pool.spot[t] * pool.spot_availability
            cost["spot_restarts_usd_per_month"] += hours * part.spot[t] * pool.spot[t] * again


def _start_ups(case: Case, pool: Pool, part: PoolPlan) -> float:
    """Start-up hours of every start, firm at the on-demand price (owned: idle power), spot at its price."""
    length = case.problem.start_up.hours
    idle_usd = pool.electricity_usd_per_kwh * (pool.idle_kw() or 0.0)
    total = 0.0
    for t, period in enumerate(case.times.periods):
        firm_price = idle_usd if pool.owned is not None else pool.on_demand[t] if pool.on_demand else 0.0
        firm, spot = starts(case, part.running_firm)[t], starts(case, part.spot)[t]
        if firm or spot:
            total += length * period.occurrences * (firm * firm_price + (spot * pool.spot[t] if spot else 0.0))
    return total


def trued_up(case: Case, option, paid: float) -> float:
    """What a spend commitment that stays discounted above it costs: the use of the hours at hand, and what the month falls short.

    ``paid`` is the least of a month. Hours at hand are the month's own, or those of one season as if it lasted: use is
    paid when it occurs, a shortfall of the whole is spread evenly.
    """
    use = [used_of(case, option, t) for t in case.periods]
    short = paid - sum(hours * each for hours, each in zip(case.month_hours, use, strict=True))
    return sum(hours * each for hours, each in zip(case.hours, use, strict=True)) + max(0.0, short)


def _commitments(case: Case, cost: dict[str, float]) -> None:
    for bought in case.plan.commitments:
        option = case.options[bought.name]
        paid = bought.units * option.usd_per_unit_hour * HOURS_PER_MONTH
        if option.bought:
            cost["purchase_usd_per_month"] += paid
            cost["colocation_usd_per_month"] += bought.units * option.colocation_usd_per_unit_month
        elif option.measure != "spend":
            cost["reserved_usd_per_month"] += paid
        else:
            if option.beyond == "discounted":
                paid = trued_up(case, option, paid)
            cost["spend_commitments_usd_per_month"] += paid
        cost["financing_usd_per_month"] += bought.units * option.financing_usd_per_unit_month
    months = case.problem.horizon.months
    for held in case.problem.commitments.held:
        end = months if held.end_month is None else min(held.end_month, months)
        active = max(0, end - held.start_month)
        cost["held_commitments_usd_per_month"] += held.usd_per_month * active / months


def _owned(case: Case, pool: Pool, cost: dict[str, float]) -> None:
    idle, busy = pool.idle_kw() or 0.0, pool.busy_kw_per_accelerator() or 0.0
    part = case.pool_plans.get(pool.id)
    for t, hours in enumerate(case.hours):
        kw = idle * instances_on(case, pool, t) + busy * busy_accelerators(case, pool, t)
        cost["owned_energy_usd_per_month"] += hours * pool.electricity_usd_per_kwh * kw
        if part is not None:
            cost["owned_upkeep_usd_per_month"] += hours * pool.upkeep_usd_per_hour * part.running_firm[t]


def _unserved(case: Case) -> Iterator[float]:
    for name, service in case.services.items():
        price = service.unserved_usd_per_request
        if price is None:
            continue
        for rates in case.parts[name].unserved_per_s.values():
            for rate, hours in zip(rates, case.hours):
                yield rate * SECONDS_PER_HOUR * hours * price


def _share_price(p: Placed, t: int) -> float:
    pool = p.pool
    if pool.owned is not None:
        return 0.0
    if not p.firm:
        return pool.spot[t] / pool.accelerators
    if pool.on_demand is not None:
        return pool.on_demand[t] / pool.accelerators
    if pool.reserved:
        return min(price for _, price in pool.reserved) / pool.accelerators
    return pool.committed_usd_per_hour / pool.accelerators
