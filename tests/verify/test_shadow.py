"""Mirrored demand is recomputed from the service that is mirrored, in the months stated, and so is what it is said to cost."""

from __future__ import annotations

import pytest
from shadow_case import WRONG, certificate

MIRROR = "services.1.workload.mirrors"
RUN = "services.1.deployments.0"


def failed(**changes) -> set[str]:
    return {c.name for c in certificate(**changes).checks if not c.passed}


def test_the_plan_by_hand_holds():
    assert [(c.name, c.where, c.detail) for c in certificate().checks if not c.passed] == []


@pytest.mark.parametrize("name", WRONG)
def test_each_check_can_fail(name):
    found = {c.name: c for c in certificate(**WRONG[name]).checks}
    assert not found[name].passed and found[name].detail


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"problem": {f"{MIRROR}.share": 0.3}}, "demand_served"),
        ({"problem": {f"{MIRROR}.share": 0.2}}, "demand_served"),
        ({"problem": {"services.0.workload.rate_per_s": 3.6}}, "demand_served"),
        ({"problem": {f"{MIRROR}.start_month": 8}}, "periods"),
        ({"problem": {f"{MIRROR}.start_month": 0, f"{MIRROR}.months": 9}}, "demand_served"),
        ({"plan": {f"{RUN}.rate_per_s": {"c": [1.0, 1.0]}}}, "demand_served"),
        ({"plan": {f"{RUN}.rate_per_s": {"c": [0.0, 0.5]}}}, "demand_served"),
        ({"plan": {"shadow.services": ["docs"]}}, "shadow"),
        ({"plan": {"shadow.without_usd_per_month": None}}, "shadow"),
        ({"plan": {"shadow.without_bound_usd_per_month": 740.0}}, "shadow"),
    ],
)
def test_a_changed_value_fails_the_check_it_concerns(changes, check):
    assert check in failed(**changes)
