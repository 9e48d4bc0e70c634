"""Limits that tie the services of a fleet together: tight enough to bind, and met by a plan that is at hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.fleet.options import Market
from benchmarks.fleet.services import short
from benchmarks.fleet.witness import Asked, Steering, Witness, witness

#: A carbon price so low that it only chooses among plans of equal cost; then prices to try.         [USD/kg]
LEAST_USD_PER_KG = 0.01
CARBON_PRICES = (3.0, 10.0, 30.0, 100.0)
#: Weights to try of a USD of a budgeted team's share.
TEAM_WEIGHTS = (0.2, 0.6, 2.0, 6.0)
#: What quotas to try leave, of what families run at their peak: between these shares.
TIGHT = ((0.85, 0.95), (0.7, 0.9), (0.5, 0.8), (0.35, 0.6))
#: Families that carry this share of the rent get such a quota; every other family gets this much more than it runs.
TIGHT_SHARE_OF_RENT = 0.8
LOOSE = 1.25
#: Of all teams, those with a budget.
BUDGETED = 1 / 2
#: Tightened is whatever would save less than this share of the cost if it were not there.
WORTH = 0.004
#: Of the cash that paying all that runs all day upfront would take.
UPFRONT_SHARE = 0.4
#: What a limit leaves above the plan that meets it: far more than the rounding of figures in the file.
ROOM = 1.002


def coupled(
    fleet: tuple[Asked, ...], teams: tuple[str, ...], market: Market, random: np.random.Generator
) -> tuple[dict[str, Any], Witness]:
    """``limits`` of the problem, and the plan that meets all of them.

    teams   names, in the order that services count them

    The plan is made first and the limits are drawn around it: no quota is below what it runs, and the carbon cap and
    the budgets are above what it uses; it pays nothing upfront. Its replicas stand on instances of their own, so they
    fit; each service has its distinct instances and no more configurations than it may; spot is used only where it
    may carry everything. So it meets every limit, and the problem has a plan.
    """
    found = _tightened(fleet, market, random)
    limits = {
        "quotas": _quotas(market, found),
        "carbon_kg_per_month": _up(found.plan.carbon * ROOM),
        "teams": [{"team": teams[t], "budget_usd_per_month": _up(found.plan.shares[t] * ROOM)} for t in found.budgeted],
    }
    cash = _cash(fleet, found.plan, market)
    if cash > 0.0:
        limits["upfront_usd"] = short(UPFRONT_SHARE * cash)
    return limits, found.plan


@dataclass(frozen=True)
class _Tight:
    """A plan under tight quotas (infinite: none), the most that any plan tried runs of each family, and teams that save."""

    plan: Witness
    quota: np.ndarray
    peak: np.ndarray
    budgeted: tuple[int, ...]


def _tightened(fleet: tuple[Asked, ...], market: Market, random: np.random.Generator) -> _Tight:
    """A plan that pays for quotas, for carbon and for budgets: without any one of them the same steps find a cheaper one."""
    count = max(asked.team for asked in fleet) + 1
    unlimited = np.full(len(market.families), np.inf)
    place = random.random(len(market.families))
    budgeted = _saving_teams(fleet, unlimited, count)
    few = np.isin(np.arange(count), budgeted)
    step = {"carbon": 0, "teams": 0, "quotas": 0}
    while True:
        steering = Steering(CARBON_PRICES[step["carbon"]], np.where(few, TEAM_WEIGHTS[step["teams"]], 0.0))
        free = witness(fleet, unlimited, steering)
        quota = _tight_quotas(fleet, free, place, TIGHT[step["quotas"]])
        plan = witness(fleet, quota, steering)
        without = {
            "carbon": witness(fleet, quota, Steering(LEAST_USD_PER_KG, steering.team_weight)),
            "teams": witness(fleet, quota, Steering(steering.usd_per_kg, np.zeros(count))),
            "quotas": free,
        }
        slack = [name for name, other in without.items() if other.cost > (1.0 - WORTH) * plan.cost]
        slack = [name for name in slack if step[name] + 1 < len(TIGHT)]
        if not slack:
            peak = np.max([w.running.max(axis=1) for w in (plan, *without.values())], axis=0)
            return _Tight(plan, quota, peak, budgeted)
        for name in slack:
            step[name] += 1


def _saving_teams(fleet: tuple[Asked, ...], quota: np.ndarray, count: int) -> tuple[int, ...]:
    """Teams whose share falls most when shares weigh."""
    usual = witness(fleet, quota, Steering(LEAST_USD_PER_KG, np.zeros(count))).shares
    lean = witness(fleet, quota, Steering(LEAST_USD_PER_KG, np.full(count, TEAM_WEIGHTS[-1]))).shares
    most = max(1, round(BUDGETED * count))
    return tuple(sorted(sorted(range(count), key=lambda t: (lean[t] / max(usual[t], 1e-9), t))[:most]))


def _tight_quotas(
    fleet: tuple[Asked, ...], wanted: Witness, place: np.ndarray, between: tuple[float, float]
) -> np.ndarray:
    """Accelerators by family; infinite where the family is not among the dearest of ``wanted``."""
    rent = np.zeros(len(wanted.running))
    for asked, pieces in zip(fleet, wanted.pieces):
        for piece in pieces:
            rent[asked.options.family[piece.option]] += (asked.options.rent[piece.option] * piece.instances).sum()
    peak = wanted.running.max(axis=1)
    share = between[0] + place * (between[1] - between[0])
    quota = np.full(len(rent), np.inf)
    for family in sorted(range(len(rent)), key=lambda f: (-rent[f], f)):
        if peak[family] >= 2 and rent[np.isfinite(quota)].sum() < TIGHT_SHARE_OF_RENT * rent.sum():
            quota[family] = math.floor(share[family] * peak[family])
    return quota


def _quotas(market: Market, found: _Tight) -> list[dict[str, Any]]:
    """One quota for every family that one of the plans runs; none is below what the plan at hand runs."""
    rows = []
    granted = found.plan.running.max(axis=1)
    for family, top, most, least in zip(market.families, found.quota, found.peak, granted):
        if most <= 0:
            continue
        provider, region, accelerator, firm = family
        purchase = "firm" if firm else "spot"
        accelerators = max(top, least) if np.isfinite(top) else math.ceil(LOOSE * most)
        rows.append(
            {
                "name": f"{provider} {region} {accelerator} {purchase}",
                "provider": provider,
                "region": region,
                "accelerator": accelerator,
                "purchase": purchase,
                "max_accelerators": int(accelerators),
            }
        )
    return rows


def _cash(fleet: tuple[Asked, ...], found: Witness, market: Market) -> float:
    """What paying all that runs all day upfront would take [USD]."""
    cash = 0.0
    for asked, pieces in zip(fleet, found.pieces):
        for piece in pieces:
            pool = market.pools[asked.options.pool[piece.option]]
            plan = next((o for o in market.upfront if pool.id in o.covers), None)
            if plan is not None and asked.options.firm[piece.option]:
                steady = piece.instances.min() * pool.on_demand[0]
                cash += steady * (1.0 - plan.discount) * plan.upfront_usd_per_unit
    return cash


def _up(value: float) -> float:
    """``value`` to a few digits, never lower."""
    rounded = short(value)
    return rounded if rounded >= value else short(rounded + 10.0 ** (math.floor(math.log10(value)) - 3))
