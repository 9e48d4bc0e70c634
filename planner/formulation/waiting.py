"""Work that may wait: how many periods each service's may, what may be served when, and the columns of what waits."""

from __future__ import annotations

import numpy as np

from planner.formulation.sets import Sets

#: Requests/s under which rows of a class that may wait count shares of the most that may be served at once.
TINY_RATE = 1e-4


def periods_to_serve(service, times) -> int:
    """D: work that comes in a period is served in it or in one of the D − 1 after it, at most one cycle; 1: nothing waits."""
    if service.window_hours is None or not service.defer or times.periods[0].before is None:
        return 1
    length = times.periods[0].length_hours
    return max(1, min(cycle_length(times), int(service.window_hours / length + 1e-9)))


def cycle_length(times) -> int:
    """Periods of one cycle: a day, a kind of day or a week."""
    count, at = 1, times.periods[0].before
    while at != 0:
        count, at = count + 1, times.periods[at].before
    return count


def waits(service, times) -> bool:
    """Whether work of a service may be served in a later period than it comes in."""
    return periods_to_serve(service, times) > 1


def reach(demand: np.ndarray, before: np.ndarray, periods: int) -> np.ndarray:
    """The most that may be served in each period: what comes in it and in the D − 1 before it, at most one cycle [B, T]."""
    total, at = demand.copy(), np.arange(demand.shape[1])
    origin = at.copy()
    for _ in range(periods - 1):
        at = before[at]
        more = at != origin
        total = total + np.where(more, demand[:, at], 0.0)
        if not more.any():
            break
        # A cycle that has come round adds nothing more.
        at = np.where(more, at, origin)
        if (~more).any():
            before = np.where(~more, origin, before)
    return total


def waiting_columns(var) -> None:
    """What waits at the end of each period, by class, of services whose work may wait [B, T]."""
    sets, data = var.sets, var.data
    for number, service in enumerate(sets.services):
        if data.defers[number] <= 1:
            continue
        most = reach(data.arrivals[number], data.before, data.defers[number] - 1)
        names = sets.choices[number].class_names
        head = f"{service.name} waiting"
        scale = row_scale(data, number)
        var.waiting[number] = var.columns(
            "waiting",
            most.shape,
            service=number,
            upper=most / scale[:, None],
            labels=lambda head=head, names=names: [f"{head} {b} {t}" for b in names for t in sets.period_names()],
        )


def unserved_columns(var) -> None:
    """What is left unserved [B, T], of services for which the problem allows that."""
    from planner.formulation.variables import most_units, unit_of

    sets, data = var.sets, var.data
    for number, service in enumerate(sets.services):
        if service.workload.serves is not None:
            continue  # what a group does not answer is its members' to answer or to leave
        if service.unserved_usd_per_request is not None or sets.problem.limits.shortage == "by_priority":
            demand = data.arrivals[number]
            var.unserved_unit[number] = unit_of(service, demand)
            var.unserved[number] = var.columns("unserved", demand.shape, service=number, upper=most_units(service, demand))


def row_scale(data, number: int) -> np.ndarray:
    """Requests/s per unit of the rows of each class: one, or the most that may be served at once where that is tiny [B]."""
    most = data.demand[number].max(axis=1)
    return np.where((most > 0) & (most < TINY_RATE), most, 1.0)


def cycles(before: np.ndarray) -> list[np.ndarray]:
    """Periods of each cycle: those that follow one another round."""
    found, seen = [], set()
    for start in range(before.size):
        if start in seen:
            continue
        members, at = [], start
        while at not in members:
            members.append(at)
            at = int(before[at])
        seen.update(members)
        found.append(np.array(members))
    return found


def closed(rates: np.ndarray, wanted: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Factor [B, T] after which what is served over each cycle is what came in it, which a solver meets to its tolerance only."""
    factor = np.ones_like(rates)
    for members in cycles(before):
        served, came = rates[:, members].sum(axis=1), wanted[:, members].sum(axis=1)
        factor[:, members] = np.where(served > 0, came / np.where(served > 0, served, 1.0), 1.0)[:, None]
    return factor


def waiting_after(stated: np.ndarray, net: np.ndarray, before: np.ndarray) -> np.ndarray:
    """What waits at the end of each period [B, T], so that it changes by exactly ``net``; ``stated`` says how much to begin with."""
    found = np.zeros_like(stated)
    for members in cycles(before):
        order = members[::-1]  # each after the one before it
        level = np.cumsum(net[:, order], axis=1)
        begin = stated[:, order[-1]]
        found[:, order] = np.maximum(begin[:, None] + level, 0.0)
    return found


def stays(sets: Sets) -> bool:
    """Whether any service's work may wait."""
    return any(waits(service, sets.times) for service in sets.services)
