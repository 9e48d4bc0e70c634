"""Plans made better by searches of single periods, and prices of commitments that earn where no pattern needs them."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from planner.backends.central_lp import central_point
from planner.backends.crew import Crew
from planner.formulation.covering import with_covering_rows
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.by_period import _begin
from planner.formulation.decompose.day_plan import first_plan
from planner.formulation.decompose.making import special_services
from planner.formulation.decompose.period_searches import Guide, better_by_searches
from planner.formulation.decompose.pricing import least_known
from planner.formulation.decompose.restricted import boxed, restricted
from planner.formulation.decompose.run import Best
from planner.formulation.monolith import solve_whole
from planner.formulation.tighten import tightened
from planner.solve import Options, Run
from tests.decompose.test_bounds import built_of
from tests.oracle.generator import random_problem

#: Problems of several periods whose first plan is one to two times their optimum, which searches of single periods reach.
REACHED = (17, 42, 83, 95)
#: Those of which they reach no more than a better plan: some periods would have to change together.
BETTERED = (5, 64, 152, 189)
#: Those whose first choice breaks a limit over several periods.
BROKEN = (25, 134)


def a_run(gap: float = 1e-4) -> Run:
    return Run(Options(gap=gap), None, None)


@functools.cache
def searched(seed: int) -> tuple[float, float, float, float]:
    """(cost of the first plan, after searches, of the optimum, by how much the searched plan breaks rows)."""
    built = built_of(random_problem(seed))
    best, run = Best(), a_run()
    blocks = [ServiceBlocks(built, n) for n in range(len(built.sets.services))]
    first_plan(built, blocks, special_services(built), [], best, run, improve=False)
    first, begun = best.objective, best.start if best.values is None else best.values
    nothing = Guide(np.zeros(0), np.zeros(built.sets.period_count))
    with Crew(1) as crew:
        gained = better_by_searches(built, tightened(with_covering_rows(built)), begun, nothing, best, run, crew)
    assert gained == (best.objective < first)
    whole = solve_whole(built, Run(Options(gap=0.0, tie_break=False), None, None))
    return first, best.objective, whole.objective, built.model.violation(best.values).size


@pytest.mark.parametrize("seed", [*REACHED, *BETTERED])
def test_searches_of_single_periods_only_make_a_plan_better_and_never_than_the_optimum(seed):
    first, after, optimum, broken = searched(seed)
    assert optimum * (1 - 1e-6) <= after < first
    assert broken <= 1e-6


@pytest.mark.parametrize("seed", REACHED)
def test_they_reach_the_optimum_where_no_two_periods_must_change_together(seed):
    _, after, optimum, _ = searched(seed)
    assert after == pytest.approx(optimum, rel=1e-6)


@pytest.mark.parametrize("seed", BROKEN)
def test_a_start_that_breaks_limits_over_several_periods_ends_within_them(seed):
    first, after, optimum, broken = searched(seed)
    assert first == np.inf and broken <= 1e-6
    assert optimum * (1 - 1e-6) <= after <= 1.1 * optimum


@pytest.mark.parametrize("seed", [27, 144])
def test_prices_are_worth_what_the_master_says_where_a_commitment_covers_more_than_patterns_use(seed):
    """With blocks as cheap as their known patterns, the bound at the master's prices is the master's own value (duality).

    Rows that no pattern touches used to be left out: their old prices paid for a commitment a second time.
    """
    covered = tightened(with_covering_rows(built_of(random_problem(seed))))
    with Crew(1) as crew:
        state = _begin(covered, central_point(covered.model.relaxed(), 1e-9).duals, crew, a_run(1e-3))
    values = []
    for for_prices in (True, False):
        master = restricted(state.oracle.split, list(state.patterns.values()), for_prices=for_prices)
        point = central_point(boxed(master, state.prices, 0.3 * state.scale), 1e-9)
        prices = state.shared.allowed(master.prices(point.duals, state.flat))
        priced = state.oracle.split.priced(prices)
        found = state.shared.bound(priced) + state.shared.right_hand(prices) + state.oracle.split.model.cost_offset
        values.append((found + least_known(state, priced).sum(), point.objective))
    (with_rows, promised), (without, promised_without) = values
    assert with_rows == pytest.approx(promised, rel=1e-6)
    assert without < promised_without * (1 - 0.01)
