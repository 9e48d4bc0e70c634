"""A team runs no more distinct configurations than it can look after."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="configurations", limit=True)
def max_configurations(sets, var, data) -> Iterator[Rows]:
    r"""Distinct configurations of a service, and of all services, stay under their limits.

    .. math::
        y_{sckpt} \le U_{ct} \, o_{s\gamma} \;(c \in \gamma), \qquad
        \sum_\gamma o_{s\gamma} \le \bar K_s, \qquad \sum_{model,\gamma} o_{model,\gamma} \le \bar K

    o        1 if the configuration (variant, accelerator, tp, pp, engine settings) is used at all
    U        replicas of it that more of is never needed                   data.enough
    K_bar    limits of the service and of the whole fleet; two services that run one model in the same
             configuration count once for the fleet

    Absent without such a limit.
    """
    fleet = sets.problem.limits.max_configurations
    shared: dict[tuple[str, object], int] = {}
    for number, service in enumerate(sets.services):
        if service.max_configurations is None and fleet is None:
            continue
        own = {configuration: _used(var, number, configuration) for configuration in sets.configurations_of(number)}
        yield from link_used(sets, var, data, number, own)
        if service.max_configurations is not None and own:
            columns = np.array(list(own.values()))
            rows = Rows(1, upper=float(service.max_configurations), where=service.name)
            yield rows.add(columns, 1.0, rows=np.zeros(len(columns), dtype=int))
        for configuration, column in own.items() if fleet is not None else ():
            key = (service.model, configuration)
            if key not in shared:
                shared[key] = int(var.columns("used_by_model", 1, upper=1.0, integer=True)[0])
            one = np.array([column])
            yield Rows(1, upper=0.0, where=service.name).add(one, 1.0).add(np.array([shared[key]]), -1.0)
    if shared:
        columns = np.array(list(shared.values()))
        rows = Rows(1, upper=float(fleet), where="all services")
        yield rows.add(columns, 1.0, rows=np.zeros(len(columns), dtype=int))


def _used(var, number: int, configuration) -> int:
    key = (number, configuration)
    if key not in var.used:
        var.used[key] = int(var.columns("used", 1, upper=1.0, integer=True)[0])
    return var.used[key]


def link_used(sets, var, data, number: int, columns: dict) -> Iterator[Rows]:
    """Replicas stand only where their configuration is marked as used."""
    for group in sets.groups_of[number]:
        column = columns[group.configuration]
        most = data.enough[group.index]
        where = f"{sets.services[number].name} {group.configuration}"
        for q in group.slots:
            rows = Rows(sets.period_count, upper=0.0, where=where).add(var.replicas[q], 1.0)
            yield rows.add(np.full(sets.period_count, column), -most)
