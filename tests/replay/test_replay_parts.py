"""What a simulated hour costs and emits, and what hosted options take of the requests."""

import json
from pathlib import Path

import pytest

from planner.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")

    def plan(name):
        path = folder / f"{name}.json"
        if not path.exists():
            assert main(["solve", str(ROOT / f"problems/{name}.json"), "-o", str(path)]) == 0
        return path

    return plan


def test_hours_of_a_plan_without_surprises_cost_what_it_says(run, plans):
    found = json.loads(run("simulate", plans("02-chat"), "--json").out)
    plan = json.loads(plans("02-chat").read_text())
    spent = found["incurred"]
    # One period: a month's cost by the hour, and demand that comes as planned.
    assert spent["incurred_usd"] == pytest.approx(spent["planned_usd"]) == pytest.approx(plan["cost"]["total_usd_per_month"] / 730 * spent["hours"])
    assert spent["planned_kg_co2e"] == pytest.approx(plan["carbon_kg_per_month"] / 730 * spent["hours"])
    assert spent["incurred_kg_co2e"] == pytest.approx(spent["planned_kg_co2e"], rel=0.05)


def test_requests_for_hosted_options_leave_the_replicas_alone(run, plans):
    service = json.loads(run("simulate", plans("22-api-overflow"), "--scale", "0.1", "--json").out)["services"][0]
    plan = json.loads(plans("22-api-overflow").read_text())
    hours = [period["hours_per_month"] for period in plan["periods"]]

    def mean(uses):
        return sum(h * rate for use in uses for rates in use["rate_per_s"].values() for h, rate in zip(hours, rates)) / sum(hours)

    hosted, own = mean(plan["services"][0]["hosted"]), mean(plan["services"][0]["deployments"])
    assert hosted > 0 and service["hosted"]["requests"] / service["requests"] == pytest.approx(hosted / (hosted + own), rel=0.05)
    assert service["planned_rate"] == pytest.approx(hosted + own, rel=0.01)


def test_what_the_plan_claims_stands_beside(run, plans):
    service = json.loads(run("simulate", plans("02-chat"), "--json").out)["services"][0]
    assert service["claimed"]["percentile"] == 99 and service["claimed"]["ttft_ms"] > 0 and 0 < service["claimed"]["utilisation"] < 1
    # Both are work at saturation over replicas, so requests at the planned rate use what the plan says; some batch is running far more of the time.
    assert service["utilisation"] == pytest.approx(service["claimed"]["utilisation"], rel=0.05)
    assert service["busy_share"] > 1.5 * service["utilisation"]


def test_utilisation_is_work_over_replicas_whatever_the_pace(run, plans):
    service, faster = (json.loads(run("simulate", plans("02-chat"), "--json", *more).out)["services"][0] for more in ((), ("--scale", "1.5")))
    assert faster["utilisation"] == pytest.approx(1.5 * service["utilisation"], rel=0.05)
    assert faster["claimed"]["utilisation"] == pytest.approx(service["claimed"]["utilisation"])
