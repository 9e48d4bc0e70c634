"""A first plan where the cheapest choices of single periods break limits that these do not see."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.pricing import Pricing, out_of_time
from planner.formulation.decompose.run import Best, plan_from_patterns
from planner.formulation.registry import constraints

#: By what share of the cost each limit is made dearer while there is no plan.
DEARER = (0.3, 1.0, 3.0)


def plan_within_limits(built: Built, state: Pricing, best: Best, run) -> None:
    """Patterns that keep within limits that single periods do not see, until they make a plan.

    Each service with a limit on configurations keeps to those that the patterns so far use most, and what limits
    count is made dearer step by step: the bound gains nothing by it, but a plan is found.
    """
    closed = _too_many_configurations(built, state)
    limits, side = stated_limits(built, state)
    for dear in DEARER:
        dearer = state.prices.copy()
        dearer[limits] -= dear * abs(state.bound) / side
        state.add(state.oracle.propose(state.oracle.split.priced(dearer), closed))
        run.tell("first plan", **state.figures(), note=f"limits dearer by {dear:g} of the cost")
        plan_from_patterns(built, state, best, run)
        if best.values is not None or out_of_time(run):
            return


def _too_many_configurations(built: Built, state: Pricing) -> np.ndarray:
    """Replicas of configurations that limited services would do without: all but those used most [columns bool]."""
    sets, var = built.sets, built.var
    closed = np.zeros(state.oracle.split.model.column_count, dtype=bool)
    chosen = np.zeros(closed.size)
    for pattern in state.patterns.values():
        chosen[pattern.columns] += pattern.values
    for number, service in enumerate(sets.services):
        if service.max_configurations is None:
            continue
        used = {configuration: 0.0 for configuration in sets.configurations_of(number)}
        for group in sets.groups_of[number]:
            if _serves_alone(built, group):
                used[group.configuration] += sum(float((chosen[var.replicas[q]] > 0).sum()) for q in group.slots)
        kept = sorted(used, key=lambda c: -used[c])[: service.max_configurations]
        for group in sets.groups_of[number]:
            if group.configuration not in kept:
                for q in group.slots:
                    closed[var.replicas[q]] = True
    return closed


def _serves_alone(built: Built, group) -> bool:
    """Whether a group serves every class that its service is asked for."""
    return set(np.flatnonzero(built.data.demand[group.service].sum(axis=1) > 0)) <= set(group.served)


def stated_limits(built: Built, state: Pricing) -> tuple[np.ndarray, np.ndarray]:
    """(which coupling rows are amounts that the user allows [coupling bool], those amounts)."""
    stated = np.zeros(state.oracle.split.model.row_count, dtype=bool)
    known = constraints()
    for part in built.ranges:
        stated[part.start : part.stop] |= known[part.constraint].limit
    coupling = state.oracle.split.coupling
    side = state.oracle.split.model.row_upper[coupling]
    limits = stated[coupling] & np.isfinite(side) & (side > 0)
    return limits, side[limits]
