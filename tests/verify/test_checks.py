"""Every check can fail, and fails for the reason that it states."""

from __future__ import annotations

import json
from typing import Any

import host_case
import hosted_case
import managed_case
import pytest
import serverless_case
import shadow_case
import shared_case
import tiny
import units_case
import waiting_case
from edits import CHAT, FIRM, FP8_PLAN, FP8_PROBLEM, both, certificate, put
from wrong import WRONG

from planner.verify.case import Case
from planner.verify.certify import certify
from planner.verify.checks import CHECKS
from planner.verify.facts import Broken


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "replica_rules" and name not in {**hosted_case.WRONG, **serverless_case.WRONG, **shadow_case.WRONG, **shared_case.WRONG, **units_case.WRONG, **waiting_case.WRONG, **managed_case.WRONG, **host_case.WRONG}])
def test_each_check_can_fail(name: str) -> None:
    found = {c.name: c for c in certificate(**WRONG[name]).checks}
    assert not found[name].passed
    assert found[name].worst > 0 and found[name].detail
    assert "not computed" not in found[name].detail and "cannot be computed" not in found[name].detail


def test_a_rule_without_a_check_of_its_own_is_not_overlooked() -> None:
    case = Case(tiny.plan(), tiny.problem(), tiny.catalog())
    for p in case.placed:
        object.__setattr__(p.facts, "broken", (Broken("rule_of_tomorrow", "unknown here"),))
    result = CHECKS["replica_rules"].run(case)
    assert not result.passed and "rule_of_tomorrow" in result.detail


def test_each_check_states_what_it_recomputes() -> None:
    assert all(registered.docstring for registered in CHECKS.values())


def test_each_rule_and_each_constraint_has_a_check_of_its_name() -> None:
    from planner.candidates.registry import rules
    from planner.formulation.registry import constraints

    assert {*rules(), *constraints()} <= set(CHECKS)


def test_a_prepared_variant_is_paid_once_over_the_horizon() -> None:
    # 60 accelerator-hours at the median on-demand price of 4 USD for 2 X: 120 USD, 10 a month over 12 months.
    def plan(data: dict[str, Any]) -> None:
        FP8_PLAN(data)
        data["cost"]["preparation_usd_per_month"] = 10.0
        data["cost"]["total_usd_per_month"] += 10.0
        data["bound_usd_per_month"] += 10.0
        data["binding"], data["assumptions"] = [], []
        for route in data["services"][0]["survival"][0]["routing"]:
            route["variant"] = "fp8"

    def problem(data: dict[str, Any]) -> None:
        FP8_PROBLEM(data)
        data["limits"]["one_off_usd"] = 120.0

    found = certificate(plan, problem, {"model": {}, "variants": ({},)})
    assert [(c.name, c.where, c.detail) for c in found.checks if not c.passed] == []


def spend(data: dict[str, Any]) -> None:
    data["commitments"]["offers"] = [
        {"name": "plan", "scope": {"provider": "acme"}, "measure": "spend", "term_months": 12, "discount": 0.25, "upfront_share": 0.5}
    ]
    data["limits"] |= {"upfront_usd": 13140.0, "budget_usd_per_month": 6000.0, "horizon_usd": 72000.0}


def test_a_savings_plan_is_paid_in_every_hour_and_covers_at_its_discount() -> None:
    # One box at 4 USD less a quarter takes 3 USD an hour, at noon only: half of 3 × 730 = 2190 USD is used.
    # Half of the year's 26,280 USD is paid upfront.
    def plan(data: dict[str, Any]) -> None:
        data["pools"][0]["on_demand"] = [0.0, 0.0]
        data["pools"][0]["reserved"]["plan"] = [0.0, 1.0]
        data["commitments"].append(
            {"name": "plan", "measure": "spend", "units": 3.0, "term_months": 12, "usd_per_unit_hour": 1.0,
             "upfront_usd": 13140.0, "beyond_horizon_usd": 0.0, "used_share": 0.5}  # fmt: skip
        )
        data["cost"]["on_demand_usd_per_month"] = 0.0
        data["cost"]["spend_commitments_usd_per_month"] = 2190.0
        data["cost"]["total_usd_per_month"] = data["bound_usd_per_month"] = tiny.TOTAL - 1460.0 + 2190.0
        data["binding"] = []

    assert [c.name for c in certificate(plan, spend).checks if not c.passed] == []
    too_little = both(plan, put("commitments.1.units", 2.9))
    assert not {c.name: c for c in certificate(too_little, spend).checks}["commitment_pool"].passed


