"""Charges beside machines from a plan's decisions, in plain arithmetic."""

from __future__ import annotations

from planner.economics.charges import Once, Use
from planner.problem.adapted import prepared_key
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR
from planner.verify.case import Case, Placed


def add_charges(case: Case, cost: dict[str, float]) -> None:
    """Adds what ``costs`` charges to the parts of ``cost``; the bills that support comes on top of are there already."""
    charges = case.charges
    for part, usd in charges.fixed.items():
        cost[part] += usd
    for plan in case.plan.pools:
        pool = case.pools[plan.id]
        for part, usd in charges.usd_per_hour(pool).items():
            for t, hours in enumerate(case.hours):
                cost[part] += hours * usd * (plan.running_firm[t] + plan.spot[t] * pool.spot_availability)
    for p in case.placed:
        use = use_of(case, p)
        for b, rates in p.routed:
            asked = p.service.workload.classes[b]
            requests = sum(rate * hours * SECONDS_PER_HOUR for rate, hours in zip(rates, case.hours))
            for part, usd in charges.usd_per_request(use, asked.input_tokens, asked.output_tokens).items():
                cost[part] += requests * usd
    for charge in paid_once(case).values():
        cost[charge.part] += charge.usd_per_month
    cost["support_usd_per_month"] += _support(case) if charges.support else 0.0


def paid_once(case: Case) -> dict[tuple[str, ...], Once]:
    """What is paid once because any replica of the plan needs it, by key."""
    found: dict[tuple[str, ...], Once] = {}
    for p in case.placed:
        if any(p.deployment.replicas):
            for charge in case.charges.once_for(use_of(case, p)):
                found[charge.key] = charge
    return found


def one_off_usd(case: Case) -> float:
    """One-off work among the charges [USD]."""
    return case.charges.fixed_one_off_usd + sum(charge.one_off_usd for charge in paid_once(case).values())


def use_of(case: Case, p: Placed) -> Use:
    """A deployment as charges look at it."""
    weights = prepared_key(p.service, p.configuration.variant, case.problem)
    return Use(p.service.name, p.service.home, weights, p.facts.weights_gb, p.pool)


def _support(case: Case) -> float:
    from planner.verify.recost import bill_of_pool, trued_up

    total = 0.0
    for plan in case.plan.pools:
        pool = case.pools[plan.id]
        if pool.owned is None:
            total += case.charges.support_share((pool,)) * bill_of_pool(case, pool, plan)
    for bought in case.plan.commitments:
        option = case.options[bought.name]
        if option.bought:
            continue
        paid = bought.units * option.usd_per_unit_hour * HOURS_PER_MONTH
        if option.measure == "spend" and option.beyond == "discounted":
            paid = trued_up(case, option, paid)
        total += paid * case.charges.support_share(tuple(case.pools[k] for k in option.covers))
    return total
