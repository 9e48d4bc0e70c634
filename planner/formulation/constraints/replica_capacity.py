"""Work sent to the replicas of a configuration stays under their safe share of saturation."""

from collections.abc import Iterator

from planner.formulation.capacity import add_capacity, add_work, level_rows, nothing_without_replicas
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.formulation.variables import group_name

# Indivisible slices may overfill a replica by rounding of their load: what Mélange allows, in replicas.
SLICE_TOLERANCE = 0.999e-6


@constraint(unit="replicas", limit=False)
def replica_capacity(sets, var, data) -> Iterator[Rows]:
    r"""Busy replica-seconds per second stay under the share that N pooled replicas carry within the tail limits.

    .. math:: \sum_b w_{cb} \, x_{sbcrt} \le \varphi_c(N_{scrt}) \, E_{scrt}

    w_cb    replica-seconds per request at saturation                                  [s]
    phi_c   share of saturation that N replicas carry; the next lower tabulated level  [1]
    N       replicas of the configuration in the region, firm and spot together        [replicas]
    E       the same with spot replicas counted at their availability                  [replicas]

    With routing ``slices`` the work may exceed the right-hand side by a millionth of a replica. phi depends on N through one binary per level (none where one level covers every count needed).
    """
    for group in sets.groups:
        name = group_name(sets, group)
        levels = var.levels.get(group.index)
        if levels is not None:
            yield from level_rows(sets, var, group, levels, group.slots, name)
        rows = Rows(
            sets.period_count,
            upper=SLICE_TOLERANCE if sets.services[group.service].routing == "slices" else 0.0,
            where=name,
            service=sets.services[group.service].name,
            labels=lambda n=name: [f"capacity {n} {t}" for t in sets.period_names()],
        )
        add_work(rows, sets, var, group, data.busy_per_request(group))
        add_capacity(rows, sets, var, group, levels, group.slots, sign=-1.0)
        yield rows
        yield from nothing_without_replicas(sets, var, group, group.slots, name, (var.rate[group.index], 1.0))
