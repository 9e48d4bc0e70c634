"""Which shape of program goes which way."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from planner.formulation.decompose.by_period import solve_by_period
from planner.formulation.decompose.run import solve_by_prices
from planner.formulation.method import ALWAYS, LEAST_BLOCKS, LEAST_PERIODS, LEAST_SERVICES, LEAST_WHOLE, MOST_SERVICES, method_for
from planner.formulation.monolith import solve_whole
from tests.formulation.tiny import offer, problem, program, replica, service


def shape(services: int, periods: int, whole: int, *, idle: int = 0, shortage=None, hosted=(), committed=False, changed=(), waiting=(), serves=None):
    """What of a program the choice looks at: ``idle`` periods are without demand for every service."""
    active = [np.arange(periods) >= idle for _ in range(services)]
    return SimpleNamespace(
        sets=SimpleNamespace(
            services=[SimpleNamespace(workload=SimpleNamespace(serves=serves))] * services, period_count=periods, hosted=hosted, pools=(), jobs=(), charges=SimpleNamespace(once=()),
            problem=SimpleNamespace(limits=SimpleNamespace(shortage=shortage), costs=SimpleNamespace(tells_pools_apart=False)),
        ),
        model=SimpleNamespace(integer=np.ones(whole, dtype=bool)),
        data=SimpleNamespace(active=active),
        var=SimpleNamespace(offset=None, changed=changed, waiting=waiting, cached={}),
        committed=committed,
    )


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (shape(1, 1, 100), solve_whole),
        (shape(1, 24, LEAST_WHOLE - 1), solve_whole),
        (shape(1, 24, LEAST_WHOLE), solve_by_period),
        (shape(1, LEAST_PERIODS - 1, 10 * LEAST_WHOLE), solve_whole),
        (shape(MOST_SERVICES, 24, LEAST_WHOLE), solve_by_period),
        (shape(MOST_SERVICES + 1, 24, LEAST_WHOLE), solve_by_prices),
        (shape(ALWAYS, 1, 100), solve_by_prices),
        (shape(ALWAYS - 1, 1, 100), solve_whole),
        # 5 services over 24 periods are 120 blocks; with one period idle for all they are 115.
        (shape(LEAST_SERVICES, 24, 100), solve_by_prices),
        (shape(LEAST_SERVICES, 24, 100, idle=1), solve_whole),
    ],
)
def test_the_method_follows_services_periods_and_whole_numbers(built, expected):
    assert method_for(built, "auto") is expected
    assert method_for(built, "highs") is expected


@pytest.mark.parametrize("built", [shape(10, 24, 10 * LEAST_WHOLE), shape(200, 24, 10 * LEAST_WHOLE)])
def test_a_solver_of_the_users_choice_and_a_ranking_of_shortage_are_searched_whole(built):
    assert method_for(built, "scip") is solve_whole
    assert method_for(shape(10, 24, 10 * LEAST_WHOLE, shortage="by_priority"), "auto") is solve_whole


def test_programs_in_which_services_share_replicas_are_searched_whole():
    assert method_for(shape(10, 24, 10 * LEAST_WHOLE, serves=("a", "b")), "auto") is solve_whole


def test_programs_with_commitments_held_or_changes_counted_are_searched_whole():
    assert method_for(shape(10, 24, 10 * LEAST_WHOLE, committed=True), "auto") is solve_whole
    assert method_for(shape(10, 24, 10 * LEAST_WHOLE, changed=(1,)), "auto") is solve_whole


def test_programs_with_work_that_may_wait_are_searched_whole():
    assert method_for(shape(10, 24, 10 * LEAST_WHOLE, waiting=(0,)), "auto") is solve_whole


def test_hosted_options_stand_in_the_programs_of_periods_and_in_no_blocks():
    hosted = {"hosted": (None,)}
    assert method_for(shape(10, 24, LEAST_WHOLE, **hosted), "auto") is solve_by_period
    assert method_for(shape(MOST_SERVICES + 1, 24, LEAST_WHOLE, **hosted), "auto") is solve_whole
    assert method_for(shape(LEAST_BLOCKS, 1, LEAST_WHOLE, **hosted), "auto") is solve_whole


def test_a_real_program_is_asked_for_the_same_figures():
    built = program(problem([service()], [offer("x", 2.0)]), {"a": [replica(4.0)]})
    assert method_for(built, "auto") is solve_whole


@pytest.mark.parametrize(("linked", "seconds", "expected"), [(False, 60, solve_by_period), (True, 60, solve_by_prices), (True, None, solve_by_period)])
def test_where_time_is_short_many_services_are_not_solved_by_whole_periods(monkeypatch, linked, seconds, expected):
    # 20 services: whole periods have a first bound after about a minute, where limits link them after two.
    monkeypatch.setattr("planner.formulation.decompose.period_plans.limits_link_periods", lambda built: linked)
    assert method_for(shape(20, 24, LEAST_WHOLE), "auto", seconds) is expected
