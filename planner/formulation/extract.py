"""Reads the plan's time, money and headroom from a solved program."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.formulation.constraints.api_limit import api_use
from planner.formulation.constraints.provisioned_capacity import provisioned_use
from planner.formulation.decisions import Decisions
from planner.formulation.serverless import requests_at_once, worker_use
from planner.plan.cost import COST_PARTS, TOTAL
from planner.plan.schema import PlanPeriod


def plan_periods(built: Built) -> tuple[PlanPeriod, ...]:
    """Names and hours of the periods."""
    return tuple(PlanPeriod(name=p.name, hours_per_month=p.hours_per_month) for p in built.sets.times.periods)


def plan_cost(built: Built, values: np.ndarray) -> dict[str, float]:
    """Cost by part, and the total as the sum of the parts."""
    found = built.cost_parts(values)
    cost = {part: found[part] for part in COST_PARTS if part in found and found[part] != 0.0}
    cost[TOTAL] = float(np.sum(list(cost.values())))
    return cost


def demand_multiplier(built: Built, decided: Decisions) -> float | None:
    """The largest uniform demand multiplier that the plan's replicas and limits of APIs carry with its own routing."""
    worst = np.inf
    for group in built.sets.groups:
        rate = decided.rate[group.index]
        if not rate.any():
            continue
        for room, load in _rooms(built, decided, group, rate):
            busy = load > 0
            if busy.any():
                with np.errstate(over="ignore"):
                    worst = min(worst, float((room[busy] / load[busy]).min()))
    for _, _, used, most in api_use(built, decided):
        if used.max() > 0:
            worst = min(worst, most / float(used.max()))
    for used, most in provisioned_use(built, decided):
        if used > 0:
            worst = min(worst, most / used)
    for used, most in (*worker_use(built, decided), *requests_at_once(built, decided)):
        busy = used > 0
        if busy.any():
            worst = min(worst, float((most[busy] / used[busy]).min()))
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
