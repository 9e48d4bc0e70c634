"""Which configurations a service keeps to where it may have few over all periods, judged by its known patterns."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.pattern import Pattern

#: Sets of configurations tried for one service at most; beyond, they are taken one by one.
MOST_SETS = 5_000


def left_out(built: Built, listed: dict[int, list[tuple[float, Pattern]]]) -> np.ndarray:
    """Columns of configurations that limited services do without [columns bool]; ``listed`` patterns by block, with costs.

    Of the sets that a service may have, the one under which its cheapest patterns cost least over all periods; nothing
    is left out where no set serves every period.
    """
    sets, var = built.sets, built.var
    closed = np.zeros(max(built.model.column_count, 1 + max(var.used.values(), default=0)), dtype=bool)
    group_of = np.full(1 + max((int(c.max()) for c in var.replicas), default=0), -1)
    for q, columns in enumerate(var.replicas):
        group_of[columns] = sets.slots[q].group
    for number, service in enumerate(sets.services):
        if service.max_configurations is None:
            continue
        names = [c for c in sets.configurations_of(number) if (number, c) in var.used]
        place = {c: i for i, c in enumerate(names)}
        periods = []
        for t in np.flatnonzero(built.data.active[number]).tolist():
            own = listed.get(number * sets.period_count + t, [])
            cost = np.array([c for c, _ in own])
            periods.append((np.array([_uses(built, p, group_of, place) for _, p in own]).reshape(len(own), len(names)), cost))
        kept = _best(periods, len(names), service.max_configurations)
        if kept is not None:
            for i, name in enumerate(names):
                closed[var.used[number, name]] = i not in kept
    return closed


def _uses(built: Built, pattern: Pattern, group_of: np.ndarray, place: dict) -> np.ndarray:
    uses = np.zeros(len(place), dtype=bool)
    for column in pattern.columns[pattern.columns < group_of.size].tolist():
        if group_of[column] >= 0:
            uses[place[built.sets.groups[group_of[column]].configuration]] = True
    return uses


def _best(periods, count: int, most: int) -> tuple[int, ...] | None:
    """The set of at most ``most`` configurations with the least sum of its periods' cheapest patterns; None: none serves all."""
    most = min(most, count)
    if comb(count, most) <= MOST_SETS:
        tried = [(_cost(periods, kept, count), kept) for kept in combinations(range(count), most)]
        cost, kept = min(tried, default=(np.inf, ()))
        return kept if np.isfinite(cost) else None
    kept: tuple[int, ...] = ()
    for _ in range(most):
        # A period that is not served yet counts as its dearest pattern: the set grows towards serving all.
        tried = [(_cost(periods, (*kept, i), count, finite=True), (*kept, i)) for i in range(count) if i not in kept]
        kept = min(tried)[1]
    return kept if np.isfinite(_cost(periods, kept, count)) else None


def _cost(periods, kept: tuple[int, ...], count: int, *, finite: bool = False) -> float:
    outside = np.ones(count, dtype=bool)
    outside[list(kept)] = False
    total = 0.0
    for uses, cost in periods:
        fits = ~(uses[:, outside].any(axis=1))
        if fits.any():
            total += float(cost[fits].min())
        elif finite and cost.size:
            total += 10.0 * float(cost.max())
        else:
            return np.inf
    return total
