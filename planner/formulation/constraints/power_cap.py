"""An owned site draws no more power than it has."""

from __future__ import annotations

from collections.abc import Iterator

from planner.formulation.data import always_on
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="kW", limit=True)
def power_cap(sets, var, data) -> Iterator[Rows]:
    r"""Power of an owned pool stays under its cap in every period.

    .. math:: idle_k \, n_{kt} + busy_k \sum_{s,b,c} a_c \, w_{cb} \, x_{sbckt} \le \bar P_k

    idle_k  power of one instance without work, PUE applied       [kW]
    n_kt    instances that draw idle power: running ones, or all owned ones where they are never switched off
    busy_k  extra power of one busy accelerator, PUE applied      [kW]
    P_bar   cap                                                   [kW]   owned.power_cap_kw

    Absent without a cap.
    """
    for pool, found in enumerate(sets.pools):
        if found.power_cap_kw is None:
            continue
        idle, busy = found.idle_kw(), found.busy_kw_per_accelerator()
        if idle is None or busy is None:
            # The rule power_known keeps every configuration out of it, and solve refuses the cap itself.
            continue
        fixed = idle * found.owned if always_on(found) else 0.0
        rows = Rows(sets.period_count, upper=found.power_cap_kw - fixed, stated=found.power_cap_kw, where=found.id)
        if not always_on(found) and (pool, True) in var.running:
            rows.add(var.running[pool, True], idle)
        for group in sets.groups:
            if sets.slots[group.slots[0]].pool == pool:
                per_rate = busy * group.configuration.accelerators * data.busy_per_request(group)[:, None]
                rows.add(var.rate[group.index], per_rate * var.work_unit[group.index])
        yield rows
