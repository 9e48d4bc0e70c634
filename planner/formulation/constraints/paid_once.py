"""What is paid once for its use at all: weights in a region, a load balancer, a platform's people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.economics.charges import Once, Use
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.problem.adapted import prepared_key


@constraint(unit="uses", limit=False)
def paid_once(sets, var, data) -> Iterator[Rows]:
    r"""Replicas stand only where what they need is paid for, once however many need it.

    .. math:: y_{sckpt} \le U_{ct} \, use_j \quad \text{for every charge } j \text{ that } (s, c, k) \text{ causes}

    use_j   1 if anything that causes charge j stands anywhere, in any period   [1]   costs.storage, transfer, load_balancers, platforms
    U_ct    replicas that more of is never needed                               [replicas]

    A charge is named by what it is for: weights of a variant in a region, a service's balancer in a region, a platform.
    Absent for charges of nothing.
    """
    for key, (charge, slots) in uses(sets).items():
        column = var.columns("use", 1, upper=1.0, integer=True, labels=[" ".join(("use", *key))])
        var.uses[key] = int(column[0])
        for q in slots:
            rows = Rows(sets.period_count, upper=0.0, where=" ".join(key)).add(var.replicas[q], 1.0)
            yield rows.add(np.full(sets.period_count, var.uses[key]), -data.enough[sets.slots[q].group])


def uses(sets) -> dict[tuple[str, ...], tuple[Once, list[int]]]:
    """Charges that are paid once, by key, each with the slots that cause it; sorted."""
    found: dict[tuple[str, ...], tuple[Once, list[int]]] = {}
    for slot in sets.slots if sets.charges.once else ():
        for charge in sets.charges.once_for(use_of(sets, slot.group, slot.pool)):
            if charge.usd_per_month:
                found.setdefault(charge.key, (charge, []))[1].append(slot.index)
    return dict(sorted(found.items()))


def use_of(sets, group: int, pool: int) -> Use:
    """A group's standing in a pool, as charges look at it."""
    found = sets.groups[group]
    service = sets.services[found.service]
    weights = prepared_key(service, found.configuration.variant, sets.problem)
    return Use(service.name, service.home, weights, found.candidate.weights_gb, sets.pools[pool])
