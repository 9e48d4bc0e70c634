"""What the simulated hours cost and emitted, beside what the plan says they would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.economics.pools import Pool
from planner.plan.cost import TOTAL
from planner.plan.schema import PoolPlan
from planner.replay.case import Case
from planner.units import GRAMS_PER_KG, HOURS_PER_MONTH, SECONDS_PER_HOUR

BY_USE = ("on_demand_usd_per_month", "spot_usd_per_month", "serverless_usd_per_month", "provider_api_usd_per_month")
FIRM, SPOT = "firm", "spot"
#: Hours that each instance of a pool and purchase ran, [instance, period].
Ran = Mapping[tuple[str, str], np.ndarray]


@dataclass(frozen=True)
class Incurred:
    """Money and emissions of the simulated hours; None where a price, power or grid that counts is unknown."""

    hours: float
    planned_usd: float
    incurred_usd: float | None
    planned_kg_co2e: float | None
    incurred_kg_co2e: float | None


def incurred(
    case: Case, stage_s: Mapping[int, float], load: Mapping[str, float], spot_up: float, *, ran: Ran | None = None, by_use: tuple[float, float] = (0.0, 0.0)
) -> Incurred:
    """Cost and carbon of ``stage_s`` seconds in each period.

    load     by service, requests simulated over requests planned: work, and with it busy power, goes with them
    spot_up  share of the time that spot replicas were there; the plan counts on their availability
    ran      under an autoscaler; None: instances as the plan has them
    by_use   dollars of serverless workers and provider APIs: by the plan, and incurred

    What is not paid by the hour of a running instance counts by the hour of the month.
    """
    hours = {t: seconds / SECONDS_PER_HOUR for t, seconds in stage_s.items()}
    fixed = (case.plan.cost[TOTAL] - sum(case.plan.cost.get(part, 0.0) for part in BY_USE)) * sum(hours.values()) / HOURS_PER_MONTH
    planned, spent = fixed + by_use[0], fixed + by_use[1]
    for part in case.plan.pools:
        pool = case.pools[part.id]
        for t, length in hours.items():
            firm = part.on_demand[t] * pool.on_demand[t] if pool.on_demand else 0.0
            spot = part.spot[t] * pool.spot[t] if pool.spot else 0.0
            planned += length * (firm + spot * pool.spot_availability)
            spent += length * (firm + spot * spot_up) if ran is None else _ran_usd(part, pool, t, length, ran)
    by_plan = _carbon(case, hours, dict.fromkeys(load, 1.0), None, None)
    actual = _carbon(case, hours, load, spot_up, ran)
    return Incurred(sum(hours.values()), planned, spent if np.isfinite(spent) else None, by_plan, actual)


def _ran_usd(part: PoolPlan, pool: Pool, t: int, length: float, ran: Ran) -> float:
    """Instances that ran longest are those already paid for; NaN where the price of another is unknown."""
    usd = 0.0
    for purchase, price, covered in ((FIRM, pool.on_demand, round(part.running_firm[t] - part.on_demand[t])), (SPOT, pool.spot, 0)):
        ran_h = np.sort(ran.get((part.id, purchase), np.zeros((0, t + 1)))[:, t])[::-1]
        paid = float(ran_h[covered:].sum())
        if paid > 0.0:
            usd += paid * price[t] if price else float("nan")
    return usd


def _carbon(case: Case, hours: Mapping[int, float], load: Mapping[str, float], spot_up: float | None, ran: Ran | None) -> float | None:
    """Idle power of what runs, and busy power by the work done; ``spot_up`` None: as the plan counts on. Unknown where the plan's is."""
    if case.plan.carbon_kg_per_month is None:
        return None
    total = 0.0
    for part in case.plan.pools:
        pool = case.pools[part.id]
        idle = pool.idle_kw()
        if idle is None or pool.intensity is None:
            return None
        there = pool.spot_availability if spot_up is None else spot_up
        for t, length in hours.items():
            running_h = length * (part.running_firm[t] + part.spot[t] * there)
            if ran is not None:
                running_h = sum(float(ran[part.id, how][:, t].sum()) for how in (FIRM, SPOT) if (part.id, how) in ran)
            total += pool.intensity[t] / GRAMS_PER_KG * idle * running_h
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
