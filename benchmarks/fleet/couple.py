"""Limits that tie the services of a fleet together: tight enough to bind, and met by a plan that is at hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.fleet.options import Market
from benchmarks.fleet.services import short
from benchmarks.fleet.witness import Asked, Steering, Witness, witness

#: Families that carry this share of the rent of the plan without limits get a quota below what it runs at its peak,
TIGHT_SHARE_OF_RENT = 0.8
#: somewhere between these shares of it; every other family gets this much more than any plan here uses.
TIGHT = (0.7, 0.9)
LOOSE = 1.25
#: Carbon prices that are tried until a plan emits this share of what the cheapest one does.         [USD/kg], [1]
CARBON_PRICES = (0.01, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
CARBON_SHARE = 0.8
#: Weights of teams' shares that are tried until some are this share of what they were.               [1]
TEAM_WEIGHTS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
TEAM_SHARE = 0.88
#: Of all teams, those with a budget.
BUDGETED = 1 / 3
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
    nothing = np.zeros(len(teams))
    free = witness(fleet, np.full(len(market.families), np.inf), Steering(CARBON_PRICES[0], nothing))
    quota = _tight_quotas(fleet, free, random)
    found, budgeted = _steered(fleet, quota)
    limits = {
        "quotas": _quotas(market, quota, free, found),
        "carbon_kg_per_month": _up(found.carbon * ROOM),
        "teams": [{"team": teams[t], "budget_usd_per_month": _up(found.shares[t] * ROOM)} for t in budgeted],
    }
    cash = _cash(fleet, found, market)
    if cash > 0.0:
        limits["upfront_usd"] = short(UPFRONT_SHARE * cash)
    return limits, found


def _tight_quotas(fleet: tuple[Asked, ...], free: Witness, random: np.random.Generator) -> np.ndarray:
    """Accelerators by family; infinite where the family is not among the dearest of ``free``."""
    rent = np.zeros(len(free.running))
    for asked, pieces in zip(fleet, free.pieces):
        for piece in pieces:
            rent[asked.options.family[piece.option]] += (asked.options.rent[piece.option] * piece.instances).sum()
    peak = free.running.max(axis=1)
    quota = np.full(len(rent), np.inf)
    share = random.uniform(*TIGHT, len(rent))
    for family in sorted(range(len(rent)), key=lambda f: (-rent[f], f)):
        if peak[family] >= 2 and rent[np.isfinite(quota)].sum() < TIGHT_SHARE_OF_RENT * rent.sum():
            quota[family] = math.floor(share[family] * peak[family])
    return quota


def _steered(fleet: tuple[Asked, ...], quota: np.ndarray) -> tuple[Witness, list[int]]:
    """A plan that emits clearly less than the cheapest one and gives some teams clearly less, and those teams."""
    count = max(asked.team for asked in fleet) + 1
    nothing = np.zeros(count)
    cheapest = witness(fleet, quota, Steering(CARBON_PRICES[0], nothing))
    for price in CARBON_PRICES[1:]:
        clean = witness(fleet, quota, Steering(price, nothing))
        if clean.carbon <= CARBON_SHARE * cheapest.carbon:
            break
    most = max(1, round(BUDGETED * count))
    for weight in TEAM_WEIGHTS:
        lean = witness(fleet, quota, Steering(price, np.full(count, weight)))
        saving = lean.shares / np.maximum(cheapest.shares, 1e-9)
        budgeted = sorted(sorted(range(count), key=lambda t: (saving[t], t))[:most])
        if (saving[budgeted] <= TEAM_SHARE).all():
            break
    weights = np.where(np.isin(np.arange(count), budgeted), weight, 0.0)
    for price in (p for p in CARBON_PRICES if p >= price):
        found = witness(fleet, quota, Steering(price, weights))
        if found.carbon <= CARBON_SHARE * cheapest.carbon:
            break
    return found, budgeted


def _quotas(market: Market, tight: np.ndarray, free: Witness, found: Witness) -> list[dict[str, Any]]:
    """One quota for every family that either plan uses."""
    rows = []
    for kind, top, wanted, granted in zip(market.families, tight, free.running.max(axis=1), found.running.max(axis=1)):
        if max(wanted, granted) <= 0:
            continue
        accelerators = max(top, granted) if np.isfinite(top) else math.ceil(LOOSE * max(wanted, granted))
        region, accelerator, firm = kind
        purchase = "firm" if firm else "spot"
        rows.append(
            {
                "name": f"{accelerator} {purchase} {region}",
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
