"""Turns the decisions of a solved program into a plan: who serves what, where, bought how, at what cost."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.formulation.constraints.carbon_cap import fleet_emissions
from planner.formulation.constraints.survives_loss import domains, outermost
from planner.formulation.data import always_on
from planner.formulation.decisions import Decisions
from planner.perf.latency import latency_percentile, tail_wait_s, work_moments
from planner.plan.cost import COST_PARTS, TOTAL
from planner.plan.schema import (
    CommitmentPlan,
    Deployment,
    PlanPeriod,
    PoolPlan,
    RecourseRoute,
    ServicePlan,
    Survival,
)


def plan_periods(built: Built) -> tuple[PlanPeriod, ...]:
    """Names and hours of the periods."""
    return tuple(PlanPeriod(name=p.name, hours_per_month=p.hours_per_month) for p in built.sets.times.periods)


def plan_cost(built: Built, values: np.ndarray) -> dict[str, float]:
    """Cost by part, and the total as the sum of the parts."""
    found = built.cost_parts(values)
    cost = {part: found[part] for part in COST_PARTS if part in found and found[part] != 0.0}
    cost[TOTAL] = float(np.sum(list(cost.values())))
    return cost


def plan_services(built: Built, decided: Decisions) -> tuple[ServicePlan, ...]:
    """Each service with its deployments, survival routings and shares."""
    return tuple(_service(built, decided, number) for number in range(len(built.sets.services)))


def _service(built: Built, decided: Decisions, number: int) -> ServicePlan:
    sets, data = built.sets, built.data
    service = sets.services[number]
    deployments = []
    for group in sets.groups_of[number]:
        if any(decided.replicas[q].any() for q in group.slots):
            deployments += _deployments(built, decided, group)
    names = sets.choices[number].class_names
    unserved = decided.unserved.get(number)
    return ServicePlan(
        name=service.name,
        deployments=tuple(deployments),
        unserved_per_s={}
        if unserved is None or not (unserved > 0).any()
        else {name: _floats(unserved[b]) for b, name in enumerate(names)},
        survival=_survival(built, decided, number),
        quality_mean=_quality(built, decided, number),
        carbon_kg_per_month=_carbon_share(built, decided, number),
        share_usd_per_month=float(
            sum(
                (data.hours * data.share_price(sets.slots[q]) * sets.slots[q].accelerators * decided.replicas[q]).sum()
                for group in sets.groups_of[number]
                for q in group.slots
            )
        ),
    )


def _deployments(built: Built, decided: Decisions, group) -> list[Deployment]:
    sets, data = built.sets, built.data
    service, candidate = sets.services[group.service], group.candidate
    names = sets.choices[group.service].class_names
    effective = decided.effective(sets.slots, group)
    counts = sum(decided.replicas[q] for q in group.slots)
    rate = decided.rate[group.index]
    used = _share(data.busy_per_request(group) @ rate, effective)
    safe = np.array([candidate.share_at(n) for n in counts])
    percentile = latency_percentile(service.slo)
    waits = _waits(service, candidate, counts, used, percentile)
    configuration = candidate.configuration
    made = []
    for q in group.slots:
        slot, mine = sets.slots[q], decided.replicas[q]
        if not mine.any():
            continue
        pool = sets.pools[slot.pool]
        routed = _routed(sets, decided, group, q, effective)
        there = mine > 0
        made.append(
            Deployment(
                variant=configuration.variant,
                accelerator=configuration.accelerator,
                tp=configuration.tp,
                pp=configuration.pp,
                engine=configuration.engine,
                max_num_seqs=configuration.max_num_seqs,
                instance_type=pool.instance_type,
                provider=pool.provider,
                region=pool.region,
                pool=pool.id,
                purchase="firm" if slot.firm else "spot",
                replicas=tuple(int(v) for v in mine),
                rate_per_s={names[b]: _floats(routed[i]) for i, b in enumerate(group.served)},
                slices=None
                if group.index not in decided.slices
                else {
                    names[b]: tuple(int(v) for v in decided.slices[group.index][i]) for i, b in enumerate(group.served)
                },
                ttft_ms=_where(there, _latency(candidate, "ttft_ms", group.served, waits)),
                tpot_ms=_where(there, _latency(candidate, "tpot_ms", group.served, None)),
                latency_percentile=percentile,
                utilisation=_where(there, used),
                headroom=_where(there, np.where(safe > 0, (safe - used) / np.maximum(safe, 1e-12), 0.0)),
                basis=candidate.basis,
            )
        )
    return made


def _routed(sets, decided: Decisions, group, q: int, effective: np.ndarray) -> np.ndarray:
    """Requests/s of the served classes that one slot answers: by its share of the effective replicas."""
    slot = sets.slots[q]
    rate, weight = decided.rate[group.index], decided.replicas[q] * slot.effective
    if group.index not in decided.rate_spot:
        return rate * _share(weight, effective)
    spot = decided.rate_spot[group.index]
    side = sum(
        decided.replicas[other] * sets.slots[other].effective
        for other in group.slots
        if sets.slots[other].firm == slot.firm
    )
    return (rate - spot if slot.firm else spot) * _share(weight, side)


def _waits(service, candidate, counts, used, percentile: float) -> np.ndarray:
    shares = [c.share for c in service.workload.classes]
    mean, scv = work_moments(candidate.work_s, shares, candidate.can_serve)
    return np.array(
        [
            tail_wait_s(
                n,
                u,
                work_s_mean=mean,
                work_scv=scv,
                dispersion=service.workload.dispersion_10s,
                percentile=percentile,
            )
            for n, u in zip(counts, used, strict=True)
        ]
    )


def _latency(candidate, metric: str, served, waits) -> np.ndarray | None:
    if candidate.point is None:
        return None
    values = getattr(candidate.point, metric)
    unqueued = max(values[b] for b in served)
    return np.array([unqueued]) if waits is None else unqueued + 1000.0 * waits


def _where(there: np.ndarray, values: np.ndarray | None) -> tuple[float | None, ...]:
    if values is None:
        return (None,) * len(there)
    spread = np.broadcast_to(values, there.shape)
    return tuple(float(v) if t and np.isfinite(v) else None for t, v in zip(there, spread, strict=True))


def _survival(built: Built, decided: Decisions, number: int) -> tuple[Survival, ...]:
    sets = built.sets
    rule = sets.services[number].availability.survives_loss if sets.services[number].availability else None
    if rule is None or rule.fraction == 0:
        return ()
    every = domains(sets, number)
    outer = outermost(every)
    found = []
    for domain in every:
        if not any(decided.replicas[q].any() for q in domain.slots):
            continue
        # The routing that survives the larger loss around it survives this one too.
        around = next(d for d in outer if domain.slots <= d.slots)
        routing = []
        for group in sets.groups_of[number]:
            rates = decided.recourse[number, around.kind, around.name, group.index]
            for i, b in enumerate(group.served):
                if (rates[i] > 0).any():
                    routing.append(_route(sets, group, number, b, rates[i]))
        found.append(Survival(lost=domain.name, kind=domain.kind, routing=tuple(routing)))
    return tuple(found)


def _route(sets, group, number: int, b: int, rates) -> RecourseRoute:
    c = group.configuration
    return RecourseRoute(
        variant=c.variant,
        accelerator=c.accelerator,
        tp=c.tp,
        pp=c.pp,
        engine=c.engine,
        max_num_seqs=c.max_num_seqs,
        region=group.region,
        request_class=sets.choices[number].class_names[b],
        rate_per_s=_floats(rates),
    )


def _quality(built: Built, decided: Decisions, number: int) -> float | None:
    if built.sets.services[number].quality is None:
        return None
    weight = value = 0.0
    for group in built.sets.groups_of[number]:
        requests = float((decided.rate[group.index] * built.data.hours).sum())
        if requests > 0:
            if group.candidate.quality is None:
                return None
            weight += requests
            value += requests * group.candidate.quality
    return value / weight if weight else None


def _carbon_share(built: Built, decided: Decisions, number: int) -> float | None:
    total = 0.0
    for group in built.sets.groups_of[number]:
        if not any(decided.replicas[q].any() for q in group.slots):
            continue
        busy = built.data.carbon_per_rate(group)
        if busy is None:
            return None
        total += float((busy * decided.rate[group.index]).sum())
        for q in group.slots:
            slot = built.sets.slots[q]
            idle = built.data.carbon_per_running((slot.pool, slot.firm))
            if idle is None:
                return None
            share = slot.accelerators / built.sets.pools[slot.pool].accelerators
            total += float((idle * decided.replicas[q] * share).sum())
    return total


def plan_carbon(built: Built, decided: Decisions) -> float | None:
    """Emissions of the whole plan [kg/month]; None when anything used is unknown."""
    used = {pool for (pool, _), counts in decided.running.items() if counts.any()}
    for pool in used:
        if built.data.carbon_per_running((pool, True)) is None or built.sets.pools[pool].busy_kw_per_accelerator() is None:
            return None
    total = 0.0
    for index, pool in enumerate(built.sets.pools):
        if always_on(pool) and pool.owned:
            offset = built.data.carbon_offset(index)
            if offset is None:
                return None
            total += float(offset.sum())
    for side, counts in decided.running.items():
        if counts.any() and not always_on(built.sets.pools[side[0]]):
            total += float((built.data.carbon_per_running(side) * counts).sum())
    for group in built.sets.groups:
        if decided.rate[group.index].any():
            total += float((built.data.carbon_per_rate(group) * decided.rate[group.index]).sum())
    return total


def plan_pools(built: Built, decided: Decisions) -> tuple[PoolPlan, ...]:
    """Pools with anything running."""
    periods = built.sets.period_count
    none = np.zeros(periods, dtype=int)
    plans = []
    for index, pool in enumerate(built.sets.pools):
        firm = decided.running.get((index, True), none)
        spot = decided.running.get((index, False), none)
        if not (firm.any() or spot.any()):
            continue
        reserved = _coverage(built, decided, index, firm)
        owned = np.minimum(firm, pool.owned) if pool.owned is not None else none
        covered = sum(reserved.values(), start=np.zeros(periods)) + owned
        plans.append(
            PoolPlan(
                id=pool.id,
                instance_type=pool.instance_type,
                provider=pool.provider,
                region=pool.region,
                accelerator=pool.accelerator,
                accelerators_per_instance=pool.accelerators,
                on_demand=_floats(np.maximum(firm - covered, 0.0)),
                reserved={name: _floats(values) for name, values in sorted(reserved.items())},
                owned=tuple(int(v) for v in owned),
                spot=tuple(int(v) for v in spot),
                running_firm=tuple(int(v) for v in firm),
                firm_starts=tuple(int(v) for v in decided.starts.get((index, True), none)),
                spot_starts=tuple(int(v) for v in decided.starts.get((index, False), none)),
            )
        )
    return tuple(plans)


def _coverage(built: Built, decided: Decisions, pool: int, firm: np.ndarray) -> dict[str, np.ndarray]:
    """Instances covered by commitment, held ones first, never more than run."""
    left = firm.astype(float)
    found: dict[str, np.ndarray] = {}
    claims = [(built.sets.held[n].name, v) for (n, k), v in sorted(decided.held_covered.items()) if k == pool]
    claims += [(built.sets.options[n].name, v) for (n, k), v in sorted(decided.covered.items()) if k == pool]
    for number, units in sorted(decided.units.items()):
        option = built.sets.options[number]
        if option.measure == "instances" and option.covers[0] == built.sets.pools[pool].id and units > 0:
            claims.append((option.name, np.full_like(left, units)))
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
        used = 0.0
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
                used_share=used / (units * float(hours.sum())),
            )
        )
    return tuple(made)


def demand_multiplier(built: Built, decided: Decisions) -> float | None:
    """The largest uniform demand multiplier that the plan's replicas carry with its own routing."""
    worst = np.inf
    for group in built.sets.groups:
        rate = decided.rate[group.index]
        if not rate.any():
            continue
        for room, load in _rooms(built, decided, group, rate):
            busy = load > 0
            if busy.any():
                worst = min(worst, float((room[busy] / load[busy]).min()))
    return None if np.isinf(worst) else max(1.0, worst)


def _rooms(built: Built, decided: Decisions, group, rate):
    """(what a group carries, what it is sent) of work and of cache, firm and spot apart where they are told apart."""
    sets, data = built.sets, built.data
    counts = sum(decided.replicas[q] for q in group.slots)
    share = np.array([group.candidate.share_at(n) for n in counts])
    effective = decided.effective(sets.slots, group)
    parts = [(effective, rate)]
    if group.index in decided.rate_spot:
        spot = decided.rate_spot[group.index]
        on_spot = sum(decided.replicas[q] * sets.slots[q].effective for q in group.slots if not sets.slots[q].firm)
        parts = [(on_spot, spot), (effective - on_spot, rate - spot)]
    for there, sent in parts:
        yield share * there, data.busy_per_request(group) @ sent
        if group.candidate.kv_capacity_tokens:
            yield group.candidate.kv_capacity_tokens * there, data.cache_per_request(group) @ sent


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)


def _floats(values) -> tuple[float, ...]:
    return tuple(float(v) + 0.0 for v in values)
