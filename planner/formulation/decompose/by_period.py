"""Solves a program of few services over many periods by prices on what periods share: whole periods are the blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.backends.crew import Crew
from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.covering import with_covering_rows
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.day_plan import first_plan
from planner.formulation.decompose.finish import finished
from planner.formulation.decompose.interrupts import heard
from planner.formulation.decompose.making import special_services
from planner.formulation.decompose.period_oracle import PeriodOracle
from planner.formulation.decompose.prices import SharedPart, row_scales
from planner.formulation.decompose.pricing import Pricing, find_prices, out_of_time, try_prices
from planner.formulation.decompose.run import Best, below, enough, found, plan_from_patterns
from planner.formulation.monolith import Found, solve_whole
from planner.formulation.registry import constraints
from planner.formulation.tighten import tightened
from planner.milp.status import Solution

#: Gap within which each period is solved, as a share of the whole one asked for.
PERIOD_GAP = 0.3
#: Where so many rounds leave more than this share of the gap, the rest is left to one search.
PATIENCE, LITTLE = 3, 0.9
#: Width of the first box around the price of a row that the relaxation gives none, of what it might cost.
UNPRICED = 0.1
#: Width of the first box, of what each row's price may be worth.
FIRST_WIDTH = 0.3
#: Share of the whole cost that a limit's first box lets its price be worth, over the box's width.
LIMIT_SHARE = 0.1
#: By what share of the cost each limit is made dearer while there is no plan.
DEARER = (0.0, 0.3, 1.0, 3.0)
#: With more services than this there is a plan of one choice per service before prices are found.
FEW = 12
#: With so few whole numbers, one search follows as soon as the gap is below this.
SMALL, NEAR = 15_000, 0.03


def solve_by_period(built: Built, run) -> Found:
    """A plan with a proven gap from prices on what periods share: commitments, carbon, budgets, starts.

    Each period is one program of all services (see ``projection``), so that what services share within a period,
    whole instances above all, is exact, and only what periods share is priced. Ctrl-C, ``run.stop`` and the time
    limit end it with the best plan so far and a bound that holds.
    """
    best = Best()
    state: Pricing | None = None
    relaxed: Solution | None = None
    interrupted = False
    with Crew() as crew:
        try:
            run.tell("first prices")
            covered = tightened(with_covering_rows(built))
            relaxed = solve(covered.model.relaxed(), backend="highs", gap=0.0, time_limit_s=run.left(), stop=run.stop)
            heard(relaxed)
            if len(built.sets.services) > FEW and not out_of_time(run):
                # Whole periods take long to answer: who stops the run before has a plan.
                blocks = [ServiceBlocks(built, number) for number in range(len(built.sets.services))]
                first_plan(built, blocks, special_services(built), [], best, run, improve=False)
            if relaxed.row_duals is not None:
                state = _begin(covered, relaxed.row_duals, crew, run)
            if state is not None:
                _improve(built, state, best, run)
                _finish(built, covered, relaxed.row_duals, state, best, run)
        except KeyboardInterrupt:
            interrupted = True
    if best.values is None and not interrupted and not out_of_time(run):
        try:
            whole = solve_whole(built, run)
            return whole if state is None else below(whole, state.bound)
        except KeyboardInterrupt:
            interrupted = True
    # A limit that was not met had no say: rounds, searches and their order are the same on every machine.
    clock = interrupted or state is None or state.cut or best.timed or out_of_time(run)
    answer = replace(found(built, state, best, run, interrupted, []), deterministic=not clock)
    return answer if relaxed is None or answer.bound is not None else replace(answer, bound=relaxed.bound)


def _begin(covered: Built, duals: np.ndarray, crew: Crew, run) -> Pricing | None:
    """Pricing at the prices of the linear relaxation; None where some period has no plan, which one search explains."""
    oracle = PeriodOracle(covered, crew)
    oracle.gap = PERIOD_GAP * max(run.options.gap, 1e-6)
    oracle.stop = lambda: out_of_time(run)
    shared = SharedPart(oracle.split)
    prices = shared.allowed(duals[oracle.split.coupling])
    state = Pricing(oracle, shared, prices, scale=np.where(prices != 0, np.abs(prices), UNPRICED * row_scales(covered, oracle.split)))
    try_prices(state, prices, 0)
    # A limit's price is known by what all of it would be worth.
    limits, side = _limits(covered, state)
    state.scale[limits] = LIMIT_SHARE * abs(state.bound) / side
    state.width = FIRST_WIDTH
    return state if np.isfinite(state.bound) else None


def _improve(built: Built, state: Pricing, best: Best, run) -> None:
    gap = max(run.options.gap, 1e-9)
    widths = [np.inf]
    while not out_of_time(run):
        rounds = state.rounds
        plan_from_patterns(built, state, best, run)
        if best.values is None and len(widths) == 1 and not out_of_time(run):
            _first_plan(built, state, best, run)
        small = built.model.integer.sum() <= SMALL and best.objective - state.bound <= NEAR * abs(state.bound)
        if small or enough(state, best, gap) or out_of_time(run):
            return
        find_prices(state, run, rounds=1, target=0.0)
        widths.append(best.objective - state.bound)
        # Without a plan the width stays infinite, which is slow too: one search decides whether there is any.
        slow = len(widths) > PATIENCE and not widths[-1] < LITTLE * widths[-1 - PATIENCE]
        if slow or enough(state, best, gap) or state.rounds == rounds:
            return


def _first_plan(built: Built, state: Pricing, best: Best, run) -> None:
    """Patterns that keep within limits that single periods do not see, until they make a plan.

    Each service with a limit on configurations keeps to those that the patterns so far use most, and what limits
    count is made dearer step by step: the bound gains nothing by it, but a plan is found.
    """
    closed = _too_many_configurations(built, state)
    limits, side = _limits(built, state)
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


def _limits(built: Built, state: Pricing) -> tuple[np.ndarray, np.ndarray]:
    """(which coupling rows are amounts that the user allows [coupling bool], those amounts)."""
    stated = np.zeros(state.oracle.split.model.row_count, dtype=bool)
    known = constraints()
    for part in built.ranges:
        stated[part.start : part.stop] |= known[part.constraint].limit
    coupling = state.oracle.split.coupling
    side = state.oracle.split.model.row_upper[coupling]
    limits = stated[coupling] & np.isfinite(side) & (side > 0)
    return limits, side[limits]


def _finish(built: Built, covered: Built, duals: np.ndarray, state: Pricing, best: Best, run) -> None:
    """One search of what is left, where prices alone close the gap no further."""
    if best.values is None or enough(state, best, max(run.options.gap, 1e-9)) or out_of_time(run):
        return
    bound = finished(built, covered, duals, best, run, state.bound)
    if bound is not None:
        state.bound = max(state.bound, bound)
