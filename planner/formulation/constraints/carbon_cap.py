"""Emissions stay under their caps: of the fleet, of a region, of a service."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.economics.pools import place_matches
from planner.formulation.data import always_on
from planner.formulation.jobs import job_emissions
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="kgCO2e/month", limit=True)
def carbon_cap(sets, var, data) -> Iterator[Rows]:
    r"""Operational emissions stay under the cap.

    .. math::
        \sum_{k,p,t} h_t \, i_{kt} \, idle_k \, running_{kpt}
        + \sum_{s,b,c,r,t} h_t \, i_{rt} \, busy_k \, a_c \, w_{cb} \, x_{sbcrt} \le \bar E

    idle_k  power of one running instance without work, PUE applied                  [kW]
    busy_k  extra power of one busy accelerator, PUE applied                          [kW]
    i_kt    carbon intensity of its grid in period t, average or marginal as stated   [kgCO2e/kWh]
    a_c     accelerators of a replica                                                 [accelerators]
    h_t     hours of the period in a month                                            [h/month]
    E_bar   cap                                                                       [kgCO2e/month]

    With ``carbon.offsets.inside_cap`` the fleet's cap is on what is left after offsets. Jobs emit as all their instances at work. Spot instances count for the hours they are expected to run. Owned instances that are not switched off draw
    idle power all the time. A service's own share is its busy energy and, by accelerators, the idle energy of
    the instances it stands on. Absent without a cap; embodied carbon enters only on request. A pool whose power
    or grid is unknown is out by rule when a cap applies to it.
    """
    limits = sets.problem.limits
    if limits.carbon_kg_per_month is not None:
        yield from _fleet(sets, var, data, limits.carbon_kg_per_month, "all services", lambda pool: True, counted_offset(sets, var))
    for region in limits.regions:
        yield from _fleet(
            sets, var, data, region.carbon_kg_per_month, region.region, lambda pool, r=region.region: place_matches(r, pool)
        )
    for number, service in enumerate(sets.services):
        if service.carbon_kg_per_month is not None:
            yield _service(sets, var, data, number, service)


def fleet_emissions(sets, var, data, covers) -> tuple[list[tuple[np.ndarray, np.ndarray]], float]:
    """(columns, kg/month per unit) of everything that emits in the pools covered, and what is emitted in any case."""
    terms: list[tuple[np.ndarray, np.ndarray]] = []
    fixed = 0.0
    for index, pool in enumerate(sets.pools):
        # What an unused owned machine of unknown power draws is unknown, and the same under every plan.
        if always_on(pool) and covers(pool) and (kg := data.carbon_offset(index)) is not None:
            fixed += float(kg.sum())
    for side, columns in var.running.items():
        pool = sets.pools[side[0]]
        if covers(pool) and not always_on(pool):
            terms.append((columns, _known(data.carbon_per_running(side), pool.id)))
    for group in sets.groups:
        pool = sets.pools[sets.slots[group.slots[0]].pool]
        if covers(pool):
            terms.append((var.rate[group.index], _known(data.carbon_per_rate(group), pool.id) * var.work_unit[group.index]))
    terms += job_emissions(sets, var, covers)
    return terms, fixed


def _fleet(sets, var, data, cap: float, where: str, covers, inside=None) -> Iterator[Rows]:
    terms, fixed = fleet_emissions(sets, var, data, covers)
    rows = add_terms(Rows(1, upper=cap - fixed, stated=cap, where=where, labels=lambda: [f"carbon {where}"]), terms)
    if inside is not None:
        rows.add(inside, -1.0)
    if not rows.empty or fixed > cap:
        yield rows


def counted_offset(sets, var) -> np.ndarray | None:
    """Offsets that the fleet's cap takes off; None: it is on what is emitted."""
    asked = sets.problem.carbon.offsets
    return var.offset if asked is not None and asked.inside_cap else None


def add_terms(rows: Rows, terms) -> Rows:
    """Adds all columns of ``terms`` to a single row."""
    for columns, weights in terms:
        _add(rows, columns, weights)
    return rows


def _service(sets, var, data, number: int, service) -> Rows:
    rows = Rows(1, upper=service.carbon_kg_per_month, where=service.name)
    for group in sets.groups_of[number]:
        pool = sets.pools[sets.slots[group.slots[0]].pool]
        _add(rows, var.rate[group.index], _known(data.carbon_per_rate(group), pool.id) * var.work_unit[group.index])
        for q in group.slots:
            slot = sets.slots[q]
            each = _known(data.carbon_per_running((slot.pool, slot.firm)), sets.pools[slot.pool].id)
            _add(rows, var.replicas[q], each * slot.accelerators / sets.pools[slot.pool].accelerators)
    return rows


def _add(rows: Rows, columns: np.ndarray, weights: np.ndarray) -> None:
    columns, weights = np.broadcast_arrays(columns, weights)
    rows.add(columns.ravel(), weights.ravel(), rows=np.zeros(columns.size, dtype=int))


def _known(values, where: str) -> np.ndarray:
    if values is None:
        raise AssertionError(f"{where}: unknown power or grid passed the rule power_known")
    return values
