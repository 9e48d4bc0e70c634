"""How near a plan is to each limit that was set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.economics.pools import place_matches
from planner.formulation.build import Built
from planner.formulation.constraints.api_limit import api_use
from planner.formulation.constraints.budget import preparation_usd
from planner.formulation.constraints.carbon_cap import counted_offset, fleet_emissions
from planner.formulation.constraints.changes import gone, migration_once, moved
from planner.formulation.constraints.paid_once import uses
from planner.formulation.constraints.power_cap import caps
from planner.formulation.constraints.quota import quota_covers, quota_name, quota_values
from planner.formulation.data import always_on
from planner.formulation.decisions import Decisions
from planner.formulation.jobs import job_kw, jobs_once_usd, runs_in
from planner.formulation.shared import rows_of, serves_others
from planner.plan.cost import TOTAL
from planner.problem.adapted import prepared_key
from planner.plan.schema import Binding, ServicePlan


def bindings(
    built: Built, decided: Decisions, values: np.ndarray, cost: dict[str, float], services: tuple[ServicePlan, ...]
) -> tuple[Binding, ...]:
    """Every limit with the value reached, the tightest period's where it holds in each; tightest limit first."""
    found = [
        *_money(built, decided, cost, services),
        *_carbon(built, values, services),
        *_quotas(built, decided),
        *_services(built, decided, services),
        *_power(built, decided),
        *(_at_most("api_limit", f"{n} {what}", used.max(), most, f"{what}/minute") for n, what, used, most in api_use(built, decided)),
    ]
    return tuple(sorted(found, key=lambda b: (abs(b.slack) / max(abs(b.limit), 1e-12), b.constraint, b.where)))


def _at_most(constraint: str, where: str, value: float, limit: float, unit: str) -> Binding:
    return Binding(
        constraint=constraint, where=where, value=float(value), limit=float(limit), unit=unit, slack=float(limit - value)
    )


def _at_least(constraint: str, where: str, value: float, limit: float, unit: str) -> Binding:
    return Binding(
        constraint=constraint, where=where, value=float(value), limit=float(limit), unit=unit, slack=float(value - limit)
    )


def _money(built: Built, decided: Decisions, cost, services) -> Iterator[Binding]:
    limits, sets = built.sets.problem.limits, built.sets
    months = sets.problem.horizon.months
    if limits.budget_usd_per_month is not None:
        yield _at_most("budget", "budget_usd_per_month", cost[TOTAL], limits.budget_usd_per_month, "USD/month")
    if limits.horizon_usd is not None:
        yield _at_most("budget", "horizon_usd", cost[TOTAL] * months, limits.horizon_usd, "USD")
    if limits.upfront_usd is not None:
        paid = sum(sets.options[n].upfront_usd_per_unit * units for n, units in decided.units.items())
        yield _at_most("budget", "upfront_usd", paid, limits.upfront_usd, "USD")
    if limits.one_off_usd is not None:
        opened = {
            prepared_key(sets.services[s.service], sets.groups[s.group].configuration.variant, sets.problem)
            for s in sets.slots
            if decided.replicas[s.index].any()
        }
        paid = sum(preparation_usd(sets, key) for key in sorted(opened)) + sets.charges.fixed_one_off_usd
        paid += migration_once(built, decided) + jobs_once_usd(sets, decided.jobs)
        paid += sum(c.one_off_usd for c, slots in uses(sets).values() if any(decided.replicas[q].any() for q in slots))
        yield _at_most("budget", "one_off_usd", paid, limits.one_off_usd, "USD")
    for team in limits.teams:
        names = {s.name for s in sets.services if s.team == team.team}
        spent = sum(s.share_usd_per_month for s in services if s.name in names)
        yield _at_most("budget", f"team {team.team}", spent, team.budget_usd_per_month, "USD/month")


def _carbon(built: Built, values: np.ndarray, services) -> Iterator[Binding]:
    limits = built.sets.problem.limits
    unit = "kgCO2e/month"
    caps = [] if limits.carbon_kg_per_month is None else [("all services", limits.carbon_kg_per_month, lambda p: True)]
    caps += [(r.region, r.carbon_kg_per_month, lambda p, r=r.region: place_matches(r, p)) for r in limits.regions]
    for where, cap, covers in caps:
        terms, fixed = fleet_emissions(built.sets, built.var, built.data, covers)
        kg = fixed + sum(float((values[columns] * each).sum()) for columns, each in terms)
        if where == "all services" and (inside := counted_offset(built.sets, built.var)) is not None:
            kg -= float(values[inside].sum())
        yield _at_most("carbon_cap", where, kg, cap, unit)
    for service, plan in zip(built.sets.services, services, strict=True):
        if service.carbon_kg_per_month is not None:
            yield _at_most("carbon_cap", service.name, plan.carbon_kg_per_month or 0.0, service.carbon_kg_per_month, unit)


