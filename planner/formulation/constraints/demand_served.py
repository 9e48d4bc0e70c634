"""All demand is served, or counted as unserved where the problem allows that."""

from collections.abc import Iterator

from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="requests/s", limit=False)
def demand_served(sets, var, data) -> Iterator[Rows]:
    r"""Every request of every class is routed to a deployment that can serve it.

    .. math:: \sum_{c,r} x_{sbcrt} + u_{sbt} = \lambda_{sbt}

    x_sbcrt    routed rate of class b of service s to configuration c in region r   [requests/s]
    u_sbt      unserved rate, only where shortage is priced or ranked               [requests/s]
    lambda_sbt mean rate of the class within the period                             [requests/s]   data.demand

    Classes without demand in a period have no row. With routing ``slices`` x is a whole number of equal slices.
    """
    for number, service in enumerate(sets.services):
        demand = data.demand[number]
        for b, name in enumerate(sets.choices[number].class_names):
            # Slices are counted, not rated: the row is in slices, so that its coefficients are whole numbers.
            unit = demand[b] / service.slice_factor if service.routing == "slices" else 1.0
            target = demand[b] / unit if service.routing != "slices" else (demand[b] > 0) * float(service.slice_factor)
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
            if number in var.unserved:
                per_unit = 1.0 if service.routing != "slices" else _inverse(unit)
                rows.add(var.unserved[number][b], per_unit)
            yield rows


def _inverse(unit):
    safe = unit.copy()
    safe[safe == 0] = 1.0
    return 1.0 / safe
