"""Firm instances are paid for: on demand, by a commitment bought or held, or owned."""

from collections.abc import Iterator

import numpy as np

from planner.formulation.jobs import most_of_jobs
from planner.formulation.registry import constraint
from planner.formulation.rows import INFINITY, Rows


@constraint(unit="instances", limit=False)
def commitment_pool(sets, var, data) -> Iterator[Rows]:
    r"""What runs firm is on demand, covered by a commitment, or owned.

    .. math::
        running_{kt} + \sum_j v_{jkt} \le on\_demand_{kt} + \sum_{m \in pool} R_m + \sum_{m \ni k} v_{mkt} + owned_k

        \sum_{k \in m} A_k \, v_{mkt} \le R_m \quad (\text{accelerators}) \qquad
        \sum_{k \in m} p_{kt} (1 - d_m) \, v_{mkt} \le R_m \quad (\text{spend})

    R_m    units bought: instances, accelerators, or USD per hour; the same in every period (hardware: from its delivery on)
    v_mkt  instances of pool k covered by commitment m (bought or held)     [instances]
    p_kt   on-demand price                                                  [USD/h]
    v_jkt  instances of job j on what services leave idle                   [instances]   jobs_done
    d_m    discount of a spend commitment                                   [1]

    A minimum spend that stays discounted above it (``beyond: discounted``) has no hourly cap; its month is trued
    up: shortfall ≥ 730 R − Σ h p (1 − d) v. A commitment with a smallest amount is signed (binary) or zero.
    Held commitments cover only in the months they run.
    """
    yield from _pay(sets, var)
    for number, option in enumerate(sets.options):
        if number in var.units:
            yield from _units(sets, var, data, number, option)
    for number, held in enumerate(sets.held):
        pools = sorted(k for m, k in var.held_covered if m == number)
        if pools:
            rows = Rows(sets.period_count, upper=np.where(held.active, held.amount, 0.0), where=held.name)
            for pool in pools:
                rows.add(var.held_covered[number, pool], _weight(sets.pools[pool], held.measure, held.discount))
            yield rows


def _pay(sets, var) -> Iterator[Rows]:
    for pool, firm in sets.slots_in:
        if not firm:
            continue
        found = sets.pools[pool]
        rows = Rows(
            sets.period_count,
            upper=np.array([float(found.owned_at(t)) for t in range(sets.period_count)]),
            where=found.id,
            labels=lambda n=found.id: [f"pay {n} {t}" for t in sets.period_names()],
        )
        rows.add(var.running[pool, True], 1.0).add(var.on_demand[pool], -1.0)
        for way in var.job_ways:
            if way.pool == pool and way.spare is not None:
                rows.add(way.spare, 1.0)
        for number, option in enumerate(sets.options):
            if number in var.units and option.measure == "instances" and option.covers[0] == found.id:
                rows.add(np.full(sets.period_count, var.units[number]), -there(option, sets.period_count))
            elif (number, pool) in var.covered:
                rows.add(var.covered[number, pool], -1.0)
        for number in range(len(sets.held)):
            if (number, pool) in var.held_covered:
                rows.add(var.held_covered[number, pool], -1.0)
        yield rows


def there(option, periods: int) -> np.ndarray:
    """1 in periods in which a unit is there: all, or those from the delivery of hardware on."""
    return np.ones(periods) if option.active is None else np.array(option.active, dtype=float)


def _units(sets, var, data, number: int, option) -> Iterator[Rows]:
    pools = sorted(k for m, k in var.covered if m == number)
    if option.measure != "instances" and option.beyond == "on_demand":
        rows = Rows(sets.period_count, upper=0.0, where=option.name)
        for pool in pools:
            rows.add(var.covered[number, pool], _weight(sets.pools[pool], option.measure, option.discount))
        yield rows.add(np.full(sets.period_count, var.units[number]), -1.0)
    elif option.beyond == "discounted":
        rows = Rows(1, lower=0.0, where=option.name).add(np.array([var.shortfall[number]]), 1.0)
        rows.add(np.array([var.units[number]]), -data.hours.sum())
        for pool in pools:
            weight = data.hours * _weight(sets.pools[pool], "spend", option.discount)
            rows.add(var.covered[number, pool], weight, rows=np.zeros(sets.period_count, dtype=int))
            most = var.most[pool, True] + most_of_jobs(sets, pool)
            signed = Rows(sets.period_count, upper=0.0, where=option.name).add(var.covered[number, pool], 1.0)
            yield signed.add(np.full(sets.period_count, var.signed[number]), -most)
        yield rows
    if number in var.signed:
        top = option.max_units
        most = var.most_units[number] if top is None else top
        columns = np.array([var.units[number]])
        mark = np.array([var.signed[number]])
        yield Rows(1, lower=0.0, upper=INFINITY, where=option.name).add(columns, 1.0).add(mark, -option.min_units)
        yield Rows(1, upper=0.0, where=option.name).add(columns, 1.0).add(mark, -most)


def _weight(pool, measure: str, discount: float) -> np.ndarray | float:
    if measure == "instances":
        return 1.0
    if measure == "accelerators":
        return float(pool.accelerators)
    return np.array(pool.on_demand) * (1.0 - discount)
