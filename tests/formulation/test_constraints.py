"""Each constraint binds in a case worked out by hand, and the optimum is another without it."""

from __future__ import annotations

import math

import pytest

from planner.backends.interface import solve
from planner.formulation.registry import constraints
from tests.formulation.cases import CASES
from tests.formulation.tiny import MONTH, hosted, offer, problem, program, replica, service, workers


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


def night(window, rates=(0.0, 0.0, 12.0, 0.0), **more):
    """Work of one quarter of the day on replicas of 4/s at 1 USD/h; 182.5 h a quarter."""
    stated = problem([service(rate=list(rates), modes=["asynchronous"], window_hours=window, **more)], [offer("i1", 1.0)],
                     periods={"kind": "day", "per_day": 4})  # fmt: skip
    return solve(program(stated, {"a": [replica()]}).model, gap=0.0).objective / (MONTH / 4)


@pytest.mark.parametrize(("window", "replicas"), [(5.9, 3), (6.0, 3), (11.9, 3)])
def test_a_window_of_less_than_two_periods_defers_nothing(window, replicas):
    assert night(window) == pytest.approx(replicas)


def test_the_number_of_instances_falls_with_the_window():
    # With a stock of one, 12/s of a quarter need three quarters: D = 3, 18 hours.
    def one(window):
        stated = problem([service(rate=[0.0, 0.0, 12.0, 0.0], modes=["asynchronous"], window_hours=window)], [offer("i1", 1.0, stock=1)],
                         periods={"kind": "day", "per_day": 4})  # fmt: skip
        return solve(program(stated, {"a": [replica()]}).model, gap=0.0).objective

    assert one(17.9) is None and one(18.0) == pytest.approx(3 * MONTH / 4)


def test_work_waits_for_the_cheap_hours_of_spare_replicas_and_around_midnight():
    # 3/s come in the last quarter, 1/s in the first: together one replica in the first, none in the last.
    assert night(12.0, (1.0, 0.0, 0.0, 3.0)) == pytest.approx(1)


def test_without_leave_to_wait_a_window_is_only_a_window():
    assert night(24.0, (1.0, 0.0, 0.0, 3.0), defer=False) == pytest.approx(2)


def test_what_goes_to_a_batch_goes_as_it_comes_and_the_rest_keeps_its_window():
    # A batch of 5 USD a million requests: a quarter of 12/s costs 12 × 657,000 × 5e-6 = 39.42 USD, less than a replica's 182.50.
    batch = hosted(5e-6, mode="batch")
    stated = problem([service(rate=[0.0, 0.0, 12.0, 0.0], modes=["asynchronous", "batch"], window_hours=30.0)], [offer("i1", 1.0)],
                     periods={"kind": "day", "per_day": 4})  # fmt: skip
    assert solve(program(stated, {"a": [replica(), batch]}).model, gap=0.0).objective == pytest.approx(12 * 657_000 * 5e-6)
