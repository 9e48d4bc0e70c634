"""Clean vectors and later objectives: polishing and solving in stages."""

import numpy as np
import pytest
from programs import mixed, replicas

from planner.backends import polish, solve, solve_in_stages
from planner.milp import ModelBuilder, Status


def capacity():
    """min n + 0.1 x; x >= 2.5; x <= n; n whole in 0..9, x in 0..9: n = 3, x = 2.5."""
    builder = ModelBuilder()
    n = builder.columns("n", 1, 0, 9, True, 1.0)
    x = builder.columns("x", 1, 0, 9, False, 0.1)
    builder.row("demand", {x[0]: 1.0}, lower=2.5)
    builder.row("link", {x[0]: 1.0, n[0]: -1.0}, upper=0.0)
    return builder.build()


def test_polishing_rounds_the_whole_part_and_solves_the_rest_again():
    assert polish(capacity(), np.array([3.0000001, 2.6])).tolist() == [3.0, 2.5]


def test_polishing_is_none_when_the_rounded_part_carries_nothing():
    # n = 2 cannot carry 2.5.
    assert polish(capacity(), np.array([2.4, 2.5])) is None


def test_polishing_an_optimum_keeps_its_cost():
    answer = solve(mixed(4), gap=0.0)
    polished = polish(mixed(4), answer.values)
    assert mixed(4).objective(polished) == pytest.approx(answer.objective, rel=1e-9)
    assert mixed(4).violation(polished).size <= 1e-9


def test_a_later_objective_chooses_among_the_cheapest():
    # Two ways to serve 4 at cost 4: (4, 0) or (0, 4), or any mix; the second stage wants few of the first.
    builder = ModelBuilder()
    x = builder.columns("x", 2, 0, 9, True, 1.0)
    builder.row("demand", {x[0]: 1.0, x[1]: 1.0}, lower=4.0)
    staged = solve_in_stages(builder.build(), [np.array([1.0, 0.0])], gap=0.0)
    assert staged.values.tolist() == [0.0, 4.0]
    assert [s.objective for s in staged.solutions] == [4.0, 0.0]
    assert staged.first.bound == pytest.approx(4.0, rel=1e-9)


def test_a_later_objective_never_makes_the_first_worse():
    staged = solve_in_stages(mixed(4), [np.ones(20), np.arange(20.0)], gap=0.0)
    assert len(staged.solutions) == 3
    assert mixed(4).objective(staged.values) <= staged.first.objective * (1 + 2e-9)


def test_no_later_stage_follows_one_that_is_not_proven():
    staged = solve_in_stages(replicas(), [np.ones(2)], start=np.array([1.0, 2.0]), time_limit_s=0.0)
    assert [s.status for s in staged.solutions] == [Status.FEASIBLE]
    assert staged.values.tolist() == [1.0, 2.0]
