"""What the simulated hours cost and emitted, beside what the plan says they would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.economics.pools import Pool
from planner.plan.cost import TOTAL
from planner.replay.case import Case
from planner.units import GRAMS_PER_KG, HOURS_PER_MONTH, SECONDS_PER_HOUR

BY_THE_HOUR = ("on_demand_usd_per_month", "spot_usd_per_month")


@dataclass(frozen=True)
class Incurred:
    """Money and emissions of the simulated hours; carbon is None where power or grid of a used pool is unknown."""

    hours: float
    planned_usd: float
    incurred_usd: float
    planned_kg_co2e: float | None
    incurred_kg_co2e: float | None


def incurred(case: Case, stage_s: Mapping[int, float], load: Mapping[str, float], spot_up: float) -> Incurred:
    """Cost and carbon of ``stage_s`` seconds in each period.

    load     by service, requests simulated over requests planned: work, and with it busy power, goes with them
    spot_up  share of the time that spot replicas were there; the plan counts on their availability

    What is not paid by the hour of a running instance counts by the hour of the month.
    """
    hours = {t: seconds / SECONDS_PER_HOUR for t, seconds in stage_s.items()}
    fixed = (case.plan.cost[TOTAL] - sum(case.plan.cost.get(part, 0.0) for part in BY_THE_HOUR)) * sum(hours.values()) / HOURS_PER_MONTH
    planned = spent = fixed
    for part in case.plan.pools:
        pool = case.pools[part.id]
        for t, length in hours.items():
            firm = part.on_demand[t] * pool.on_demand[t] if pool.on_demand else 0.0
            spot = part.spot[t] * pool.spot[t] if pool.spot else 0.0
            planned += length * (firm + spot * pool.spot_availability)
            spent += length * (firm + spot * spot_up)
    by_plan = _carbon(case, hours, dict.fromkeys(load, 1.0), None)
    actual = _carbon(case, hours, load, spot_up)
    return Incurred(sum(hours.values()), planned, spent, by_plan, actual)


def _carbon(case: Case, hours: Mapping[int, float], load: Mapping[str, float], spot_up: float | None) -> float | None:
    """Idle power of what runs, and busy power by the work done; ``spot_up`` None: as the plan counts on."""
    total = 0.0
    for part in case.plan.pools:
        pool = case.pools[part.id]
        idle = pool.idle_kw()
        if idle is None or pool.intensity is None:
            return None
        there = pool.spot_availability if spot_up is None else spot_up
        for t, length in hours.items():
            total += length * pool.intensity[t] / GRAMS_PER_KG * idle * (part.running_firm[t] + part.spot[t] * there)
    for service in case.plan.services:
        for one in service.deployments:
            busy = _busy_kw(case.pools[one.pool])
            for t, length in hours.items():
                used = (one.utilisation[t] or 0.0) * one.replicas[t] * one.tp * one.pp
                if used and busy is None:
                    return None
                if used:
                    total += length * case.pools[one.pool].intensity[t] / GRAMS_PER_KG * busy * used * load.get(service.name, 1.0)
    return total


def _busy_kw(pool: Pool) -> float | None:
    return None if pool.intensity is None else pool.busy_kw_per_accelerator()
