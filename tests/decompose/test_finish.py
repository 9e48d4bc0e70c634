"""Narrowing rules out nothing cheaper, and one last search improves a plan or proves it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.backends import solve
from planner.formulation.covering import with_covering_rows
from planner.formulation.decompose.finish import finished, narrowed
from planner.formulation.decompose.run import Best
from planner.milp.builder import ModelBuilder
from planner.solve import Options, Run
from tests.decompose.test_bounds import built_of
from tests.oracle.generator import random_problem

#: Boxes without a vector.
EMPTY = {1, 2, 7, 11, 19, 23}
#: Random problems whose best plans at other prices, drawn below, are not the best ones.
SEEDS = (1, 17, 27, 53, 61, 64, 134)


def box(seed: int):
    """Four whole columns in 0..3, one of them in -2..1, and a continuous one, under three rows of either sense."""
    draw = np.random.default_rng(seed)
    builder = ModelBuilder()
    whole = builder.columns("n", 3, 0, 3, True, draw.integers(-6, 10, 3) + 0.25)
    below = builder.columns("m", 1, -2, 1, True, float(draw.integers(-6, 6)))
    part = builder.columns("x", 1, 0, 2, False, float(draw.integers(-3, 5)))
    every = np.concatenate([whole, below, part])
    row, column = np.divmod(np.arange(15), 5)
    middle = draw.integers(-5, 12, 3).astype(float)
    lower = np.where(draw.random(3) < 0.5, -np.inf, middle)
    upper = np.where(np.isinf(lower) | (draw.random(3) < 0.3), middle + draw.integers(0, 6, 3), np.inf)
    builder.rows("r", row, every[column], draw.integers(-4, 9, 15), lower, upper)
    return builder.build(cost_offset=float(draw.integers(-20, 20)))


def vectors(model):
    """All vectors of the program, the continuous column at a fine grid."""
    ranges = [
        range(int(a), int(b) + 1) if whole else np.linspace(a, b, 9)
        for a, b, whole in zip(model.column_lower, model.column_upper, model.integer, strict=True)
    ]
    points = (np.array(p, dtype=float) for p in itertools.product(*ranges))
    return [p for p in points if model.violation(p).size == 0.0]


def inside(model, vector) -> bool:
    return bool((vector >= model.column_lower - 1e-9).all() and (vector <= model.column_upper + 1e-9).all())


@pytest.mark.parametrize("seed", [seed for seed in range(25) if seed not in EMPTY])
def test_no_vector_at_most_as_dear_as_the_objective_is_ruled_out_under_any_duals(seed):
    model = box(seed)
    known = vectors(model)
    costs = sorted({model.objective(v) for v in known})
    relaxed = solve(model.relaxed(), backend="highs", gap=0.0)
    draw = np.random.default_rng(seed)
    every = [relaxed.row_duals, np.zeros(model.row_count), relaxed.row_duals + draw.normal(0.0, 2.0, model.row_count)]
    for duals in every:
        for objective in (costs[0], costs[len(costs) // 3], costs[-1]):
            narrow, bound = narrowed(model, duals, objective)
            narrow.validate()
            assert bound <= costs[0] + 1e-9 * max(1.0, abs(costs[0]))
            assert all(inside(narrow, v) for v in known if model.objective(v) <= objective)


def test_a_column_goes_no_further_than_its_reduced_cost_allows():
    # min 3 a + 5 b, 2 a + b >= 6, both whole in 0..9: the relaxation takes a = 3 for 9, the dual is 3/2 and b's reduced cost
    # 5 - 3/2 = 3.5. With a plan of 17 at hand b costs 3.5 each over 9: at most 2 (2.28). a's reduced cost is 0: it stays free.
    builder = ModelBuilder()
    x = builder.columns("x", 2, 0, 9, True, [3.0, 5.0])
    builder.row("need", {x[0]: 2.0, x[1]: 1.0}, lower=6.0)
    narrow, bound = narrowed(builder.build(), np.array([1.5]), 17.0)
    assert bound == pytest.approx(9.0, abs=1e-6)
    assert narrow.column_upper.tolist() == [9.0, 2.0]
    assert narrow.column_lower.tolist() == [0.0, 0.0]


def test_a_column_at_its_upper_bound_is_held_near_it():
    # max 4 a + b with a + b <= 5, a in 0..3: the relaxation takes a = 3, b = 2 for -14; the dual is -1, a's reduced cost -3.
    # A plan of -10 leaves 4: a may fall by one (1.33).
    builder = ModelBuilder()
    x = builder.columns("x", 2, 0, [3, 9], True, [-4.0, -1.0])
    builder.row("room", {x[0]: 1.0, x[1]: 1.0}, upper=5.0)
    narrow, bound = narrowed(builder.build(), np.array([-1.0]), -10.0)
    assert bound == pytest.approx(-14.0, abs=1e-6)
    assert narrow.column_lower.tolist() == [2.0, 0.0]


def test_duals_of_the_wrong_sign_rule_nothing_out():
    # The row has no upper side: a dual of -5 claims a reduced cost of 13 for a, and would fix it at 0 although 3 a is optimal.
    builder = ModelBuilder()
    x = builder.columns("x", 2, 0, 9, True, [3.0, 5.0])
    builder.row("need", {x[0]: 2.0, x[1]: 1.0}, lower=6.0)
    narrow, bound = narrowed(builder.build(), np.array([-5.0]), 9.0)
    assert bound <= 0.0
    assert inside(narrow, np.array([3.0, 0.0]))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_search_makes_a_poor_plan_the_best_one_and_proves_it(seed):
    built = built_of(random_problem(seed))
    covered = with_covering_rows(built)
    best = solve(built.model, backend="highs", gap=0.0)
    draw = np.random.default_rng(seed)
    poor = solve(built.model.with_cost(built.model.cost * draw.uniform(0.2, 5.0, built.model.column_count)), backend="highs", gap=0.0)
    plan = Best(values=poor.values, objective=built.model.objective(poor.values))
    assert plan.objective > best.objective * (1 + 1e-3)
    duals = solve(covered.model.relaxed(), backend="highs", gap=0.0).row_duals
    told = []
    run = Run(Options(gap=1e-4, time_limit_s=30.0), told.append, None)
    bound = finished(built, covered, duals, plan, run, -1.0)
    slack = 1e-6 * abs(best.objective)
    assert bound <= best.objective + slack
    assert best.objective - slack <= plan.objective <= best.objective * (1 + 1e-4) + slack
    assert plan.objective - bound <= 1.1e-4 * abs(plan.objective)
    assert built.model.violation(plan.values).size <= 1e-6


def test_a_plan_that_cannot_be_bettered_stays_and_is_proven():
    built = built_of(random_problem(12))
    covered = with_covering_rows(built)
    best = solve(built.model, backend="highs", gap=0.0)
    duals = solve(covered.model.relaxed(), backend="highs", gap=0.0).row_duals
    plan = Best(values=best.values, objective=best.objective)
    bound = finished(built, covered, duals, plan, Run(Options(gap=1e-4), None, None), -1.0)
    assert plan.values is best.values
    assert bound == pytest.approx(best.objective, rel=1e-4)
    assert bound <= best.objective * (1 + 1e-9)
