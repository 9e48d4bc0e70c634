"""Solves a program of few services over many periods by prices on what periods share: whole periods are the blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.backends.central_lp import central_point
from planner.backends.crew import Crew
from planner.backends.interface import solve
from planner.errors import PlannerError
from planner.formulation.build import Built
from planner.formulation.covering import with_covering_rows
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.day_plan import first_plan
from planner.formulation.decompose.finish import finished
from planner.formulation.decompose.interrupts import heard
from planner.formulation.decompose.making import special_services
from planner.formulation.decompose.pattern import make_pattern
from planner.formulation.decompose.period_limits import plan_within_limits, stated_limits
from planner.formulation.decompose.period_oracle import PeriodOracle
from planner.formulation.decompose.period_searches import Guide, better_by_searches, joined
from planner.formulation.decompose.prices import SharedPart, row_scales
from planner.formulation.decompose.pricing import Pricing, find_prices, out_of_time, try_prices
from planner.formulation.decompose.run import Best, below, enough, found, plan_from_patterns
from planner.formulation.monolith import Found, solve_whole
from planner.formulation.tighten import tightened
from planner.milp.status import Solution

#: Gap within which each period is solved, as a share of the whole one asked for.
PERIOD_GAP = 0.3
#: While the gap is wider than this, periods are searched anew after each plan; closer, new prices gain more in the same time.
WIDE = 0.03
#: Accuracy of the relaxation whose middle gives the first prices: those of a vertex are as low as 3 % where commitments are offered.
ROUGH = 0.01
#: It takes about so many times as long as the vertex, and gets this share of the seconds left; without a limit, up to so many columns.
SLOWER, CENTRAL_SHARE, CENTRAL_COLUMNS = 2.5, 0.2, 300_000
#: Where so many rounds leave more than this share of the gap, the rest is left to one search.
PATIENCE, LITTLE = 3, 0.9
#: Width of the first box around the price of a row that the relaxation gives none, of what it might cost.
UNPRICED = 0.1
#: Width of the first box, of what each row's price may be worth.
FIRST_WIDTH = 0.3
#: Share of the whole cost that a limit's first box lets its price be worth, over the box's width.
LIMIT_SHARE = 0.1
#: Up to so many services the plan of one choice per service that comes before prices are found is bettered at once.
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
            if not out_of_time(run) and (len(built.sets.services) > FEW or not _small(built)):
                # Whole periods take long to answer: who stops the run before has a plan.
                blocks = [ServiceBlocks(built, number) for number in range(len(built.sets.services))]
                first_plan(built, blocks, special_services(built), [], best, run, improve=len(built.sets.services) <= FEW)
            if relaxed.row_duals is not None:
                state = _begin(covered, _central(covered, relaxed, best, run), crew, run)
                if state is not None and relaxed.bound is not None and state.bound < relaxed.bound and not out_of_time(run):
                    # Rough prices may prove less than the relaxation does; those of its vertex prove no less.
                    state = _begin(covered, relaxed.row_duals, crew, run) or state
            if state is not None:
                _improve(built, covered, state, best, run, crew)
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


def _small(built: Built) -> bool:
    return built.model.integer.sum() <= SMALL


def _central(covered: Built, relaxed: Solution, best: Best, run) -> np.ndarray:
    """Duals from the middle of the relaxation's optimal face; those of its vertex in small programs, or where that would take too long."""
    left = run.left()
    if _small(covered) or (left is None and covered.model.column_count > CENTRAL_COLUMNS):
        return relaxed.row_duals
    most = None if left is None else CENTRAL_SHARE * left
    try:
        if most is None or SLOWER * relaxed.seconds <= most:
            return central_point(covered.model.relaxed(), ROUGH, time_limit_s=most).duals
    except PlannerError:
        pass
    best.timed = True
    return relaxed.row_duals


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
    limits, side = stated_limits(covered, state)
    state.scale[limits] = LIMIT_SHARE * abs(state.bound) / side
    state.width = FIRST_WIDTH
    return state if np.isfinite(state.bound) else None


def _improve(built: Built, covered: Built, state: Pricing, best: Best, run, crew: Crew) -> None:
    gap = max(run.options.gap, 1e-9)
    widths = [np.inf]
    while not out_of_time(run):
        rounds = state.rounds
        plan_from_patterns(built, state, best, run)
        if best.values is None and len(widths) == 1 and not out_of_time(run):
            plan_within_limits(built, state, best, run)
        if best.objective - state.bound > WIDE * abs(state.bound):
            _searched(built, covered, state, best, run, crew)
        small = _small(built) and best.objective - state.bound <= NEAR * abs(state.bound)
        if small or enough(state, best, gap) or out_of_time(run):
            return
        find_prices(state, run, rounds=1, target=0.0)
        widths.append(best.objective - state.bound)
        # Without a plan the width stays infinite, which is slow too: one search decides whether there is any.
        slow = len(widths) > PATIENCE and not widths[-1] < LITTLE * widths[-1 - PATIENCE]
        if slow or enough(state, best, gap) or state.rounds == rounds:
            return


def _searched(built: Built, covered: Built, state: Pricing, best: Best, run, crew: Crew) -> None:
    """Makes the plan better by searches of its periods, and its periods known to pricing."""
    split = state.oracle.split
    prices = np.zeros(split.model.row_count)
    prices[split.coupling] = state.prices
    priced = split.priced(state.prices)
    guide = Guide(prices, np.zeros(state.oracle.periods))
    begun = best.values if best.values is not None else _cheapest(covered, state, guide, crew)
    begun = best.start if begun is None else begun
    if begun is None:
        return
    slack = np.array([float(priced[own] @ begun[own]) for own in split.columns]) - state.blocks.ravel()
    if not better_by_searches(built, covered, begun, replace(guide, slack=slack), best, run, crew):
        return
    state.incumbent = best.objective
    run.tell("planning", **state.figures())
    values = np.zeros(split.model.column_count)
    values[: best.values.size] = best.values
    state.add([make_pattern(split, state.oracle.coupling, t, columns, values[columns]) for t, columns in enumerate(split.columns)])


def _cheapest(covered: Built, state: Pricing, guide: Guide, crew: Crew) -> np.ndarray | None:
    """The cheapest pattern of each period at the best prices, and what periods share with them; it may break limits."""
    values = np.zeros(state.oracle.split.model.column_count)
    for listed in state.reduced().values():
        values[listed[0][1].columns] = listed[0][1].values
    return joined(covered, values, guide, crew)


def _finish(built: Built, covered: Built, duals: np.ndarray, state: Pricing, best: Best, run) -> None:
    """One search of what is left, where prices alone close the gap no further."""
    if best.values is None or enough(state, best, max(run.options.gap, 1e-9)) or out_of_time(run):
        return
    bound = finished(built, covered, duals, best, run, state.bound)
    if bound is not None:
        state.bound = max(state.bound, bound)
