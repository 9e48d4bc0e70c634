"""After losing any one failure domain, what remains still serves a stated fraction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.formulation.capacity import add_capacity, level_rows, nothing_without_replicas
from planner.formulation.constraints.kv_capacity import needs_cache_row
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.formulation.shared import rows_of, serves_others
from planner.formulation.variables import group_name, make_levels, most_units, needs_levels


@dataclass(frozen=True)
class Domain:
    """What is lost at once: slots of one service that stop serving."""

    kind: str
    name: str
    slots: frozenset[int]


@constraint(unit="requests/s", limit=True)
def survives_loss(sets, var, data) -> Iterator[Rows]:
    r"""For each failure domain a routing of the stated fraction over the surviving replicas exists.

    .. math::
        \sum_{c,r} x^{d}_{sbcrt} + \sum_o x_{sbot} \ge f_s \, \lambda_{sbt}, \qquad
        \sum_b w_{cb} x^{d}_{sbcrt} \le \varphi_c(N^{d}_{scrt}) E^{d}_{scrt}

    d        each spot pool, all spot of a region, or a zone that the service may use
    x^d      recourse routing after the loss of d                  [requests/s]
    x_sbot   rate sent to hosted option o, which goes on as before  [requests/s]
    N^d,E^d  replicas without those in d                            [replicas]
    f_s      fraction to be served                                  [1]    availability.survives_loss.fraction

    A group must serve its own fraction, the largest of its members', of what it is sent: :math:`\sum_{c,r} x^{d}_{gbcrt} \ge f_g
    \sum_{c,r} x_{gbcrt}`; a member counts the fraction f_s of what the group answers for it as served. The cache row holds likewise. A domain inside another one asked for needs no rows: the routing that survives
    the larger loss survives the smaller.
    """
    for number, service in enumerate(sets.services):
        rule = service.availability.survives_loss if service.availability else None
        if rule is None or rule.fraction == 0:
            continue
        for domain in outermost(domains(sets, number)):
            yield from _survive(sets, var, data, number, rule.fraction, domain)


def domains(sets, number: int) -> tuple[Domain, ...]:
    """Failure domains of a service, in canonical order."""
    rule = sets.services[number].availability.survives_loss
    found: dict[tuple[str, str], set[int]] = {}
    for group in sets.groups_of[number]:
        for q in group.slots:
            slot, pool = sets.slots[q], sets.pools[sets.slots[q].pool]
            if not slot.firm and "spot_pool" in rule.of:
                found.setdefault(("spot_pool", pool.id), set()).add(q)
            if not slot.firm and "spot_region" in rule.of:
                found.setdefault(("spot_region", pool.region), set()).add(q)
            if pool.failure_zone is not None and "zone" in rule.of:
                found.setdefault(("zone", pool.failure_zone), set()).add(q)
    return tuple(Domain(kind, name, frozenset(slots)) for (kind, name), slots in sorted(found.items()))


def outermost(found: tuple[Domain, ...]) -> tuple[Domain, ...]:
    """Domains that lie in no other one (of equal ones, the first)."""
    return tuple(
        d
        for i, d in enumerate(found)
        if not any(d.slots < e.slots or (d.slots == e.slots and j < i) for j, e in enumerate(found))
    )


def _survive(sets, var, data, number: int, fraction: float, domain: Domain) -> Iterator[Rows]:
    service = sets.services[number]
    demand = data.demand[number]
    where = f"{service.name} without {domain.name}"
    routes: dict[int, np.ndarray] = {}
    for group in sets.groups_of[number]:
        routes[group.index] = var.columns(
            "recourse", (len(group.served), sets.period_count), service=number, upper=most_units(service, data.served_demand(group))
        )
        var.recourse[number, domain.kind, domain.name, group.index] = routes[group.index]
        yield from _group(sets, var, data, group, routes[group.index], domain, where)
    for b in range(len(demand)):
        least = 0.0 if serves_others(sets, number) else fraction * most_units(service, demand[b])
        rows = Rows(sets.period_count, lower=least, where=where)
        for group in sets.groups_of[number]:
            if b in group.served:
                rows.add(routes[group.index][group.served.index(b)], 1.0)
                if serves_others(sets, number):
                    rows.add(var.rate[group.index][group.served.index(b)], -fraction)
        for group, row in rows_of(sets, number, b):
            rows.add(var.rate[group.index][row], fraction)
        for choice in sets.hosted_of[number]:
            rows.add(var.hosted[choice.index][b], 1.0)
        yield rows


def _group(sets, var, data, group, route, domain: Domain, where: str) -> Iterator[Rows]:
    left = tuple(q for q in group.slots if q not in domain.slots)
    name = f"{where}: {group_name(sets, group)}"
    levels = var.levels.get(group.index)
    if len(left) < len(group.slots) and left:
        enough = data.enough[group.index]
        levels = None
        if needs_levels(group.candidate.levels, enough):
            spot = any(not sets.slots[q].firm for q in left)
            levels = make_levels(var, group, enough, has_spot=spot, name="recourse_level")
            yield from level_rows(sets, var, group, levels, left, name)
    work = Rows(sets.period_count, upper=0.0, where=name)
    work.add(route, data.busy_per_request(group)[:, None] * var.work_unit[group.index])
    if left:
        add_capacity(work, sets, var, group, levels, left, sign=-1.0)
    yield work
    yield from nothing_without_replicas(sets, var, group, left, name, (route, 1.0))
    if needs_cache_row(group, data):
        cache = Rows(sets.period_count, upper=0.0, where=name)
        per_request = data.cache_per_request(group) / group.candidate.kv_capacity_tokens
        cache.add(route, per_request[:, None] * var.work_unit[group.index])
        for q in left:
            cache.add(var.replicas[q], -sets.slots[q].effective)
        yield cache
