"""A service has at most one response cache."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="caches", limit=False)
def response_cache(sets, var, data) -> Iterator[Rows]:
    r"""Of the response caches that a service may buy it has at most one; what that answers needs nobody else.

    .. math:: \sum_a c_{sa} \le 1, \qquad \sum_{c,r} x_{sbcrt} + \dots + \sum_a \eta_a \, \lambda_{sbt} \, c_{sa} = \lambda_{sbt}

    c_sa    1 if service s buys cache a                      [1]   services.caches
    eta_a   share of requests of every class that it answers [1]

    The second row is ``demand_served``. Absent where a service has none to choose from; losses are survived without a cache.
    """
    for number, service in enumerate(sets.services):
        columns = [column for (n, _), column in var.cached.items() if n == number]
        if len(columns) > 1:
            rows = Rows(1, upper=1.0, where=service.name)
            yield rows.add(np.array(columns), 1.0, rows=np.zeros(len(columns), dtype=int))
