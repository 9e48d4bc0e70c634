"""Reads what serves each service from the decisions: deployments, survival routings, shares."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.formulation.constraints.survives_loss import domains, outermost
from planner.formulation.decisions import Decisions
from planner.formulation.extract_hosted import hosted_uses
from planner.formulation.extract_shared import answered_by, busy_shares, shared_quality
from planner.formulation.hosted import usd_of
from planner.perf.known_shares import SIMULATED
from planner.perf.latency import late_by_size, latency_percentile, shares_without, tail_wait_s, without_pace, work_moments
from planner.units import SECONDS_PER_HOUR
from planner.plan.schema import Deployment, RecourseRoute, ServicePlan, Survival

#: Work over the safe share that rows let pass, relative.
PASSED = 1e-6


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
        hosted=hosted_uses(built, decided, number),
        waiting=_waiting(built, decided, number),
        answered_by=answered_by(built, decided, number),
        busy_shares=busy_shares(built, decided, number),
        cache=decided.caches.get(number),
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
            + sum(usd_of(h, decided, data.hours) for h in sets.hosted_of[number])
        ),
    )


def _deployments(built: Built, decided: Decisions, group) -> list[Deployment]:
    sets, data = built.sets, built.data
    service, candidate = sets.services[group.service], group.candidate
    names = sets.choices[group.service].class_names
    effective = decided.effective(sets.slots, group)
    counts = sum(decided.replicas[q] for q in group.slots)
    rate = decided.rate[group.index]
    used = share_of(data.busy_per_request(group) @ rate, effective)
    safe = np.array([candidate.share_at(n) for n in counts])
    # What a solver's tolerance lets pass is no latency above the limit.
    used = np.where((used > safe) & (used <= safe * (1.0 + PASSED)), safe, used)
    percentile = latency_percentile(service.slo)
    classes = service.workload.classes
    sizes = [c.input_tokens for c in classes], [c.input_tokens + c.output_tokens for c in classes]
    silent = without_pace([c.output_tokens for c in classes])
    ttft_of, late = _in_time(group.served, sizes[0], [c.share for c in classes], percentile)
    paced = tuple(b for b in group.served if b not in silent)
    tpot_of, _ = _in_time(paced, sizes[1], shares_without([c.share for c in classes], silent), percentile)
    if service.workload.serves is not None:  # every class of every service is held to the limit
        ttft_of, late, tpot_of = group.served, 0.0, paced
    waits = _waits(service, candidate, counts, used, percentile + 100.0 * late)
    configuration = candidate.configuration
    # Requests that wait for hours have no time to first token worth stating.
    untold = candidate.share_basis == SIMULATED or service.window_hours is not None
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
                # Under a simulated share the queueing rule has nothing to say of the wait.
                ttft_ms=_where(there, None if untold else _latency(candidate, "ttft_ms", ttft_of, waits)),
                tpot_ms=_where(there, _latency(candidate, "tpot_ms", tpot_of, None)),
                latency_percentile=percentile,
                utilisation=_where(there, used),
                headroom=_where(there, np.where(safe > 0, (safe - used) / np.maximum(safe, 1e-12), 0.0)),
                basis=candidate.basis,
                share_basis=candidate.share_basis,
            )
        )
    return made


def _routed(sets, decided: Decisions, group, q: int, effective: np.ndarray) -> np.ndarray:
    """Requests/s of the served classes that one slot answers: by its share of the effective replicas."""
    slot = sets.slots[q]
    rate, weight = decided.rate[group.index], decided.replicas[q] * slot.effective
    if group.index not in decided.rate_spot:
        return rate * share_of(weight, effective)
    spot = decided.rate_spot[group.index]
    side = sum(
        decided.replicas[other] * sets.slots[other].effective
        for other in group.slots
        if sets.slots[other].firm == slot.firm
    )
    return (rate - spot if slot.firm else spot) * share_of(weight, side)


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


def _in_time(served, sizes, shares, percentile: float) -> tuple[tuple[int, ...], float]:
    """(classes that a percentile is about, share of those that it leaves out by their size)."""
    late, share = late_by_size(sizes, shares, percentile)
    held = tuple(b for b in served if b not in late)
    return (held, share) if held else (tuple(served), 0.0)


def _latency(candidate, metric: str, served, waits) -> np.ndarray | None:
    values = getattr(candidate, metric)
    if values is None or not served:
        return None
    unqueued = max(values[b] for b in served)
    return np.array([unqueued]) if waits is None else unqueued + 1000.0 * waits


def _where(there: np.ndarray, values: np.ndarray | None) -> tuple[float | None, ...]:
    if values is None:
        return (None,) * len(there)
    spread = np.broadcast_to(values, there.shape)
    return tuple(float(v) if t and np.isfinite(v) else None for t, v in zip(there, spread, strict=True))


def _waiting(built: Built, decided: Decisions, number: int) -> dict[str, tuple[float, ...]]:
    """Requests that wait at the end of each period."""
    if number not in decided.waiting:
        return {}
    seconds = np.array([p.length_hours for p in built.sets.times.periods]) * SECONDS_PER_HOUR
    names = built.sets.choices[number].class_names
    return {name: _floats(decided.waiting[number][b] * seconds) for b, name in enumerate(names)}


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
            left = sum(decided.replicas[q] for q in group.slots if q not in around.slots) > 0
            rates = np.where(left, decided.recourse[number, around.kind, around.name, group.index], 0.0)
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
    own = [(decided.rate[group.index], group.candidate.quality) for group in built.sets.groups_of[number]]
    for rate, quality in (*own, *shared_quality(built, decided, number)):
        requests = float((rate * built.data.hours).sum())
        if requests > 0:
            if quality is None:
                return None
            weight += requests
            value += requests * quality
    name = decided.caches.get(number)
    for option in (o for o in (built.sets.caches[number] if name else ()) if o.name == name and o.score is not None):
        requests = option.hit * float((built.data.arrivals[number].sum(axis=0) * built.data.hours).sum())
        value += requests * option.score
        weight += requests
    for choice in built.sets.hosted_of[number]:
        requests = float((decided.hosted[choice.index] * built.data.hours).sum())
        if requests > 0:
            if choice.option.quality is None:
                return None
            weight += requests
            value += requests * choice.option.quality
    return value / weight if weight else None


def _carbon_share(built: Built, decided: Decisions, number: int) -> float | None:
    if any(decided.hosted[h.index].any() for h in built.sets.hosted_of[number]):
        return None
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


def share_of(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)


def _floats(values) -> tuple[float, ...]:
    return tuple(float(v) + 0.0 for v in values)
