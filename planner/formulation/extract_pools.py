"""Reads what runs and how it is paid from the decisions: pools, commitments, emissions by region."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.formulation.build import Built
from planner.formulation.constraints.commitment_pool import there
from planner.formulation.data import always_on
from planner.formulation.decisions import Decisions
from planner.formulation.jobs import emissions_by_period
from planner.plan.schema import CommitmentPlan, PoolPlan


def plan_pools(built: Built, decided: Decisions) -> tuple[PoolPlan, ...]:
    """Pools with anything running."""
    periods = built.sets.period_count
    none = np.zeros(periods, dtype=int)
    plans = []
    for index, pool in enumerate(built.sets.pools):
        firm = decided.running.get((index, True), none)
        spot = decided.running.get((index, False), none)
        jobs = decided.spare_in(index, periods)
        if not (firm.any() or spot.any() or jobs.any()):
            continue
        reserved = _coverage(built, decided, index, firm + jobs)
        owned = np.minimum(firm + jobs, [pool.owned_at(t) for t in range(periods)])
        covered = sum(reserved.values(), start=np.zeros(periods)) + owned
        plans.append(
            PoolPlan(
                id=pool.id,
                instance_type=pool.instance_type,
                provider=pool.provider,
                region=pool.region,
                accelerator=pool.accelerator,
                accelerators_per_instance=pool.accelerators,
                on_demand=_floats(np.maximum(firm + jobs - covered, 0.0)),
                reserved={name: _floats(values) for name, values in sorted(reserved.items())},
                owned=tuple(int(round(v)) for v in owned),
                spot=tuple(int(v) for v in spot),
                running_firm=tuple(int(v) for v in firm),
                firm_starts=tuple(int(v) for v in decided.starts.get((index, True), none)),
                spot_starts=tuple(int(v) for v in decided.starts.get((index, False), none)),
            )
        )
    return tuple(plans)


def _coverage(built: Built, decided: Decisions, pool: int, firm: np.ndarray) -> dict[str, np.ndarray]:
    """Instances covered by commitment, held ones first, never more than run."""
    left = np.maximum(firm - [built.sets.pools[pool].owned_at(t) for t in range(firm.size)], 0).astype(float)
    found: dict[str, np.ndarray] = {}
    claims = [(built.sets.held[n].name, v) for (n, k), v in sorted(decided.held_covered.items()) if k == pool]
    claims += [(built.sets.options[n].name, v) for (n, k), v in sorted(decided.covered.items()) if k == pool]
    for number, units in sorted(decided.units.items()):
        option = built.sets.options[number]
        if option.measure == "instances" and option.covers[0] == built.sets.pools[pool].id and units > 0:
            claims.append((option.name, units * there(option, left.size)))
    for name, values in claims:
        covered = np.minimum(values, left)
        if covered.any():
            found[name] = covered
            left = left - covered
    return found


def plan_commitments(built: Built, decided: Decisions, pools: tuple[PoolPlan, ...]) -> tuple[CommitmentPlan, ...]:
    """Commitments bought, with the share of what is paid for that is used."""
    hours = built.data.hours
    made = []
    for number, units in sorted(decided.units.items()):
        if units <= 0:
            continue
        option = built.sets.options[number]
        used, there = 0.0, hours if option.active is None else hours[np.array(option.active, dtype=bool)]
        for pool in pools:
            facts = built.sets.pools[built.sets.pool_index[pool.id]]
            covered = np.array(pool.reserved.get(option.name, (0.0,) * len(hours)))
            weight = {"instances": 1.0, "accelerators": float(facts.accelerators)}.get(option.measure)
            if weight is None:
                weight = np.array(facts.on_demand or (0.0,) * len(hours)) * (1.0 - option.discount)
            used += float((covered * weight * hours).sum())
        made.append(
            CommitmentPlan(
                name=option.name,
                measure=option.measure,
                units=units,
                term_months=option.term_months,
                usd_per_unit_hour=option.usd_per_unit_hour,
                upfront_usd=units * option.upfront_usd_per_unit,
                beyond_horizon_usd=units * option.beyond_horizon_usd_per_unit,
                used_share=used / (units * float(there.sum())),
            )
        )
    return tuple(made)


def carbon_by_region(built: Built, decided: Decisions) -> dict[str, tuple[float, ...]] | None:
    """Emissions of the plan in each period by region [kg/month]; None when anything used is unknown."""
    if any(rate.any() for rate in decided.hosted.values()):
        return None
    used = {pool for (pool, _), counts in decided.running.items() if counts.any()}
    for pool in used:
        if built.data.carbon_per_running((pool, True)) is None or built.sets.pools[pool].busy_kw_per_accelerator() is None:
            return None
    found: dict[str, np.ndarray] = {}

    def emitted(region: str, kg: np.ndarray) -> None:
        found[region] = found.get(region, np.zeros(built.sets.period_count)) + kg

    for index, pool in enumerate(built.sets.pools):
        if always_on(pool) and pool.owned:
            offset = built.data.carbon_offset(index)
            if offset is None:
                return None
            emitted(pool.region, offset)
    for side, counts in decided.running.items():
        if counts.any() and not always_on(built.sets.pools[side[0]]):
            emitted(built.sets.pools[side[0]].region, built.data.carbon_per_running(side) * counts)
    for way, _ in decided.jobs:
        kg = emissions_by_period(built.sets, way)
        if np.isnan(kg).any():
            return None
        emitted(built.sets.pools[way.pool].region, kg)
    for group in built.sets.groups:
        if decided.rate[group.index].any():
            emitted(group.region, (built.data.carbon_per_rate(group) * decided.rate[group.index]).sum(axis=0))
    return {region: _floats(kg) for region, kg in sorted(found.items())}


def market_carbon(built: Built, decided: Decisions) -> float | None:
    """Emissions of the plan by the contracts for electricity [kg/month]; None without contracts, or when unknown."""
    if not built.sets.problem.carbon.contracts:
        return None
    sets = replace(built.sets, pools=tuple(replace(pool, intensity=pool.market_intensity) for pool in built.sets.pools))
    found = carbon_by_region(replace(built, sets=sets, data=replace(built.data, sets=sets)), decided)
    return None if found is None else float(sum(map(sum, found.values())))


def _floats(values) -> tuple[float, ...]:
    return tuple(float(v) + 0.0 for v in values)
