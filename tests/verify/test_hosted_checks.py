"""What hosted options answer is recomputed: rules, prices, limits, and that nobody answers in a mode that is not allowed."""

from __future__ import annotations

import hosted_case
import pytest
import tiny
from by_hand import failed
from hosted_case import CHAT, USE

from planner.verify.certify import certify


def test_a_policy_that_nobody_states_of_the_machines_fails():
    stated = {**tiny.PROBLEM, "services": [{**tiny.PROBLEM["services"][0], "requires": ["encryption_at_rest"]}, tiny.PROBLEM["services"][1]]}
    problem = tiny.problem(stated)
    found = {c.name: c for c in certify(tiny.plan(tiny.plan_data(problem)), problem, tiny.catalog()).checks}
    assert not found["attributes"].passed and "encryption_at_rest" in found["attributes"].detail


def test_own_replicas_train_nobody():
    stated = {**tiny.PROBLEM, "services": [{**tiny.PROBLEM["services"][0], "requires": ["no_training"]}, tiny.PROBLEM["services"][1]]}
    problem = tiny.problem(stated)
    assert {c.name: c for c in certify(tiny.plan(tiny.plan_data(problem)), problem, tiny.catalog()).checks}["attributes"].passed


@pytest.mark.parametrize(
    ("path", "value", "check"),
    [
        (f"{USE}.rate_per_s", {"c": [1.9]}, "demand_served"),
        (f"{USE}.rate_per_s", {"d": [2.0]}, "shape"),
        (f"{USE}.rate_per_s", {"c": [2.0, 2.0]}, "shape"),
        (f"{USE}.name", "host:other", "modes"),
        (f"{USE}.provider", "other", "claimed_hosted"),
        (f"{CHAT}.quality_mean", 0.99, "claimed_quality"),
        (f"{CHAT}.share_usd_per_month", 1.0, "claimed_share"),
        ("carbon_kg_per_month", 0.0, "claimed_carbon"),
        ("cost.provider_api_usd_per_month", 1.0, "cost"),
        ("demand_multiplier_survived", 1.26, "demand_multiplier"),
        ("binding.0.value", 121.0, "binding"),
        ("assumptions.0.value", [1.0, 2.1], "assumptions"),
        ("assumptions.0.kind", "assumed", "assumptions"),
        (f"{USE}.rate_per_s", {"c": [-2.0]}, "non_negative"),
    ],
)
def test_a_changed_value_fails_the_check_it_concerns(path, value, check):
    assert check in failed(hosted_case, plan={path: value})


def test_an_option_stated_twice_is_refused():
    use = hosted_case.PLAN["services"][0]["hosted"][0]
    assert "shape" in failed(hosted_case, plan={f"{CHAT}.hosted": [use, use]})


def test_a_model_that_the_service_did_not_ask_for_is_no_answer():
    assert "modes" in failed(hosted_case, model="another")
