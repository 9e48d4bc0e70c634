"""Each constraint binds in a case worked out by hand, and the optimum is another without it."""

from __future__ import annotations

import math

import pytest

from planner.backends.interface import solve
from planner.formulation.registry import constraints
from tests.formulation.cases import CASES
from tests.formulation.tiny import MONTH, offer, problem, program, replica, service, workers


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.constraint)
def test_the_optimum_is_the_one_derived_by_hand(case):
    answer = solve(program(case.stated, case.replicas).model, gap=0.0)
    assert answer.objective == pytest.approx(case.cost, rel=1e-9), case.why


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.constraint)
def test_without_the_constraint_the_optimum_is_lower(case):
    answer = solve(program(case.stated, case.replicas, without=case.constraint).model, gap=0.0)
    assert answer.objective < case.cost * (1 - 1e-6)


def test_every_registered_constraint_has_a_case():
    assert {case.constraint for case in CASES} == set(constraints())


def test_every_constraint_states_its_equation_and_its_unit():
    for name, found in constraints().items():
        assert ".. math::" in found.docstring, name
        assert found.unit, name


def cost(rate, *options, **more):
    stated = problem([service(rate=rate)], [offer("i1", 1.0)], **more)
    return solve(program(stated, {"a": list(options)}).model, gap=0.0).objective


def test_workers_that_requests_keep_up_are_paid_throughout():
    # 10/s over workers of 4: three, all month, at 0.2 USD.
    assert cost(10.0, workers(4.0, usd_per_hour=0.2, stay_s=100.0)) == pytest.approx(3 * 0.2 * MONTH)


def test_too_few_requests_for_rare_cold_starts_need_workers_that_are_kept_up():
    # 0.01/s are fewer than the 0.05/s from which cold starts are rare: one worker kept at 0.9 USD/h, or a replica at 1.
    kept = workers(4.0, usd_per_hour=0.5, stay_s=100.0, least_rate=0.05, kept_usd_per_hour=0.9)
    assert cost(0.01, replica(), kept) == pytest.approx(0.9 * MONTH)
    assert cost(0.01, replica(), {**kept, "kept_usd_per_hour": None}) == pytest.approx(MONTH)


def test_an_account_has_no_more_workers_than_it_has():
    # Two workers carry 8/s; the other 2/s need a replica at 1 USD/h.
    assert cost(10.0, replica(), workers(4.0, usd_per_hour=0.2, stay_s=100.0, most=2)) == pytest.approx((2 * 0.2 + 1.0) * MONTH)


def test_what_a_worker_costs_is_concave_in_the_rate_and_never_less_than_the_time_it_is_up():
    for load in (0.02, 0.2, 0.7, 1.3, 2.4, 5.0):
        found = cost(load / 100.0, workers(4.0, usd_per_hour=1.0, stay_s=100.0)) / MONTH
        assert 1.0 - math.exp(-load) <= found <= 1.07 * (1.0 - math.exp(-load))
