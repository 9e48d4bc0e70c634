"""Resident key-value cache fits what the replicas hold safely."""

from collections.abc import Iterator

import numpy as np

from planner.formulation.capacity import add_work
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.formulation.variables import group_name


@constraint(unit="replicas", limit=False)
def kv_capacity(sets, var, data) -> Iterator[Rows]:
    r"""By Little's law the cache held at once is rate × residence × cache per request.

    .. math:: \sum_b x_{sbcrt} \, \tau_{cb} \, \kappa_{cb} / K_c \le E_{scrt}

    tau_cb    time a request holds its cache: TTFT + output × TPOT at the operating point   [s]
    kappa_cb  cache a request holds at its longest                                         [tokens]
    K_c       safe cache of one replica, 0.9 of what memory leaves                          [tokens]
    E         replicas, spot counted at its availability                                   [replicas]

    Absent where a configuration's cache is unknown (a profile that states throughput only), and where the
    capacity row already implies it: no class takes more of the cache than it takes of the time.
    """
    for group in sets.groups:
        if not needs_cache_row(group, data):
            continue
        name = group_name(sets, group)
        rows = Rows(
            sets.period_count,
            upper=0.0,
            where=name,
            service=sets.services[group.service].name,
            labels=lambda n=name: [f"cache {n} {t}" for t in sets.period_names()],
        )
        add_work(rows, sets, var, group, data.cache_per_request(group) / group.candidate.kv_capacity_tokens)
        for q in group.slots:
            rows.add(var.replicas[q], -sets.slots[q].effective)
        yield rows


def needs_cache_row(group, data) -> bool:
    """Whether the cache can bind: some class uses a larger share of it than of φ_max times the replica's time."""
    capacity = group.candidate.kv_capacity_tokens
    if not capacity:
        return False
    top = max(share for _, share in group.candidate.levels)
    return bool(np.any(data.cache_per_request(group) / capacity * top > data.busy_per_request(group) * (1.0 + 1e-12)))
