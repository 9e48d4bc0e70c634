"""Adapted models: chosen by their own quality, made by a job that is paid for only when they are used."""

from __future__ import annotations

import pytest

from planner.errors import InvalidInput
from planner.plan.schema import Plan
from planner.problem.adapted import as_served, prepared_key
from planner.problem.meaning import faults_of
from planner.solve import Infeasible, Options, solve
from planner.verify.certify import certify
from tests.costs.test_jobs import with_job
from tests.oracle.load import catalog, problem
from tests.oracle.solving import plan_of


def adapted(floor: float, job: dict | None = None, **more) -> dict:
    """A service whose own model takes two cards at 1.25/s each; a model of an eighth of the size would do with one."""
    stated = with_job({**(job or {}), "prepares": "tuned"})
    stated["adapted"] = [{"name": "tuned", "model": "Llama-3.2-1B", **more}]
    service = stated["services"][0]
    service["alternatives"] = [{"use": "tuned", "score": 0.9}]
    service["quality"] = {"base_score": 1.0, "min": floor}
    service["batch_limits"] = [64]
    return stated


def test_a_tuned_model_is_used_and_its_job_is_paid_when_that_saves_a_card():
    plan = plan_of(adapted(0.85, {"data_usd": 1200.0}))
    (deployment,) = plan.services[0].deployments
    assert deployment.variant == "tuned/bf16" and deployment.replicas == (1,)
    assert [j.name for j in plan.jobs] == ["tune"]
    assert plan.cost["job_data_usd_per_month"] == pytest.approx(100.0)


def test_a_floor_above_its_score_keeps_it_out_and_its_job_unpaid():
    plan = plan_of(adapted(0.95))
    assert plan.services[0].deployments[0].variant == "bf16"
    assert plan.jobs == () and plan.cost == {"on_demand_usd_per_month": 1460.0, "total_usd_per_month": 1460.0}


def test_what_is_dearer_to_make_than_it_saves_is_not_made():
    # A card of 730 USD a month is saved; data of 9,600 USD over twelve months are 800.
    assert plan_of(adapted(0.85, {"data_usd": 9600.0})).jobs == ()


def test_a_job_that_cannot_be_run_keeps_out_what_it_would_make():
    assert plan_of(adapted(0.85, {"deadline_hours": 1.0})).services[0].deployments[0].variant == "bf16"


def test_a_variant_made_by_a_job_costs_the_job_and_no_hours_of_the_catalogue():
    stated = with_job({"model": "Llama-3.1-8B", "method": "lora", "tokens": 1e7, "prepares": "Llama-3.1-8B:int8-w8a16", "data_usd": 120.0})
    service = stated["services"][0]
    service["profiles"] = [{"variant": v, "accelerator": "card", "throughput_rps": [r]} for v, r in (("bf16", 1.25), ("int8-w8a16", 2.5))]
    service["allow"] = {"variants": ["bf16", "int8-w8a16"]}
    plan = plan_of(stated)
    assert plan.services[0].deployments[0].variant == "int8-w8a16"
    assert "preparation_usd_per_month" not in plan.cost and plan.cost["job_data_usd_per_month"] == pytest.approx(10.0)


def test_examples_lengthen_every_prompt():
    short, long = (plan_of(adapted(0.85, {}, examples_tokens=tokens)) for tokens in (0.0, 6000.0))
    busy = [plan.services[0].deployments[0].utilisation[0] * plan.services[0].deployments[0].replicas[0] for plan in (short, long)]
    assert busy[1] > busy[0]
    stated = problem(adapted(0.85, {}, examples_tokens=6000.0))
    served, method = as_served(stated.services[0], "tuned/bf16", stated)
    assert (served.model, method, served.workload.classes[0].input_tokens) == ("Llama-3.2-1B", "bf16", 7000.0)
    assert prepared_key(stated.services[0], "tuned/bf16", stated) == ("tuned", "bf16")


def test_a_plan_that_uses_it_without_its_job_fails_the_check():
    stated = adapted(0.85)
    plan = plan_of(stated)
    changed = Plan.model_validate(plan.model_dump() | {"jobs": ()})
    assert "jobs_done" in {c.name for c in certify(changed, problem(stated), catalog()).checks if not c.passed}


def test_names_that_lead_nowhere_are_faults():
    stated = adapted(0.85, {"prepares": "tuned"})
    stated["jobs"][0]["prepares"] = "nothing"
    stated["services"][0]["alternatives"] = [{"use": "taught", "score": 1.0}]
    assert {f.code for f in faults_of(problem(stated), catalog())} >= {"unknown_adapted", "unknown_variant"}
    with pytest.raises(InvalidInput):
        problem({**adapted(0.85), "adapted": [{"name": "a/b", "model": "Llama-3.2-1B"}]})


def test_nothing_that_keeps_the_floor_is_refused_by_name():
    stated = adapted(1.1)
    answer = solve(problem(stated), catalog(), Options())
    assert isinstance(answer, Infeasible) and [c.constraint for c in answer.conflicts] == ["quality_min"]


