"""Replicas on endpoints: their price is the bare machine's and the premium, and each rule is recounted."""

from __future__ import annotations

import pytest
from managed_case import USD, WRONG, certificate, plan


def test_the_plan_stands_on_endpoints_at_the_price_of_the_machine_and_the_premium():
    assert certificate().passed
    assert plan().cost["total_usd_per_month"] == pytest.approx(USD)
    assert {d.pool for s in plan().services for d in s.deployments} == {"p:endpoints.box@here"}


@pytest.mark.parametrize("name", WRONG)
def test_each_check_can_fail(name):
    found = {c.name: c for c in certificate(WRONG[name]).checks}
    assert not found[name].passed and "not computed" not in found[name].detail and found[name].where


def test_a_premium_that_differs_fails_the_cost():
    assert not next(c for c in certificate({"managed.0.premium_share": 0.3}).checks if c.name == "cost").passed
