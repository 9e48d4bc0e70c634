"""Every solver gives the same checked answer to the same program."""

import numpy as np
import pytest
from programs import best_of_box, endless, impossible, mixed, random_box, replicas

from planner.backends import available, solve
from planner.backends.cp_sat import on_grid
from planner.errors import PlannerError, UsageError
from planner.milp import ModelBuilder, Status
from planner.milp.status import Ended

MIP = ["highs", "scip", "mathopt-highs", "cp-sat", "cbc"]
LP = ["highs", "scip", "mathopt-highs", "glop", "cbc"]


def test_all_backends_are_installed_here():
    assert available() == ["highs", "scip", "mathopt-highs", "glop", "cp-sat", "cbc"]


@pytest.mark.parametrize("backend", MIP)
def test_the_cheapest_replicas_cost_ten(backend):
    answer = solve(replicas(), backend=backend, gap=0.0)
    assert answer.status is Status.OPTIMAL
    assert answer.values.tolist() == [2.0, 0.0]
    assert answer.objective == 10.0
    assert answer.bound == pytest.approx(10.0, rel=1e-9)
    assert answer.gap <= 1e-9
    assert (answer.ended, answer.deterministic, answer.backend) == (Ended.FINISHED, True, backend)
    assert answer.version


@pytest.mark.parametrize("backend", LP)
def test_the_relaxation_costs_eight_and_three_quarters(backend):
    answer = solve(replicas().relaxed(), backend=backend, gap=0.0)
    assert answer.status is Status.OPTIMAL
    assert answer.values == pytest.approx([1.75, 0.0])
    assert answer.objective == pytest.approx(8.75, rel=1e-12)


@pytest.mark.parametrize("backend", ["highs", "mathopt-highs", "glop"])
def test_duals_are_the_price_of_one_more_unit(backend):
    answer = solve(replicas().relaxed(), backend=backend, gap=0.0)
    # One more unit of demand takes a quarter of a: 5/4. One unit of b saves 2 * 5/4 of its 3.
    assert answer.row_duals == pytest.approx([1.25])
    assert answer.reduced_costs == pytest.approx([0.0, 0.5])


@pytest.mark.parametrize("backend", MIP)
def test_infeasible_is_said_without_values(backend):
    answer = solve(impossible(), backend=backend)
    assert (answer.status, answer.values, answer.objective, answer.gap) == (Status.INFEASIBLE, None, None, None)


@pytest.mark.parametrize(
    ("backend", "relaxed"), [("highs", False), ("highs", True), ("scip", False), ("glop", True), ("cbc", False)]
)
def test_unbounded_is_told_from_infeasible(backend, relaxed):
    free = endless()
    barred = free.with_rows("barred", [0, 2], [0, 1], [1.0, 1.0], [-5.0], [-3.0])
    for model, status in ((free, Status.UNBOUNDED), (barred, Status.INFEASIBLE)):
        assert solve(model.relaxed() if relaxed else model, backend=backend).status is status


@pytest.mark.parametrize("seed", range(40))
def test_highs_finds_what_trying_every_point_finds(seed):
    _agrees_with_trying_every_point("highs", seed)


@pytest.mark.parametrize("backend", ["scip", "mathopt-highs", "cp-sat", "cbc"])
@pytest.mark.parametrize("seed", range(2))
def test_the_others_find_what_trying_every_point_finds(backend, seed):
    _agrees_with_trying_every_point(backend, seed)


def _agrees_with_trying_every_point(backend, seed):
    model = random_box(seed)
    best = best_of_box(model)
    answer = solve(model, backend=backend, gap=0.0)
    if best is None:
        assert answer.status is Status.INFEASIBLE
        return
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(best, abs=1e-9)
    assert answer.bound <= best + 1e-9


@pytest.mark.parametrize("seed", range(12))
def test_a_loose_gap_never_gives_a_bound_above_the_optimum(seed):
    exact = solve(mixed(seed), gap=0.0)
    loose = solve(mixed(seed), gap=0.05)
    assert exact.status is loose.status is Status.OPTIMAL
    assert loose.bound <= exact.objective * (1 + 1e-9)
    assert loose.objective <= exact.objective * 1.0527  # 1 / (1 - 0.05)
    assert loose.gap <= 0.05


@pytest.mark.parametrize("backend", ["scip", "cbc"])
def test_mixed_programs_cost_the_same_everywhere(backend):
    one, other = solve(mixed(2), gap=0.0), solve(mixed(2), backend=backend, gap=0.0)
    assert one.status is other.status is Status.OPTIMAL
    assert other.objective == pytest.approx(one.objective, rel=2e-9)