@pytest.mark.parametrize("least, paid", [(2.0, 1460.0), (1.0, 1095.0)])
def test_a_minimum_spend_costs_the_larger_of_promise_and_use(least: float, paid: float) -> None:
    # Use: 3 USD × 365 h = 1095 USD; a promise of 2 USD an hour costs 1460, one of 1 USD an hour 730.
    def problem(data: dict[str, Any]) -> None:
        data["commitments"]["offers"] = [
            {"name": "deal", "scope": {}, "measure": "spend", "term_months": 12, "discount": 0.25, "beyond": "discounted", "min_units": least}
        ]

    def plan(data: dict[str, Any]) -> None:
        data["pools"][0]["on_demand"] = [0.0, 0.0]
        data["pools"][0]["reserved"]["deal"] = [0.0, 1.0]
        data["commitments"].append(
            {"name": "deal", "measure": "spend", "units": least, "term_months": 12, "usd_per_unit_hour": 1.0,
             "upfront_usd": 0.0, "beyond_horizon_usd": 0.0, "used_share": 1095.0 / (least * 730.0)}  # fmt: skip
        )
        data["cost"]["on_demand_usd_per_month"] = 0.0
        data["cost"]["spend_commitments_usd_per_month"] = paid
        data["cost"]["total_usd_per_month"] = data["bound_usd_per_month"] = tiny.TOTAL - 1460.0 + paid
        data["binding"] = []

    assert [c.name for c in certificate(plan, problem).checks if not c.passed] == []


def sliced(data: dict[str, Any]) -> None:
    data["services"][0]["routing"] = "slices"
    data["services"][0]["slice_factor"] = 4


def test_slices_are_whole_parts_of_the_demand() -> None:
    # All four parts of each class go to the one configuration.
    def plan(data: dict[str, Any]) -> None:
        data["routing"], data["assumptions"] = "mixed", []
        for d in data["services"][0]["deployments"]:
            d["slices"] = {"short": [4, 4], "long": [4, 4]}

    assert [c.name for c in certificate(plan, sliced).checks if not c.passed] == []
    fewer = both(plan, put(f"{FIRM}.slices.short", [3, 4]), put(f"{CHAT}.deployments.1.slices.short", [3, 4]))
    assert [c.name for c in certificate(fewer, sliced).checks if not c.passed] == ["slices"]


def test_part_of_an_instance_is_on_demand_only_beside_what_covers_any_part() -> None:
    half = both(put("pools.0.on_demand", [0.5, 1.0]), put("pools.0.reserved.old", [0.5, 1.0]))
    assert "integrality" in [c.name for c in certificate(half).checks if not c.passed]
    # Two accelerators held cover one box, in whatever parts.
    flexible = both(put("commitments.held.0.measure", "accelerators"), put("commitments.held.0.amount", 2.0))
    assert "integrality" not in [c.name for c in certificate(half, flexible).checks if not c.passed]


def test_losing_a_zone_takes_its_firm_replicas_too() -> None:
    def problem(data: dict[str, Any]) -> None:
        data["offers"]["own"][0]["zone"] = "z1"
        data["services"][0]["availability"]["survives_loss"]["of"] = ["spot_pool", "zone"]

    def plan(data: dict[str, Any]) -> None:
        # A pool in a zone has the zone in its name.
        data.update(json.loads(json.dumps(data).replace(f'"{tiny.BOX}"', f'"{tiny.BOX}/z1"').replace(f"1y {tiny.BOX}", f"1y {tiny.BOX}/z1")))

    result = {c.name: c for c in certificate(plan, problem).checks}["survives_loss"]
    assert not result.passed and "z1" in result.where


def test_a_larger_loss_shown_stands_for_the_smaller_one_inside_it() -> None:
    def problem(data: dict[str, Any]) -> None:
        data["services"][0]["availability"]["survives_loss"]["of"] = ["spot_pool", "spot_region"]

    whole = both(put(f"{CHAT}.survival.0.kind", "spot_region"), put(f"{CHAT}.survival.0.lost", "acme:west"))
    assert {c.name: c for c in certificate(whole, problem).checks}["survives_loss"].passed


def test_a_recourse_routing_beyond_what_is_left_fails() -> None:
    # 6/4 + 1.5/2 = 2.25 of the two firm replicas.
    result = {c.name: c for c in certificate(put(f"{CHAT}.survival.0.routing.0.rate_per_s", [2.25, 6.0])).checks}
    assert not result["survives_loss"].passed


def test_the_certificate_in_a_plan_is_checked_against_the_new_one() -> None:
    plan = tiny.plan()
    first = certify(plan, tiny.problem(), tiny.catalog())
    again = certify(plan.model_copy(update={"certificate": first}), tiny.problem(), tiny.catalog())
    assert again.passed and again == first.model_copy(update={"checks": again.checks})
    boast = first.model_copy(update={"placement": {"chat": ("elsewhere",)}})
    assert not certify(plan.model_copy(update={"certificate": boast}), tiny.problem(), tiny.catalog()).passed


def test_the_worst_violation_is_stated_with_its_place() -> None:
    # 2.9 + 1.0 of 3 + 1 short requests a second: a thirtieth is missing in the first period, more in the second.
    result = {c.name: c for c in certificate(put(f"{FIRM}.rate_per_s.short", [2.9, 4.4])).checks}["demand_served"]
    assert result.where == "chat short h00"
    assert result.worst == pytest.approx(1 / 30)
