"""Firm instances are paid for, and commitments are used within what was bought or is held."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.jobs import jobs_of
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_least, at_most, equal, refused, same, unless
from planner.verify.recost import unit_weight, used_of
from planner.verify.registry import check


@check("commitment_pool")
def commitment_pool(case: Case) -> Iterator[Seen]:
    """Running firm instances, and those of jobs on spare capacity, are on demand, covered or owned; coverage stays within scope, months and units.

    A minimum spend that stays discounted above it has no hourly cap; its price counts what is used.
    """
    for part in case.plan.pools:
        pool = case.pools[part.id]
        for t in case.periods:
            where = f"{part.id} {case.names[t]}"
            paid = part.on_demand[t] + part.owned[t] + sum(covered[t] for covered in part.reserved.values())
            needed = part.running_firm[t] + sum(f.plan.spare[t] for f in jobs_of(case) if f.pool.id == part.id)
            yield at_most(needed, paid, where, unit="instances paid for", floor=1.0)
            owned = min(needed, pool.owned_at(t))
            yield at_most(part.owned[t], owned, f"{where}: owned", unit="instances owned and running", floor=1.0)
            if part.on_demand[t] and pool.on_demand is None:
                yield refused(where, "on-demand instances where none are sold")
    listed = {part.id for part in case.plan.pools}
    for found in jobs_of(case):
        yield unless(any(found.plan.spare) and found.pool.id not in listed, found.plan.name, "spare capacity of a pool that the plan lacks")
    yield from _units(case)
    yield from _bought(case)
    yield from _held(case)


def _units(case: Case) -> Iterator[Seen]:
    for bought in case.plan.commitments:
        option = case.options[bought.name]
        if option.min_units is not None and bought.units:
            yield at_least(bought.units, option.min_units, f"{bought.name}: smallest amount")
        if option.max_units is not None:
            yield at_most(bought.units, option.max_units, f"{bought.name}: largest amount", floor=1.0)


def _bought(case: Case) -> Iterator[Seen]:
    units = {c.name: c.units for c in case.plan.commitments}
    for name in sorted(units):
        option = case.options[name]
        yield from _scope(case, name, option.covers)
        if option.beyond != "discounted":
            for t in case.periods:
                there = 0.0 if option.active is not None and not option.active[t] else units[name]
                yield at_most(used_of(case, option, t), there, f"{name} {case.names[t]}", unit="units used", floor=1.0)
        elif not units[name]:
            used = any(name in part.reserved and any(part.reserved[name]) for part in case.plan.pools)
            yield unless(used, name, "used without being signed")


def _held(case: Case) -> Iterator[Seen]:
    for name, held in case.held.items():
        yield from _scope(case, name, held.covers)
        for t in case.periods:
            used = sum(
                part.reserved[name][t] * unit_weight(case.pools[part.id], held, t)
                for part in case.plan.pools
                if name in part.reserved and part.reserved[name][t]
            )
            there = held.amount if held.active[t] else 0.0
            yield at_most(used, there, f"{name} {case.names[t]}", unit="units held", floor=1.0)


def _scope(case: Case, name: str, covers: tuple[str, ...]) -> Iterator[Seen]:
    for part in case.plan.pools:
        if any(part.reserved.get(name, ())):
            yield unless(part.id not in covers, f"{name} {part.id}", "the commitment does not cover this pool")


@check("commitment_terms", tolerance=CLAIM_TOLERANCE)
def commitment_terms(case: Case) -> Iterator[Seen]:
    """Measure, term, price, upfront cash, what is left after the horizon and the share used are as stated."""
    for bought in case.plan.commitments:
        option, name = case.options[bought.name], bought.name
        yield same(bought.measure, option.measure, f"{name}: measure")
        yield same(bought.term_months, option.term_months, f"{name}: term_months")
        yield equal(bought.usd_per_unit_hour, option.usd_per_unit_hour, f"{name}: usd_per_unit_hour")
        yield equal(bought.upfront_usd, bought.units * option.upfront_usd_per_unit, f"{name}: upfront_usd")
        left = bought.units * option.beyond_horizon_usd_per_unit
        yield equal(bought.beyond_horizon_usd, left, f"{name}: beyond_horizon_usd")
        if bought.units:
            used = sum(hours * used_of(case, option, t) for t, hours in enumerate(case.hours))
            there = sum(hours for t, hours in enumerate(case.hours) if option.active is None or option.active[t]) or 1.0
            yield equal(bought.used_share, used / (bought.units * there), f"{name}: used_share")
