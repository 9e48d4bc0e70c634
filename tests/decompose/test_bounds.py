"""Bounds by prices hold, and plans by prices are plans, on small random problems with everything coupled."""

from __future__ import annotations

import numpy as np
import pytest

from planner.backends.second_opinion import Opinion
from planner.candidates.enumerate import choices
from planner.economics.build_pools import build_pools
from planner.economics.commitments import commitment_options, held_options
from planner.economics.timeline import timeline
from planner.formulation import monolith
from planner.formulation.build import Built, build
from planner.formulation.conflict_of_rules import without_candidates
from planner.formulation.data import make_data
from planner.formulation.decompose.cover import Items, cheapest_covers
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.prices import safe_value
from planner.formulation.decompose.pricing import begin, try_prices
from planner.formulation.decompose.run import solve_by_prices
from planner.formulation.decompose.split import split
from planner.formulation.decompose.strengthen import strengthened
from planner.formulation.monolith import solve_whole
from planner.formulation.sets import make_sets
from planner.milp.builder import ModelBuilder
from planner.milp.status import Ended, Solution, Status
from planner.problem.demand import demand
from planner.solve import Options, Run
from tests.oracle.generator import random_problem
from tests.oracle.tiny import tiny_problem
from tests.oracle.load import catalog, problem

RANDOM = (0, 1, 2, 7, 8, 9, 10, 12, 13)
TINY = range(12)


def built_of(document) -> Built | None:
    stated = problem(document)
    times = timeline(stated)
    pools, _ = build_pools(stated, catalog(), times)
    chosen = choices(stated, catalog(), pools, times)
    rates = demand(stated, times)
    if without_candidates(stated, chosen, rates) is not None:
        return None
    bought, _ = commitment_options(stated, pools)
    sets = make_sets(stated, times, pools, chosen, bought, held_options(stated, pools, times))
    return build(sets, make_data(sets, tuple(rates[s.name] for s in stated.services)))


def a_run(gap: float = 1e-3) -> Run:
    return Run(Options(gap=gap, time_limit_s=15), None, None)


@pytest.mark.parametrize(("make", "seed"), [(random_problem, s) for s in RANDOM] + [(tiny_problem, s) for s in TINY])
def test_the_optimum_lies_between_bound_and_plan(make, seed):
    built = built_of(make(seed))
    if built is None:
        pytest.skip("no candidates")
    whole = solve_whole(built, a_run(gap=0))
    found = solve_by_prices(built, a_run())
    if whole.values is None:
        assert found.values is None
        return
    slack = 1e-6 * max(1.0, abs(whole.objective))
    assert found.bound is None or found.bound <= whole.objective + slack
    if found.values is not None:
        assert found.objective >= whole.objective - slack
        assert built.model.violation(found.values).size <= 1e-6


@pytest.mark.parametrize("seed", (0, 2, 7, 12))
def test_any_prices_give_a_bound(seed):
    """Prices far from sensible ones: huge, tiny and none, nine orders of magnitude apart."""
    built = built_of(random_problem(seed))
    optimum = solve_whole(built, a_run(gap=0)).objective
    tight, opened = strengthened(built)
    oracle = Oracle(tight, split(tight), opened)
    state = begin(oracle, 4)
    draw = np.random.default_rng(seed)
    for _ in range(4):
        wild = state.flat * 10.0 ** draw.integers(-6, 4, state.flat.size) * draw.integers(0, 2, state.flat.size)
        state.prices = None
        try_prices(state, state.shared.allowed(wild), 160)
        assert state.bound <= optimum + 1e-6 * abs(optimum)


def test_strengthening_keeps_the_optimum():
    for seed in (0, 2, 7):
        built = built_of(random_problem(seed))
        tight, _ = strengthened(built)
        whole = solve_whole(built, a_run(gap=0)).objective
        again = solve_whole(tight, Run(Options(gap=0, tie_break=False, time_limit_s=30), None, None))
        assert again.bound <= whole + 1e-6 * abs(whole)


def test_a_cover_takes_every_dimension_along():
    # 3 of the first cover all at cost 3; the second dimension needs one of the second, which covers nothing: 3 + 5.
    items = Items(
        share=np.array([[0.34], [1e-12]]),
        cost=np.array([[1.0], [5.0]]),
        extra=None,
        code=np.array([[0], [1]]),
        sides=(1,),
    )
    bounds, picks = cheapest_covers(items, 100)
    # The second takes one cell of a hundred, so a bound may credit it that; three of the first are needed all the same.
    assert bounds[0] == pytest.approx(8.0)
    assert sorted(picks[0]) == [0, 0, 0, 1]


def test_what_nearly_covers_does_not_cover():
    # 0.9999 of the demand needs a second item, however coarse the grid.
    items = Items(np.array([[0.9999]]), np.array([[7.0]]), None, np.array([[0]]), ())
    bounds, _ = cheapest_covers(items, 10)
    assert bounds[0] == pytest.approx(14.0)


def test_nothing_on_offer_covers_nothing():
    bounds, picks = cheapest_covers(Items(np.ones((1, 1)), np.full((1, 1), np.inf), None, np.zeros((1, 1), dtype=int), ()), 10)
    assert np.isinf(bounds[0])
    assert picks == [[]]


def test_a_linear_bound_is_recomputed_from_wrong_duals_and_stays_below():
    # min x + 1e9 y, x + 1e-6 y >= 1, 0 <= x <= 10, 0 <= y <= 1e6: optimum 1 at x = 1.
    builder = ModelBuilder()
    x = builder.columns("x", 1, upper=10.0, cost=1.0)
    y = builder.columns("y", 1, upper=1e6, cost=1e9)
    builder.row("need", {int(x[0]): 1.0, int(y[0]): 1e-6}, lower=1.0)
    program = builder.build()
    for dual in (-3.0, 0.0, 0.5, 1.0, 2.0, 1e9):
        assert safe_value(program, program.cost, np.array([dual])) <= 1.0 + 1e-9
    assert safe_value(program, program.cost, np.array([1.0])) == pytest.approx(1.0, abs=1e-3)


def test_a_plan_that_refutes_an_infeasible_is_kept_where_the_next_search_is_ended(monkeypatch):

    built = built_of(tiny_problem(0))
    plan = solve_whole(built, a_run(gap=0)).values
    nothing = Solution(Status.INFEASIBLE, None, None, None, None, 0.0, None, Ended.FINISHED, "highs", "1")
    monkeypatch.setattr(monolith, "confirm_infeasible", lambda *a, **k: Opinion("refuted", "scip", "1", plan))
    monkeypatch.setattr(monolith, "solve", lambda *a, **k: nothing)
    found = monolith._infeasible(built.model, a_run(), nothing)
    assert not found.infeasible and found.objective == pytest.approx(built.model.objective(plan)) and found.bound is None
