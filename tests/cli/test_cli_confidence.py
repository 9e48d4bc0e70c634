"""``planner solve --confidence``: the safe end of every prediction, its price, and a check with the same confidence."""

import json

import pytest
from small import problem


def modelled(folder):
    """One model on one kind of machine, sold one by one at 1 USD/h, with performance from the formula."""
    stated = problem()
    service = stated["services"][0]
    del service["profiles"], service["profiles_only"]
    service["workload"] = {"rate_per_s": 200.0, "classes": [{"input_tokens": 1000, "output_tokens": 200, "share": 1}]}
    service["allow"], service["batch_limits"] = {"tp": [1], "variants": ["bf16"]}, [64]
    stated["offers"]["own"][0]["on_demand_usd_per_hour"] = 1.0
    path = folder / "modelled.json"
    path.write_text(json.dumps(stated), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return modelled(tmp_path_factory.mktemp("confidence"))


def test_a_confident_plan_says_what_its_safety_costs_and_holds_when_recomputed(run, path, tmp_path):
    plan = tmp_path / "plan.json"
    done = run("solve", path, "--confidence", "0.9", "-o", plan)
    found, nominal = json.loads(plan.read_text()), json.loads(run("solve", path, "--json").out)
    assert done.code == 0 and "holds in 90 % of cases" in " ".join(done.out.split())
    safety, total = found["safety"], found["cost"]["total_usd_per_month"]
    assert safety["nominal_usd_per_month"] == pytest.approx(nominal["cost"]["total_usd_per_month"])
    assert safety["extra_usd_per_month"] == pytest.approx(total - safety["nominal_usd_per_month"])
    assert nominal["safety"] is None and total > nominal["cost"]["total_usd_per_month"]
    assert found["inputs"]["problem"]["services"][0]["confidence"] == 0.9
    assert run("verify", plan).code == 0


def test_a_plan_cannot_claim_a_confidence_that_it_was_not_made_with(run, path, tmp_path):
    plan = tmp_path / "plan.json"
    assert run("solve", path, "--confidence", "80%", "-o", plan).code == 0
    data = json.loads(plan.read_text())
    data["safety"]["confidence"]["chat"] = 0.99
    plan.write_text(json.dumps(data))
    done = run("verify", plan)
    assert done.code == 7 and "safety" in done.out


@pytest.mark.parametrize("value", ["0.4", "1", "high", "100%"])
def test_a_confidence_outside_a_half_and_one_is_refused(run, path, value):
    assert run("solve", path, "--confidence", value).code == 2
