"""First plans of whole days: they keep every row of the program, and are never cheaper than the optimum."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from planner.formulation.decompose.day_plan import first_plan
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.prices import flat_prices
from planner.formulation.decompose.run import Best, solve_by_prices
from planner.formulation.decompose.split import split
from planner.formulation.monolith import solve_whole
from planner.solve import Options, Run
from tests.decompose.test_bounds import built_of
from tests.oracle.generator import random_problem

#: Several services or periods with limits on what they share; a plan of one pattern per service exists for each.
SEEDS = (12, 17, 40, 42, 53, 61, 64, 83, 95, 105, 134, 152, 189)


@functools.cache
def optimum(seed: int) -> float:
    return solve_whole(built_of(random_problem(seed)), Run(Options(gap=0.0, tie_break=False), None, None)).objective


def first(seed: int, *, stop=None) -> tuple:
    built = built_of(random_problem(seed))
    oracle, run, best = Oracle(built, split(built), {}), Run(Options(gap=1e-3), None, stop), Best()
    found = oracle.answer(oracle.split.priced(flat_prices(built, oracle.split)), 160, 1).patterns
    one_each = {pattern.block: pattern for pattern in found}
    first_plan(built, oracle.services, oracle.special, list(one_each.values()), best, run)
    return built, best


@pytest.mark.parametrize("seed", SEEDS)
def test_a_first_plan_keeps_every_row_and_costs_no_less_than_the_optimum(seed):
    built, best = first(seed)
    if best.values is not None:
        assert not built.model.violation(best.values).size
        assert best.objective >= optimum(seed) * (1 - 1e-9)
        assert best.objective == pytest.approx(built.model.objective(best.values), rel=1e-12)


def test_most_coupled_problems_get_a_first_plan():
    assert sum(first(seed)[1].values is not None for seed in SEEDS) >= 0.7 * len(SEEDS)


def test_the_same_problem_gets_the_same_first_plan():
    (_, one), (_, other) = first(64), first(64)
    assert one.values is not None
    assert np.array_equal(one.values, other.values)


def test_who_stops_while_patterns_are_chosen_keeps_the_first_choice():
    """Stop is asked for from the start: the choice itself is not a search that waits for it."""
    built = built_of(random_problem(64))
    told = []
    run = Run(Options(gap=1e-3), lambda p: told.append(p.phase), lambda: "first plan" in told)
    found = solve_by_prices(built, run)
    assert found.values is None or not built.model.violation(found.values).size
    assert "first plan" in told
