"""Replicas of all services fit the running instances of a pool."""

from collections.abc import Iterator

from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="accelerators", limit=False)
def instance_packing(sets, var, data) -> Iterator[Rows]:
    r"""Accelerators of all replicas in a pool are at most those of its running instances, firm and spot apart.

    .. math:: \sum_{s,c} tp_c \, pp_c \, y_{sckpt} \le A_k \, running_{kpt}

    y        replicas of any service                                   [replicas]
    A_k      accelerators of one instance                              [accelerators]
    running  instances running, by purchase p = firm or spot           [instances]

    The sum is exact: replica sizes are powers of two that divide A_k, so they always pack without a rest.
    """
    for (pool, firm), slots in sets.slots_in.items():
        found = sets.pools[pool]
        name = f"{found.id} {'firm' if firm else 'spot'}"
        rows = Rows(
            sets.period_count,
            upper=0.0,
            where=name,
            labels=lambda n=name: [f"packing {n} {t}" for t in sets.period_names()],
        )
        for slot in slots:
            rows.add(var.replicas[slot.index], float(slot.accelerators))
        yield rows.add(var.running[pool, firm], -float(found.accelerators))