def _quotas(built: Built, decided: Decisions) -> Iterator[Binding]:
    for number, limit in enumerate(built.sets.problem.limits.quotas):
        used = quota_values(limit, decided.running, built.sets.pools) + _jobs_in(built, decided, limit)
        counts_accelerators = limit.max_accelerators is not None
        top = limit.max_accelerators if counts_accelerators else limit.max_instances
        unit = "accelerators" if counts_accelerators else "instances"
        yield _at_most("quota", quota_name(limit, number), used.max(), top, unit)
    for index, pool in enumerate(built.sets.pools):
        jobs = sum((w.option.instances * runs_in(w) for w, _ in decided.jobs if w.pool == index), start=np.zeros(built.sets.period_count))
        sides = [decided.running[side] for side in ((index, True), (index, False)) if side in decided.running]
        if pool.stock is not None and (jobs.any() or any(side.any() for side in sides)):
            yield _at_most("stock", pool.id, (sum(sides) + jobs).max(), pool.stock, "instances")


def _jobs_in(built: Built, decided: Decisions, limit) -> np.ndarray:
    """Instances or accelerators of jobs that a quota counts, by period."""
    found = np.zeros(built.sets.period_count)
    for way, _ in decided.jobs:
        pool = built.sets.pools[way.pool]
        if quota_covers(limit, pool, way.option.firm):
            found += way.option.instances * runs_in(way) * (1 if limit.max_accelerators is None else pool.accelerators)
    return found


def _services(built: Built, decided: Decisions, services) -> Iterator[Binding]:
    sets, data = built.sets, built.data
    shared = set()
    for number, (service, plan) in enumerate(zip(sets.services, services, strict=True)):
        groups = [g for g in sets.groups_of[number] if any(decided.replicas[q].any() for q in g.slots)]
        shared |= {(service.model, g.configuration) for g in groups}
        if groups:
            yield _at_most("replica_capacity", service.name, _fullest(built, decided, groups), 1.0, "of safe capacity")
        if service.max_configurations is not None:
            used = len({g.configuration for g in groups})
            yield _at_most("max_configurations", service.name, used, service.max_configurations, "configurations")
        if service.spot.allowed and service.spot.max_share < 1.0 and not serves_others(sets, number):
            yield _at_most("spot_share", service.name, _spot(sets, data, decided, groups, number), service.spot.max_share, "of requests")
        if service.ramp is not None and (data.before >= 0).any():
            total = sum((decided.replicas[q] for g in groups for q in g.slots), start=np.zeros(sets.period_count, int))
            added = np.where(data.before >= 0, total - total[data.before], 0).max()
            yield _at_most("ramp", service.name, added, service.ramp.max_added_replicas, "replicas per period")
        if service.quality is not None and service.quality.mean is not None and plan.quality_mean is not None:
            yield _at_least("quality_floor", service.name, plan.quality_mean, service.quality.mean, "score")
    if sets.problem.existing is not None and sets.problem.limits.max_changes is not None:
        count = sum(changed for changed, _ in moved(sets, decided.replicas).values()) + len(gone(sets))
        yield _at_most("changes", "limits.max_changes", count, sets.problem.limits.max_changes, "changes")
    fleet = sets.problem.limits.max_configurations
    if fleet is not None:
        yield _at_most("max_configurations", "all services", len(shared), fleet, "configurations")


def _fullest(built: Built, decided: Decisions, groups) -> float:
    worst = 0.0
    for group in groups:
        counts = sum(decided.replicas[q] for q in group.slots)
        room = np.array([group.candidate.share_at(n) for n in counts]) * decided.effective(built.sets.slots, group)
        load = built.data.busy_per_request(group) @ decided.rate[group.index]
        worst = max(worst, float(np.where(room > 0, load / np.where(room > 0, room, 1.0), 0.0).max()))
    return worst


def _spot(sets, data, decided: Decisions, groups, number: int) -> float:
    demand = data.demand[number].sum(axis=0)
    on_spot = sum((decided.rate_spot[g.index].sum(axis=0) for g in groups if g.index in decided.rate_spot), start=0.0 * demand)
    for b in range(len(data.demand[number])):
        on_spot = on_spot + sum(decided.rate_spot[g.index][row] for g, row in rows_of(sets, number, b) if g.index in decided.rate_spot)
    return float(np.where(demand > 0, on_spot / np.where(demand > 0, demand, 1.0), 0.0).max())


def _power(built: Built, decided: Decisions) -> Iterator[Binding]:
    sets = built.sets
    for where, cap, members in caps(sets):
        yield _at_most("power_cap", where, sum(_drawn(built, decided, pool) for pool in members).max(), cap, "kW")


def _drawn(built: Built, decided: Decisions, index: int) -> np.ndarray:
    """Power of an owned pool by period [kW]."""
    sets = built.sets
    pool, none = sets.pools[index], np.zeros(sets.period_count)
    kw = pool.idle_kw() * ((pool.owned if always_on(pool) else decided.running.get((index, True), none)) + none)
    for way, _ in decided.jobs:
        if way.pool == index:
            kw = kw + way.option.instances * job_kw(pool) * runs_in(way)
    for group in sets.groups:
        if sets.slots[group.slots[0]].pool == index:
            busy = built.data.busy_per_request(group) @ decided.rate[group.index]
            kw = kw + pool.busy_kw_per_accelerator() * group.configuration.accelerators * busy
    return kw
