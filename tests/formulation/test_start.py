"""The start of a search: a plan of the program itself, found among few groups; what it leaves out stays in the search."""

from __future__ import annotations

import pytest

from planner.backends import solve
from planner.formulation import start
from planner.formulation.covering import with_covering_rows
from planner.formulation.monolith import solve_whole
from planner.formulation.start import cost_alone, good_start
from planner.solve import Options, Run
from tests.decompose.test_bounds import built_of
from tests.formulation.tiny import MONTH, offer, problem, program, replica, service
from tests.oracle.generator import random_problem
from tests.oracle.rare import rare_problem

CASES = [(random_problem, s) for s in (0, 1, 4, 8, 12, 17, 27, 41)] + [(rare_problem, s) for s in (0, 2, 7, 12, 21)]


@pytest.fixture
def always(monkeypatch):
    """Small programs get a start too."""
    monkeypatch.setattr(start, "LEAST_WHOLE", 0)


def run() -> Run:
    return Run(Options(gap=0.0), None, None)


@pytest.mark.parametrize(("make", "seed"), CASES)
def test_the_start_is_a_plan_and_the_optimum_is_the_same_with_it(make, seed, always):
    built = built_of(make(seed))
    if built is None:
        pytest.skip("no candidates")
    covered = with_covering_rows(built).model
    best = solve(built.model, backend="highs", gap=0.0)
    found = good_start(built, covered, run())
    values = found.values
    if best.values is None:
        assert values is None
        return
    if values is not None:
        assert covered.violation(values).size <= 1e-6
        assert built.model.objective(values) >= best.objective - 1e-6 * abs(best.objective)
        within = found.within(covered, built.model.objective(values))
        assert solve(within, backend="highs", gap=0.0).objective == pytest.approx(best.objective, rel=1e-7, abs=1e-6)
    if built.sets.problem.limits.shortage == "forbidden":
        assert solve_whole(built, run()).objective == pytest.approx(best.objective, rel=1e-7, abs=1e-6)


def test_alone_a_group_takes_whole_instances_and_is_charged_for_what_it_leaves(always):
    # 10 requests/s over replicas of 4/s: 3 replicas. Instances of 4 at 3 USD/h hold 2 of 2 accelerators: 2 instances.
    built = program(problem([service()], [offer("i4", 3.0, size=4)]), {"a": [replica(tp=2)]})
    (group,) = built.sets.groups
    assert cost_alone(built.sets, built.data, group) == pytest.approx(2 * 3.0 * MONTH)


def test_a_program_of_few_whole_numbers_is_searched_without_a_start():
    built = program(problem([service()], [offer("i1", 1.0)]), {"a": [replica()]})
    assert good_start(built, built.model, run()).values is None
