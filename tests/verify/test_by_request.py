"""Workers paid by what they process: the price of a request by hand, and what is wrong when a plan of them is changed."""

from __future__ import annotations

import copy
from functools import lru_cache

import pytest

from planner.catalog import load_catalog
from planner.documents import from_data
from planner.plan.schema import Plan
from planner.problem.load import problem_of
from planner.solve import Solved, solve
from planner.verify.certify import certify

# A request takes 2 + 50 × 0.1 = 7 s after a cold start of 10 s and 2.48 GB of weights at 1 GB/s.
PROBLEM = {
    "schema_version": 1,
    "services": [
        {"name": "tickets", "model": "Llama-3.2-1B", "modes": ["serverless"], "batch_limits": [1], "profiles_only": True,
         "workload": {"rate_per_s": 0.01, "dispersion_10s": 1.0, "classes": [{"input_tokens": 200, "output_tokens": 50, "share": 1.0}]},
         "profiles": [{"variant": "bf16", "accelerator": "Lambda-10GB", "max_num_seqs": 1, "throughput_rps": [0.14],
                       "ttft_ms": [2000], "tpot_ms": [100]}]}
    ],
    "worker": {"load_gb_per_s": 1.0},
}  # fmt: skip
HOURS, RATE = 730.0, 0.01


def problem(**changes):
    stated = copy.deepcopy(PROBLEM)
    stated["services"][0] |= changes
    return problem_of(from_data(stated, "problem.json")).problem


@lru_cache(maxsize=1)
def plan() -> Plan:
    found = solve(problem(), load_catalog("2026-11"))
    assert isinstance(found, Solved)
    return found.plan


def failed(made: Plan, stated) -> set[str]:
    return {c.name for c in certify(made, stated, load_catalog("2026-11")).checks if not c.passed}


def test_a_request_pays_its_cold_start_its_time_and_itself():
    (use,) = plan().services[0].hosted
    assert use.name == "aws:Lambda Lambda-10GB bf16" and set(use.workers.busy + use.workers.kept + use.workers.stops_when_idle) == {0}
    # 10 GiB at 0.0000166667 USD a second; weights of 1.236e9 parameters of 2 bytes; 0.20 USD a million requests.
    seconds = 10 + 2 * 1.236 + 2 + 50 * 0.1
    assert use.usd_per_month == pytest.approx(HOURS * 3600 * RATE * (10 * 0.0000166667 * seconds + 0.2e-6), rel=2e-3)
    assert plan().cost["serverless_usd_per_month"] == pytest.approx(use.usd_per_month)


def test_the_demand_it_survives_is_that_of_a_thousand_requests_at_once():
    seconds = 10 + 2 * 1.236 + 2 + 50 * 0.1
    assert plan().demand_multiplier_survived == pytest.approx(1000 / (RATE * seconds), rel=2e-3)


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"request_mb": 7}, "serverless_payload"),
        ({"slo": {"ttft_ms": {"p95": 5000}}}, "serverless_cold_start"),
        ({"workload": {**PROBLEM["services"][0]["workload"], "rate_per_s": 60.0}}, "serverless_concurrency"),
        ({"modes": ["real_time"]}, "modes"),
    ],
)
def test_a_problem_that_says_something_else_fails_the_check_it_concerns(changes, check):
    assert failed(plan(), problem()) == set()
    assert check in failed(plan(), problem(**changes))


@pytest.mark.parametrize(
    ("edit", "check"),
    [
        (lambda use: use["workers"].update(busy=[1]), "serverless_workers"),
        (lambda use: use["workers"].update(cold_share=[0.5]), "claimed_workers"),
        (lambda use: use.update(usd_per_month=1.0), "claimed_hosted"),
    ],
)
def test_a_changed_plan_fails_the_check_it_concerns(edit, check):
    data = plan().model_dump(mode="json")
    edit(data["services"][0]["hosted"][0])
    assert check in failed(Plan.model_validate(data), problem())
