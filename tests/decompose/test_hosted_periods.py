"""Hosted options in the programs of single periods: the plans pass the check and agree with one search."""

from __future__ import annotations

import functools

import pytest

import planner.formulation.decompose.by_period as by_period
import planner.formulation.method as method
from planner.backends.crew import Crew
from planner.formulation.decompose.by_period import solve_by_period
from planner.formulation.monolith import solve_whole
from planner.solve import Options, Run, Solved, solve
from tests.decompose.test_bounds import built_of
from tests.oracle.load import catalog
from tests.oracle.load import problem as parsed
from tests.oracle.with_hosts import hosted_problem, provisioned_problem, serverless_problem

GAP = 1e-3
#: Two to four periods, of which prices alone make a plan; whether it sends requests to others.
CASES = [
    *((hosted_problem, seed, True) for seed in (12, 17, 19)),
    *((serverless_problem, seed, seed == 17) for seed in (17, 19, 30, 33)),
    *((provisioned_problem, seed, seed != 36) for seed in (27, 29, 33, 36)),
]


@pytest.mark.parametrize(("drawn", "seed", "sent"), CASES)
def test_the_plan_passes_the_check_and_agrees_with_one_search(drawn, seed, sent, monkeypatch):
    monkeypatch.setattr(by_period, "Crew", functools.partial(Crew, 1))
    monkeypatch.setattr(method, "method_for", lambda *_: solve_by_period)
    document = drawn(seed)
    answer = solve(parsed(document), catalog(), Options(gap=GAP, price_safety=False))
    assert isinstance(answer, Solved) and answer.plan.certificate.passed
    plan, best = answer.plan, solve_whole(built_of(document), Run(Options(gap=0.0, tie_break=False), None, None)).objective
    assert plan.solver.method == "decomposition"
    assert plan.bound_usd_per_month <= best * (1 + 1e-9) and plan.cost["total_usd_per_month"] <= best / (1 - GAP)
    assert any(service.hosted for service in plan.services) == sent
