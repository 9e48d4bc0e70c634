"""Shares of saturation that a simulation found replace the queueing rule, for the configuration they name and no other."""

import json
from pathlib import Path

import pytest

from planner.catalog import load_catalog
from planner.errors import InvalidInput
from planner.problem.load import problem_of
from planner.documents import from_data
from planner.solve import Solved, solve
from planner.verify.certify import certify

CHAT = Path(__file__).resolve().parents[2] / "problems/02-chat.json"
OWN = {"variant": "fp8", "accelerator": "RTXPRO6000", "max_num_seqs": 32}


def chat(*shares):
    content = json.loads(CHAT.read_text())
    content["services"][0]["safe_shares"] = list(shares)
    content["services"][0]["allow"]["accelerators"] = ["RTXPRO6000"]
    content["services"][0]["workload"] = {"rate_per_s": 5.6, "classes": [{"input_tokens": 1150, "output_tokens": 211, "share": 1}], "dispersion_10s": 3}
    return problem_of(from_data(content, str(CHAT))).problem


def solved(problem):
    outcome = solve(problem, load_catalog(problem.catalog))
    assert isinstance(outcome, Solved)
    return outcome.plan


def test_a_larger_share_needs_fewer_replicas_and_the_plan_says_where_it_comes_from():
    assumed = solved(chat())
    plan = solved(chat(OWN | {"levels": [[1, 0.99]]}))
    first, = plan.services[0].deployments
    # 5.6 requests/s on one replica is under 0.99 of its saturation; the queueing rule wants two.
    assert sum(d.replicas[0] for d in assumed.services[0].deployments) == 2 and first.replicas == (1,)
    assert (assumed.services[0].deployments[0].share_basis, first.share_basis) == ("assumed", "simulated")
    assert not any("queueing formula" in str(a.reason) for a in plan.assumptions)
    assert first.ttft_ms == (None,)  # the queueing rule's wait is no claim of this plan


def test_the_check_recomputes_with_the_same_table():
    problem = chat(OWN | {"levels": [[1, 0.99]]})
    plan = solved(problem)
    assert certify(plan, problem, load_catalog(problem.catalog)).passed
    tighter = chat(OWN | {"levels": [[1, 0.5], [2, 0.6]]})
    failed = {c.name for c in certify(plan, tighter, load_catalog(problem.catalog)).checks if not c.passed}
    assert "replica_capacity" in failed


def test_another_configuration_keeps_the_rule():
    plan = solved(chat(OWN | {"max_num_seqs": 8, "levels": [[1, 0.01]]}))
    assert plan.services[0].deployments[0].share_basis == "assumed"


@pytest.mark.parametrize("levels", [[[2, 0.5], [1, 0.6]], [[1, 0.6], [2, 0.5]], [[1, 0.0]], [], [[0, 0.5]], [[1, 1.5]]])
def test_tables_that_fall_or_hold_nothing_are_refused(levels):
    with pytest.raises(InvalidInput):
        chat(OWN | {"levels": levels})


def test_a_plan_that_calls_itself_simulated_needs_a_simulation():
    problem = chat()
    plan = solved(problem).model_copy(update={"simulated": True})
    failed = {c.name for c in certify(plan, problem, load_catalog(problem.catalog)).checks if not c.passed}
    assert "proof" in failed
