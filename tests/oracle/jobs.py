"""Jobs in the second statement: one way each, on whole instances of a pool, in every period in which it may run."""

from __future__ import annotations

from planner.units import GRAMS_PER_KG
from tests.oracle.facts import FIRM, SPOT
from tests.oracle.program import Program, total


def add_jobs(m: Program) -> None:
    """Chooses a way for each job; ``m.jobs`` holds (choice, option, chosen, instances on idle capacity by period)."""
    f = m.facts
    for choice in f.jobs:
        ways = []
        for option in choice.options:
            chosen, pool = m.yes_no(), f.pools[option.pool]
            ways.append(chosen)
            # What a firm job stands on without renting: only where a service may run, or on one's own.
            idle = option.firm and (pool.owned is not None or any((option.pool, FIRM, t) in m.run for t in f.periods))
            spare = [m.real() if idle and option.share[t] > 0 else 0 for t in f.periods]
            for t in f.periods:
                if option.share[t] > 0:
                    m.p += total([spare[t]]) <= option.instances * chosen
                    if pool.owned is not None:
                        m.p += total([spare[t]]) >= option.instances * chosen
            m.jobs.append((choice, option, chosen, spare))
        m.p += total(ways) == (1 if choice.job.prepares is None else _made(m, choice.job.prepares))
    for k, pool in f.pools.items():
        if pool.stock is not None:
            for t in f.periods:
                if taken(m, t, lambda name, side, k=k: name == k):
                    running = total(m.run[k, side, t] for side in (FIRM, SPOT) if (k, side, t) in m.run)
                    m.p += running + total(n for _, n in taken(m, t, lambda name, side, k=k: name == k)) <= pool.stock


def _made(m: Program, name: str):
    """1 if any replica stands whose variant or adapted model a job makes."""
    f = m.facts
    if name not in m.marks:
        m.marks[name] = m.yes_no()
        for g in f.groups:
            service, variant = f.problem.services[g.s], g.candidate.configuration.variant
            adapted, found, method = variant.partition("/")
            model = next((a.model for a in f.problem.adapted if found and a.name == adapted), service.model)
            if name in (adapted if found else "", f"{model}:{method if found else variant}"):
                for k, side in f.slots(g):
                    for t in f.periods:
                        m.p += m.y[g.index, k, side, t] <= f.enough(g) * m.marks[name]
    return m.marks[name]


def taken(m: Program, t: int, covers) -> list:
    """(pool, instances) of jobs that may run in a period, in the sides of pools that are covered."""
    return [
        (option.pool, option.instances * chosen)
        for _, option, chosen, _ in m.jobs
        if option.share[t] > 0 and covers(option.pool, FIRM if option.firm else SPOT)
    ]


def spare_in(m: Program, k: str, t: int):
    """Instances of jobs on idle capacity of a pool."""
    return total(spare[t] for _, option, _, spare in m.jobs if option.pool == k)


def hours(m: Program, option, t: int) -> float:
    """Hours a month in which each instance of a job is there."""
    there = 1.0 if option.firm else m.facts.pools[option.pool].spot_availability
    return option.run.wall_hours * option.runs * there * option.share[t] / m.facts.problem.horizon.months


def kw(m: Program, option) -> float:
    """Power of one instance at work; what owned ones draw when they stay on is counted with them."""
    pool = m.facts.pools[option.pool]
    at_rest = 0.0 if pool.owned is not None and not pool.power_off else pool.idle_kw()
    return at_rest + pool.accelerators * pool.busy_kw_per_accelerator()


def pay(m: Program, parts) -> None:
    """Rent of what is not idle capacity, energy of one's own, hourly charges, data."""
    f, costs = m.facts, m.facts.problem.costs
    once, months = [], m.facts.problem.horizon.months
    for choice, option, chosen, spare in m.jobs:
        pool = f.pools[option.pool]
        price = pool.on_demand if option.firm else pool.spot
        on_top = 1.0 + sum(r.share_of_bill for r in costs.support if _offer(r.offers, option.pool))
        for t in f.periods:
            each = hours(m, option, t)
            if price is not None:
                rent = on_top * each * price[t] * (option.instances * chosen - spare[t])
                parts["jobs_usd_per_month"].append(rent)
                once.append(months * rent if choice.job.every_months is None else 0)
            if pool.owned is not None:
                usd = kw(m, option) * pool.electricity_usd_per_kwh + pool.upkeep_usd_per_hour
                parts["job_energy_usd_per_month"].append(each * usd * option.instances * chosen)
                once.append(months * each * usd * option.instances * chosen if choice.job.every_months is None else 0)
            licence = sum(r.usd_per_accelerator_hour for r in costs.licences if _offer(r.offers, option.pool)) * pool.accelerators
            watch = sum(r.usd_per_instance_hour for r in costs.monitoring if pool.matches(r.place))
            parts["licences_usd_per_month"].append(each * licence * option.instances * chosen)
            parts["monitoring_usd_per_month"].append(each * watch * option.instances * chosen)
    for choice in f.jobs:
        made = 1 if choice.job.prepares is None else _made(m, choice.job.prepares)
        parts["job_data_usd_per_month"].append(choice.job.data_usd * choice.runs / months * made)
        once.append(choice.job.data_usd * choice.runs * made if choice.job.every_months is None else 0)
    return total(once)


def emitted(m: Program, covers) -> list:
    """kg a month of jobs in the pools covered."""
    f, found = m.facts, []
    for _, option, chosen, _ in m.jobs:
        pool = f.pools[option.pool]
        if covers(pool) and pool.intensity is not None and pool.idle_kw() is not None:
            kg = sum(hours(m, option, t) * pool.intensity[t] / GRAMS_PER_KG * kw(m, option) for t in f.periods)
            found.append(kg * option.instances * chosen)
    return found


def _offer(pattern: str, pool: str) -> bool:
    from tests.oracle.charges import _offer as matches

    return matches(pattern, pool)
