"""No more than a stated share of a service's requests is served on spot."""

from collections.abc import Iterator

from planner.formulation.capacity import add_capacity, add_work, nothing_without_replicas
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.formulation.shared import rows_of, serves_others
from planner.formulation.variables import group_name


@constraint(unit="requests/s", limit=True)
def spot_share(sets, var, data) -> Iterator[Rows]:
    r"""Requests served on spot stay under the share; the rest is carried by firm replicas.

    .. math::
        \sum_{b,c,r} x^{spot}_{sbcrt} \le \sigma_s \sum_b \lambda_{sbt}, \qquad
        \sum_b w_{cb} (x - x^{spot})_{sbcrt} \le \varphi_c(N) E^{firm}, \qquad
        \sum_b w_{cb} x^{spot}_{sbcrt} \le \varphi_c(N) E^{spot}

    sigma_s   share allowed on spot                                           [1]    spot.max_share
    E^firm, E^spot  replicas of the group, firm and spot at availability      [replicas]

    The same holds for the cache. What a group answers on spot for a service counts there. Absent where the share is 1.
    """
    for number, service in enumerate(sets.services):
        groups = [g for g in sets.groups_of[number] if g.index in var.rate_spot]
        for group in groups:
            yield from _split(sets, var, data, group)
        # A group of services takes no share of its own: each of them counts what it answers for it.
        shared = [pair for b in range(len(data.demand[number])) for pair in rows_of(sets, number, b) if pair[0].index in var.rate_spot]
        if serves_others(sets, number) or service.spot.max_share >= 1.0 or not (groups or shared):
            continue
        total = Rows(
            sets.period_count,
            upper=service.spot.max_share * data.demand[number].sum(axis=0),
            where=service.name,
            labels=lambda n=service.name: [f"spot share {n} {t}" for t in sets.period_names()],
        )
        for group in groups:
            total.add(var.rate_spot[group.index], var.rate_unit[group.index])
        for group, row in shared:
            total.add(var.rate_spot[group.index][row], var.rate_unit[group.index][row])
        yield total


def _split(sets, var, data, group) -> Iterator[Rows]:
    name = group_name(sets, group)
    levels = var.levels.get(group.index)
    spot, both = var.rate_spot[group.index], var.rate[group.index]
    yield Rows(spot.size, upper=0.0, where=name).add(spot.ravel(), 1.0).add(both.ravel(), -1.0)
    owner = sets.services[group.service].name
    firm_work = Rows(sets.period_count, upper=0.0, where=name, service=owner)
    spot_work = Rows(sets.period_count, upper=0.0, where=name, service=owner)
    per_request = data.busy_per_request(group)
    add_work(firm_work, sets, var, group, per_request)
    add_work(firm_work, sets, var, group, per_request, columns=spot, sign=-1.0)
    add_work(spot_work, sets, var, group, per_request, columns=spot)
    add_capacity(firm_work, sets, var, group, levels, group.slots, sign=-1.0, purchase=True)
    add_capacity(spot_work, sets, var, group, levels, group.slots, sign=-1.0, purchase=False)
    yield firm_work
    yield spot_work
    on_spot = [q for q in group.slots if not sets.slots[q].firm]
    firm = [q for q in group.slots if sets.slots[q].firm]
    yield from nothing_without_replicas(sets, var, group, on_spot, name, (spot, 1.0))
    yield from nothing_without_replicas(sets, var, group, firm, name, (both, 1.0), (spot, -1.0))
    if group.candidate.kv_capacity_tokens:
        share = data.cache_per_request(group) / group.candidate.kv_capacity_tokens
        firm_cache = Rows(sets.period_count, upper=0.0, where=name, service=owner)
        spot_cache = Rows(sets.period_count, upper=0.0, where=name, service=owner)
        add_work(firm_cache, sets, var, group, share)
        add_work(firm_cache, sets, var, group, share, columns=spot, sign=-1.0)
        add_work(spot_cache, sets, var, group, share, columns=spot)
        for q in group.slots:
            part = firm_cache if sets.slots[q].firm else spot_cache
            part.add(var.replicas[q], -sets.slots[q].effective)
        yield firm_cache
        yield spot_cache
