"""A service's replicas stand on a stated number of distinct instances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.registry import constraint
from planner.formulation.rows import INFINITY, Rows
from planner.formulation.shared import may_go_elsewhere


@constraint(unit="instances", limit=True)
def min_instances(sets, var, data) -> Iterator[Rows]:
    r"""In every period with demand, replicas stand on at least m distinct instances.

    .. math::
        \sum_{k,p,a} d_{skpat} \ge m_s, \quad
        d_{skpat} \le \sum_{c: a_c = a} y_{sckpt}, \quad
        \sum_a d_{skpat} \le running_{kpt}

        \sum_{s', c: a_c \ge q} a_c \, y_{s'ckpt} \le A_k \, running_{kpt} - q \sum_{a < q} d_{skpat}
        \quad \text{for every replica size } q > a \text{ in the pool}

    d_skpat  instances of pool k, purchase p, on which a replica of a accelerators is counted   [instances]
    m_s      distinct instances asked for                       [instances]   availability.min_instances

    A service that may also be answered by hosted options or by a group needs them only in periods in which any replica of its own
    stands: what others run is theirs to keep up; so does one whose work may wait, and a group, which takes the largest m of those it serves.
    The last family is what makes a placement of one service exist: each instance counted for a small replica has one
    block of q accelerators broken, which replicas of q or more cannot use. Several services that count on the same
    blocks are held to them by rows written when a plan breaks them (``formulation/placements.py``). The certificate
    shows the placement.
    """
    for number, service in enumerate(sets.services):
        rule = service.availability
        if rule is None or rule.min_instances == 0:
            continue
        yield from _spread(sets, var, data, number, rule.min_instances)


def _spread(sets, var, data, number: int, least: int) -> Iterator[Rows]:
    name = sets.services[number].name
    active = data.active[number]
    total = Rows(
        sets.period_count,
        lower=np.where(active, float(least), 0.0),
        where=name,
        labels=lambda: [f"distinct instances {name} {t}" for t in sets.period_names()],
    )
    for side, slots in sets.slots_in.items():
        own = [slot for slot in slots if slot.service == number]
        if not own:
            continue
        counted: dict[int, np.ndarray] = {}
        for size in sorted({slot.accelerators for slot in own}):
            counted[size] = var.columns(
                "distinct",
                sets.period_count,
                service=number,
                upper=np.where(active, float(least), 0.0),
                integer=True,
            )
            var.distinct[number, side, size] = counted[size]
            total.add(counted[size], 1.0)
            rows = Rows(sets.period_count, upper=0.0, where=name).add(counted[size], 1.0)
            for slot in own:
                if slot.accelerators == size:
                    rows.add(var.replicas[slot.index], -1.0)
            yield rows
        on_running = Rows(sets.period_count, upper=0.0, where=name).add(var.running[side], -1.0)
        for columns in counted.values():
            on_running.add(columns, 1.0)
        yield on_running
        yield from _blocks(sets, var, side, slots, counted, name)
    if may_go_elsewhere(sets, number) or number in var.waiting:
        yield from _unless_hosted(sets, var, data, number, least, total)
    yield total


def _unless_hosted(sets, var, data, number: int, least: int, total: Rows) -> Iterator[Rows]:
    """A binary a period that lets the floor go where no replica of the service stands."""
    name = sets.services[number].name
    none = var.columns("no_replicas", sets.period_count, service=number, upper=1.0, integer=True)
    total.add(none, np.where(data.active[number], float(least), 0.0))
    for group in sets.groups_of[number]:
        most = data.enough[group.index]
        for q in group.slots:
            yield Rows(sets.period_count, upper=most, where=name).add(var.replicas[q], 1.0).add(none, most)


def _blocks(sets, var, side, slots, counted: dict[int, np.ndarray], name: str) -> Iterator[Rows]:
    capacity = float(sets.pools[side[0]].accelerators)
    for block in sorted({slot.accelerators for slot in slots}):
        smaller = [columns for size, columns in counted.items() if size < block]
        if not smaller:
            continue
        rows = Rows(sets.period_count, lower=-INFINITY, upper=0.0, where=name).add(var.running[side], -capacity)
        for slot in slots:
            if slot.accelerators >= block:
                rows.add(var.replicas[slot.index], float(slot.accelerators))
        for columns in smaller:
            rows.add(columns, float(block))
        yield rows