@pytest.mark.parametrize("backend", ["highs", "scip"])
@pytest.mark.parametrize("offset", [1e6, -9.5])
def test_the_gap_refers_to_the_cost_with_its_offset(backend, offset):
    # With -9.5 the cost is 0.5: a gap of 1 % of the cost without the offset would be 20 % of it.
    answer = solve(replicas(offset), backend=backend, gap=0.01)
    assert answer.objective == 10.0 + offset
    assert answer.status is Status.OPTIMAL
    assert answer.gap <= 0.01


@pytest.mark.parametrize("backend", ["highs", "cbc"])
def test_without_presolve_the_answer_is_the_same(backend):
    assert solve(replicas(), backend=backend, presolve=False).objective == 10.0


@pytest.mark.parametrize("seed", range(6))
def test_cp_sat_proves_programs_with_continuous_columns_to_a_gap_its_grid_allows(seed):
    grid, exact = solve(mixed(seed), backend="cp-sat", gap=1e-4), solve(mixed(seed), gap=0.0)
    assert grid.status is Status.OPTIMAL and grid.gap <= 1e-4
    assert grid.bound <= exact.objective * (1 + 1e-9) and grid.objective >= exact.objective * (1 - 1e-9)


@pytest.mark.parametrize("grid", [8.0, 1024.0])
@pytest.mark.parametrize("seed", range(6))
def test_a_solution_rounded_to_the_grid_fits_what_cp_sat_is_given_and_costs_no_more(seed, grid):
    model, found = mixed(seed), solve(mixed(seed), gap=0.0).values
    below, above = np.floor(found * grid) / grid, np.ceil(found * grid) / grid
    cheaper = np.where(model.cost > 0, below, np.where(model.cost < 0, above, np.round(found * grid) / grid))
    rounded = np.where(model.integer, found, cheaper)
    loose = on_grid(model, grid)
    assert loose.violation(rounded).size <= 1e-12 and loose.objective(rounded) <= model.objective(found) + 1e-12


def test_cp_sat_refuses_columns_without_bounds():
    with pytest.raises(PlannerError, match="CP-SAT cannot be trusted with this program: a column has no bound"):
        solve(endless(), backend="cp-sat")


def test_glop_refuses_whole_columns():
    with pytest.raises(PlannerError, match="linear programs only"):
        solve(replicas(), backend="glop")


def test_an_unknown_backend_is_a_usage_error_that_lists_the_known():
    with pytest.raises(UsageError, match="cbc"):
        solve(replicas(), backend="simplex")


@pytest.mark.parametrize(("lower", "status"), [(-1.0, Status.OPTIMAL), (1.0, Status.INFEASIBLE)])
@pytest.mark.parametrize("backend", ["auto", "cbc"])
def test_a_row_without_entries_still_counts(backend, lower, status):
    builder = ModelBuilder()
    builder.columns("x", 1, 0, 1, True, 1.0)
    builder.rows("empty", [], [], [], lower=[lower])
    assert solve(builder.build(), backend=backend).status is status


@pytest.mark.parametrize(("lower", "status"), [(-1.0, Status.OPTIMAL), (1.0, Status.INFEASIBLE)])
def test_a_program_without_columns_is_judged_by_its_rows(lower, status):
    builder = ModelBuilder()
    builder.rows("empty", [], [], [], lower=[lower])
    assert solve(builder.build(cost_offset=3.0)).status is status


def test_highs_takes_another_thread_count_in_the_same_process():
    assert [solve(mixed(0), threads=threads, gap=0.0).status for threads in (1, 2, 1)] == [Status.OPTIMAL] * 3


def test_the_same_run_gives_the_same_bytes():
    one, other = solve(mixed(7), seed=3), solve(mixed(7), seed=3)
    assert one.values.tobytes() == other.values.tobytes()
    assert one.nodes == other.nodes


def test_tiny_and_huge_units_do_not_change_the_answer():
    # The same replicas, paid in 1e-12 USD a token for 1e9-token units, with demand in grams of 1e-9.
    builder = ModelBuilder()
    tokens = builder.columns("tokens", 1, 0, np.inf, False, 1e-12)
    n = builder.columns("n", 1, 0, 50, True, 1e-3)
    builder.row("served", {tokens[0]: 1.0}, lower=3.5e9)
    builder.row("capacity", {tokens[0]: 1.0, n[0]: -1e9}, upper=0.0)
    builder.row("carbon", {tokens[0]: 1e3, n[0]: 5e11}, upper=6e12)
    answer = solve(builder.build(), gap=0.0)
    # 4 instances carry 3.5e9 tokens: 4e-3 + 3.5e-3 USD; carbon 3.5e12 + 2e12 fits.
    assert answer.status is Status.OPTIMAL
    assert answer.values.tolist() == [3.5e9, 4.0]
    assert answer.objective == pytest.approx(7.5e-3, rel=1e-9)
