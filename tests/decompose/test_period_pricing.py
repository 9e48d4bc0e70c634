"""Prices found period by period give bounds that hold, and what they promise is what their patterns allow."""

from __future__ import annotations

import numpy as np
import pytest

from planner.formulation.decompose.few_configurations import _best
from planner.formulation.decompose.neighbours import Neighbours
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.period_pricing import PeriodPricing
from planner.formulation.decompose.pricing import FINE, begin, try_prices
from planner.formulation.decompose.split import split
from planner.formulation.decompose.strengthen import strengthened
from planner.formulation.monolith import solve_whole
from tests.decompose.test_bounds import a_run, built_of
from tests.oracle.generator import random_problem

# Of these 0, 5 and 11 cap a month's carbon and 10 a team's month: their limits join all periods.
SEEDS = (0, 1, 2, 5, 7, 9, 10, 11, 12, 13)


def begun(seed):
    """(the program, pricing at flat prices); None where the problem has no candidates or a block no pattern."""
    built = built_of(random_problem(seed))
    if built is None:
        return None
    tight, opened = strengthened(built)
    oracle = Oracle(tight, split(tight), opened)
    state = begin(oracle, 40)
    try_prices(state, state.flat, FINE)
    blocks = {p.block for p in state.patterns.values()}
    due = {n * oracle.periods + int(t) for n, b in enumerate(oracle.services) for t in np.flatnonzero(b.rate > 0)}
    return (built, state) if np.isfinite(state.bound) and due <= blocks else None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_rises_and_never_passes_the_optimum(seed):
    found = begun(seed)
    if found is None:
        pytest.skip("no candidates, or a block that only a search serves")
    built, state = found
    before = state.bound
    PeriodPricing(state).find(a_run(), rounds=12, target=1e-6)
    assert state.bound >= before
    whole = solve_whole(built, a_run(gap=0))
    if whole.objective is None:
        pytest.skip("no plan")
    assert state.bound <= whole.objective + 1e-6 * abs(whole.objective)
    # What is stated is what the prices prove when they are asked again.
    again = state.bound
    state.bound = -np.inf
    try_prices(state, state.prices.copy(), FINE)
    assert state.bound >= again - 1e-6 * abs(again)


def test_some_bounds_rise_by_more_than_a_tenth():
    # Flat prices are poor where limits bind: were no prices found, nothing would rise.
    rises = []
    for seed in SEEDS:
        found = begun(seed)
        if found is not None:
            before = found[1].bound
            PeriodPricing(found[1]).find(a_run(), rounds=8, target=1e-6)
            rises.append((found[1].bound - before) / max(abs(before), 1e-9))
    assert max(rises) > 0.1


def test_periods_add_up_to_the_bound_that_their_prices_prove():
    for seed in SEEDS:
        found = begun(seed)
        if found is None:
            continue
        state = found[1]
        pricing = PeriodPricing(state)
        outer, bound = pricing._outer(), state.bound
        scores = pricing.masters.scores(state.prices, outer, state.blocks)
        model, split_ = state.oracle.split.model, state.oracle.split
        by_row = np.zeros(model.row_count)
        by_row[split_.coupling], by_row[split_.shared_rows] = state.prices, state.shared.duals
        beyond = (pricing.masters.of_row < 0) & (by_row != 0)
        side = np.where(by_row > 0, model.row_lower, model.row_upper)
        worth = float(np.sum(by_row[beyond] * side[beyond]))
        assert scores.sum() + worth + model.cost_offset == pytest.approx(bound, rel=1e-6, abs=1e-6)


def test_patterns_of_neighbours_serve_their_period():
    moved = 0
    for seed in SEEDS:
        found = begun(seed)
        if found is None or found[1].oracle.periods < 2:
            continue
        oracle = found[1].oracle
        model = oracle.split.model
        for pattern in Neighbours(oracle).of(list(found[1].patterns.values())[:40]):
            moved += 1
            number, t = divmod(pattern.block, oracle.periods)
            full = np.zeros(model.column_count)
            full[pattern.columns] = pattern.values
            # Replicas and shares of requests: what each class is served adds up to its demand.
            var, data = oracle.built.var, oracle.built.data
            served = np.zeros(data.demand[number].shape[0])
            for group in oracle.built.sets.groups_of[number]:
                for i, b in enumerate(group.served):
                    served[b] += full[var.rate[group.index][i, t]] * var.rate_unit[group.index][i, t]
            assert served == pytest.approx(data.demand[number][:, t], rel=1e-6, abs=1e-9)
    assert moved >= 5


def test_of_few_configurations_those_are_kept_that_cost_least_over_all_periods():
    # Two periods, three configurations, one allowed: the first is cheapest in one period (1 + 9), the second in sum (3 + 4).
    uses = np.eye(3, dtype=bool)
    periods = [(uses, np.array([1.0, 3.0, 8.0])), (uses, np.array([9.0, 4.0, 8.0]))]
    assert _best(periods, 3, 1) == (1,)
    # With two allowed each period takes its own best of them: 1 + 4.
    assert _best(periods, 3, 2) == (0, 1)
    # A set that leaves a period without any pattern is none; where all do, nothing is left out.
    alone = [(uses[:1], np.array([1.0])), (uses[1:2], np.array([1.0]))]
    assert _best(alone, 3, 1) is None
    assert _best(alone, 3, 2) == (0, 1)
