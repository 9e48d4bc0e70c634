"""A variant that must be prepared is paid for once, by whoever opens it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.problem.adapted import prepared_key


@constraint(unit="variants", limit=False)
def preparation(sets, var, data) -> Iterator[Rows]:
    r"""Replicas of a variant that needs preparation stand only where it is opened.

    .. math:: y_{sckpt} \le U_{ct} \, open_{v(c)}

    open_v   1 if the variant is prepared, once for the whole fleet      [1]
    U_ct     replicas that more of is never needed                       [replicas]

    Absent for variants that cost nothing to prepare.
    """
    for group in sets.groups:
        if group.candidate.preparation_usd <= 0:
            continue
        key = prepared_key(sets.services[group.service], group.configuration.variant, sets.problem)
        if key not in var.prepared:
            var.prepared[key] = int(var.columns("prepared", 1, upper=1.0, integer=True, labels=[f"prepare {key[0]} {key[1]}"])[0])
        for q in group.slots:
            rows = Rows(sets.period_count, upper=0.0, where=f"{key[0]} {key[1]}").add(var.replicas[q], 1.0)
            yield rows.add(np.full(sets.period_count, var.prepared[key]), -data.enough[group.index])


def preparation_usd(sets, key: tuple[str, str]) -> float:
    """One-off cost of preparing a variant of a model, once for the fleet."""
    return max(
        group.candidate.preparation_usd
        for group in sets.groups
        if prepared_key(sets.services[group.service], group.configuration.variant, sets.problem) == key
    )
