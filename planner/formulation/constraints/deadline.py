"""Work that may wait is served within its window: what waits is balanced over the cycle and never older than allowed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.caches import options_of
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.formulation.waiting import row_scale


@constraint(unit="requests/s", limit=True)
def deadline(sets, var, data) -> Iterator[Rows]:
    r"""What comes in a period is served in it or within the window after it; what waits is carried to the next period.

    .. math::
        q_{sbt} = q_{sb,t-1} + \lambda_{sbt} - u_{sbt} - v_{sbt} - \sum_{c,r} x_{sbcrt} - \sum_o x_{sbot}, \qquad
        q_{sbt} + \sum_{i=0}^{D-2} (u + v)_{sb,t-i} \le \sum_{i=0}^{D-2} \lambda_{sb,t-i}, \qquad
        u_{sbt} + v_{sbt} \le \lambda_{sbt}

    q_sbt    work of class b that waits at the end of period t, in requests/s of a period  [requests/s]
    v_sbt    sent to a provider's batch service, which has its own window: as it comes     [requests/s]
             what a response cache answers goes as it comes too
    u_sbt    left unserved                                                                 [requests/s]
    D        floor(window / length of a period), at most one cycle                         [periods]     services.window_hours
    t-1      the period before, cyclic within a day, a kind of day or a week

    Work is served in the order in which it comes: what waits at the end of t came in t or the D-2 periods before it. It takes the place
    of ``demand_served`` for services whose work may wait; absent with one period or a window of one.
    """
    for number, columns in sorted(var.waiting.items()):
        yield from _balance(sets, var, data, number, columns)


def _balance(sets, var, data, number: int, columns) -> Iterator[Rows]:
    service, names = sets.services[number], sets.choices[number].class_names
    scale, came = row_scale(data, number), data.arrivals[number]
    batch = [h for h in sets.hosted_of[number] if h.option.as_it_comes]
    for b, name in enumerate(names):
        where = f"{service.name} {name}"
        target = came[b] / scale[b]
        rows = Rows(sets.period_count, lower=target, upper=target, where=where)
        for group in sets.groups_of[number]:
            if b in group.served:
                i = group.served.index(b)
                rows.add(var.rate[group.index][i], var.rate_unit[group.index][i] / scale[b])
        for choice in sets.hosted_of[number]:
            rows.add(var.hosted[choice.index][b], var.hosted_unit[choice.index][b] / scale[b])
        if number in var.unserved:
            rows.add(var.unserved[number][b], var.unserved_unit[number][b] / scale[b])
        for option, column in options_of(sets, var, number):
            rows.add(np.full(sets.period_count, column), option.hit * target)
        yield rows.add(columns[b], 1.0).add(columns[b][data.before], -1.0)
        leaves = [(var.hosted[h.index][b], var.hosted_unit[h.index][b]) for h in batch]
        if number in var.unserved:
            leaves.append((var.unserved[number][b], var.unserved_unit[number][b]))
        for option, column in options_of(sets, var, number):
            leaves.append((np.full(sets.period_count, column), option.hit * came[b]))
        if leaves:
            at_once = Rows(sets.period_count, upper=target, where=where)
            for taken, unit in leaves:
                at_once.add(taken, unit / scale[b])
            yield at_once
            yield _in_time(sets, data, number, b, columns[b], leaves, scale[b], where)


def _in_time(sets, data, number: int, b: int, columns, leaves, scale: float, where: str) -> Rows:
    """Beside the columns' own bounds: what leaves as it comes is not there to wait."""
    came, at = data.arrivals[number][b], np.arange(sets.period_count)
    upper = np.zeros(sets.period_count)
    rows = Rows(sets.period_count, upper=upper, where=where).add(columns, 1.0)
    origin = at.copy()
    for _ in range(data.defers[number] - 1):
        upper += came[at] / scale
        for taken, unit in leaves:
            rows.add(taken[at], unit[at] / scale)
        at = data.before[at]
        if (at == origin).all():
            break
    return rows
