"""Plans chosen period by period are plans of the whole program, and limits over several periods are seen."""

from __future__ import annotations

import pytest

from planner.backends.crew import Crew
from planner.formulation.decompose import day_plan
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.period_plans import better_by_periods, limits_link_periods, plan_by_periods
from planner.formulation.decompose.pricing import FINE, begin, try_prices
from planner.formulation.decompose.run import Best
from planner.formulation.decompose.split import split
from planner.formulation.decompose.strengthen import strengthened
from planner.formulation.monolith import solve_whole
from tests.decompose.test_bounds import a_run, built_of
from tests.oracle.generator import random_problem

SEEDS = range(14)


def chosen(seed):
    """(the program, the plan that its periods choose from the patterns of flat prices); None where it has no candidates."""
    built = built_of(random_problem(seed))
    if built is None or built.sets.period_count < 2:
        return None
    tight, opened = strengthened(built)
    oracle = Oracle(tight, split(tight), opened)
    state = begin(oracle, 40)
    try_prices(state, state.flat, FINE)
    best = Best()
    with Crew(1) as crew:
        plan_by_periods(built, state, list(state.patterns.values()), best, a_run(), crew)
    return built, state, best


def test_what_periods_choose_keeps_every_row_and_costs_no_less_than_the_optimum():
    plans = 0
    for found in filter(None, map(chosen, SEEDS)):
        built, state, best = found
        if best.values is None:
            continue
        plans += 1
        assert built.model.violation(best.values).size <= 1e-6
        optimum = solve_whole(built, a_run(gap=0))
        assert best.objective >= optimum.bound - 1e-6 * abs(optimum.bound)
        assert state.incumbent == best.objective
    # Where limits link periods there may be none, but the way is worth nothing if that were the rule.
    assert plans >= 2


def test_a_plan_made_better_keeps_every_row_and_costs_no_more():
    tried = 0
    for found in filter(None, map(chosen, SEEDS)):
        built, state, best = found
        whole = solve_whole(built, a_run(gap=0.2))
        if whole.values is None:
            continue
        tried += 1
        best.values, best.objective = whole.values, whole.objective
        with Crew(1) as crew:
            better_by_periods(built, state, list(state.patterns.values()), best, a_run(), crew)
        assert built.model.violation(best.values).size <= 1e-6
        assert best.objective <= whole.objective
        assert best.objective >= whole.bound - 1e-6 * abs(whole.bound)
    assert tried >= 2


def test_patterns_that_admit_no_plan_give_none():
    built, state, _ = next(filter(None, map(chosen, SEEDS)))
    best = Best()
    one = next(iter(state.patterns.values()))
    with Crew(1) as crew:
        plan_by_periods(built, state, [p for p in state.patterns.values() if p.block == one.block], best, a_run(), crew)
    assert best.values is None or built.model.violation(best.values).size <= 1e-6


# Caps on a month's carbon (0, 5, 11) or on a team's month (10); quotas hold in every period by themselves (8, 12: no such cap).
@pytest.mark.parametrize(("seed", "linked"), [(0, True), (5, True), (11, True), (10, True), (8, False), (12, False)])
def test_a_cap_on_the_sum_over_periods_links_them(seed, linked):
    assert limits_link_periods(built_of(random_problem(seed))) is linked


@pytest.mark.parametrize(("seed", "mended"), [(20, False), (62, True), (69, False)])
def test_a_choice_that_breaks_limits_is_mended_period_by_period_where_that_can_be(monkeypatch, seed, mended):
    # One greedy choice at no price for limits: what it breaks over all periods is left to single ones.
    monkeypatch.setattr(day_plan, "TRIES", 1)
    built = built_of(random_problem(seed))
    tight, opened = strengthened(built)
    oracle, best = Oracle(tight, split(tight), opened), Best()
    state = begin(oracle, 40)
    try_prices(state, state.flat, FINE)
    day_plan.first_plan(built, oracle.services, oracle.special, [], best, a_run(), improve=False)
    assert best.values is None and best.start is not None
    with Crew(1) as crew:
        better_by_periods(built, state, list(state.patterns.values()), best, a_run(), crew)
    assert (best.values is not None) == mended
    if mended:
        assert built.model.violation(best.values).size <= 1e-6
