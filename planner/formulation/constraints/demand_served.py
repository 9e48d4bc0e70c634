"""All demand is served, or counted as unserved where the problem allows that."""

from collections.abc import Iterator

import numpy as np

from planner.formulation.caches import options_of
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.formulation.shared import rows_of, serves_others
from planner.formulation.variables import most_units


@constraint(unit="requests/s", limit=False)
def demand_served(sets, var, data) -> Iterator[Rows]:
    r"""Every request of every class is routed to a deployment that can serve it.

    .. math:: \sum_{c,r} x_{sbcrt} + \sum_{g \ni s} \sum_{c,r} x_{g,(s,b),crt} + \sum_o x_{sbot} + \sum_a \eta_a \lambda_{sbt} c_{sa} + u_{sbt} = \lambda_{sbt}

    x_sbcrt    routed rate of class b of service s to configuration c in region r   [requests/s]
    x_g,(s,b)  rate of it sent to replicas that group g shares between services     [requests/s]   workload.serves
    x_sbot     rate sent to hosted option o, such as a provider API                 [requests/s]
    eta_a c_sa share answered by response cache a, where it is bought              [1]              response_cache
    u_sbt      unserved rate, only where shortage is priced or ranked               [requests/s]
    lambda_sbt mean rate of the class within the period                             [requests/s]   data.demand

    A group has no demand and no such row of its own. Absent for services whose work may wait: ``deadline`` states what is served when. Classes without demand in a period have no row; those with any have at least one replica that can serve them where nothing else may. With routing ``slices`` x is a whole number of equal slices.
    """
    for number, service in enumerate(sets.services):
        if number in var.waiting or serves_others(sets, number):
            continue
        demand = data.demand[number]
        for b, name in enumerate(sets.choices[number].class_names):
            # The row is in units of its columns (requests/s, slices, or shares of a tiny demand).
            target = most_units(service, demand[b])
            rows = Rows(
                sets.period_count,
                lower=target,
                upper=target,
                where=f"{service.name} {name}",
                labels=lambda s=service.name, n=name: [f"demand {s} {n} {t}" for t in sets.period_names()],
            )
            for group in sets.groups_of[number]:
                if b in group.served:
                    rows.add(var.rate[group.index][group.served.index(b)], 1.0)
            for group, row in rows_of(sets, number, b):
                rows.add(var.rate[group.index][row], 1.0)
            for choice in sets.hosted_of[number]:
                rows.add(var.hosted[choice.index][b], 1.0)
            for option, column in options_of(sets, var, number):
                rows.add(np.full(sets.period_count, column), option.hit * target)
            if number in var.unserved:
                rows.add(var.unserved[number][b], 1.0)
            yield rows
        if number not in var.unserved and not sets.hosted_of[number]:
            yield from _somebody_serves(sets, var, data, number, service.name)


def _somebody_serves(sets, var, data, number: int, name: str) -> Iterator[Rows]:
    """At least one replica of what can serve a class, however small its demand: a solver's tolerance is no replica."""
    seen = set()
    for b in range(len(data.demand[number])):
        able = tuple(g.index for g in sets.groups_of[number] if b in g.served) + tuple(g.index for g, _ in rows_of(sets, number, b))
        present = data.demand[number][b] > 0
        key = able, present.tobytes()
        if not able or not present.any() or key in seen:
            continue
        seen.add(key)
        rows = Rows(sets.period_count, lower=present.astype(float), where=name)
        for group in able:
            for q in sets.groups[group].slots:
                rows.add(var.replicas[q], 1.0)
        yield rows
