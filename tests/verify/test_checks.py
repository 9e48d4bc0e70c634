"""Every check can fail, and fails for the reason that it states."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import host_case
import hosted_case
import managed_case
import serverless_case
import shadow_case
import shared_case
import tiny
import units_case
import waiting_case

from planner.plan.schema import Certificate
from planner.verify.case import Case
from planner.verify.certify import certify
from planner.verify.checks import CHECKS
from planner.verify.facts import Broken

Edit = Callable[[dict[str, Any]], None]


def nothing(data: dict[str, Any]) -> None:
    """Changes nothing."""


def put(path: str, value: Any) -> Edit:
    """Sets the value at a path such as ``services.0.spot.allowed``."""

    def edit(data: dict[str, Any]) -> None:
        *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        at: Any = data
        for step in parents:
            at = at[step] if isinstance(step, int) else at.setdefault(step, {})
        at[last] = value

    return edit


def both(*edits: Edit) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        for one in edits:
            one(data)

    return edit


def certificate(plan: Edit = nothing, problem: Edit = nothing, catalog: dict[str, Any] | None = None) -> Certificate:
    stated = copy.deepcopy(tiny.PROBLEM)
    problem(stated)
    made = tiny.problem(stated)
    data = tiny.plan_data(made)
    plan(data)
    return certify(tiny.plan(data), made, tiny.catalog(**(catalog or {})))


CHAT, BULK, BOX = "services.0", "services.1", "offers.own.0"
FIRM, RACK = "services.0.deployments.0", "services.1.deployments.0"


def latency_only(service: str, **figures: float) -> Edit:
    """The service's profile measures latency, not throughput: the rest comes from the formula."""

    def edit(data: dict[str, Any]) -> None:
        found = data["services"][int(service[-1])]
        profile = found["profiles"][0]
        del profile["throughput_rps"]
        for name, value in (figures or {"ttft_ms": 10.0}).items():
            profile[name] = [value] * len(found["workload"]["classes"])

    return edit


def measured_latency(**figures: float) -> Edit:
    """chat's profile measures latency beside throughput."""
    return both(*(put(f"{CHAT}.profiles.0.{name}", [value, value]) for name, value in figures.items()))


MODELLED = {"catalog": {"model": {}}}
FP8_PLAN = both(put(f"{FIRM}.variant", "fp8"), put(f"{CHAT}.deployments.1.variant", "fp8"))
FP8_PROBLEM = put(f"{CHAT}.profiles.0.variant", "fp8")

JOB = put("jobs", [{"name": "tune", "kind": "fine_tuning", "model": "toy", "tokens": 1e9, "deadline_hours": 100.0, "instances": [1, 2]}])
TRAINED = {"catalog": {"model": {}, "constants": True}}


def job_plan(**more: Any) -> Edit:
    """A plan that runs the job on one box of two accelerators."""
    figures = {"hours_per_run": 1.0, "flop_per_run": 1.0, "memory_gib": 1.0, "runs": 1, "spare": [0.0, 0.0]}
    return put("jobs", [{"name": "tune", "pool": tiny.BOX, "purchase": "firm", "instances": 1, **figures, **more}])


# Check → what is wrong: an edit of the plan, of the problem, facts of the catalogue.
WRONG: dict[str, dict[str, Any]] = {
    "inputs": {"plan": put("inputs.catalog_digest", "1" * 64)},
    "periods": {"plan": put("periods.0.name", "noon")},
    "shape": {"plan": put("services.0.name", "nobody")},
    "non_negative": {"plan": put(f"{FIRM}.rate_per_s.short.0", -1.0)},
    "integrality": {"plan": put("commitments.0.units", 0.5)},
    # Without a throughput the formula needs facts about accelerator and model.
    "accelerator_facts_known": {"problem": both(latency_only(BULK), put("offers.accelerators.0.memory_gib", None)), **MODELLED},
    "model_facts_known": {"problem": latency_only(BULK)},
    "kind_of_model": {"problem": latency_only(BULK), "catalog": {"model": {"kind_of_model": "encoder"}}},
    "precision_supported": {"problem": both(latency_only(BULK), put("offers.accelerators.0.bf16_tflops", None)), **MODELLED},
    "heads_divide": {"problem": latency_only(BULK), "catalog": {"model": {"heads": 31, "kv_heads": 31}}},
    "context_length": {"problem": latency_only(BULK), "catalog": {"model": {"max_context": 149}}},  # 100 + 50 tokens
    "memory": {"problem": both(latency_only(BULK), put("offers.accelerators.0.memory_gib", 8.0)), **MODELLED},
    "kv_capacity": {"problem": latency_only(BULK), "plan": put(f"{RACK}.rate_per_s.c1", [1e6, 1e6]), **MODELLED},
    "preparation_known": {"problem": FP8_PROBLEM, "plan": FP8_PLAN,
                          "catalog": {"model": {}, "variants": ({"preparation_accelerator_hours": None},)}},
    "allowed_variant": {"problem": put(f"{CHAT}.allow.variants", ["fp8"])},
    "engine_settings": {"plan": put(f"{FIRM}.engine", "vLLM")},
    "throughput": {"problem": put(f"{CHAT}.profiles.0.throughput_rps", [None, 1e-5])},
    # Nine tenths of the limit is 90 ms.
    "ttft": {"problem": both(put(f"{CHAT}.slo", {"ttft_ms": {"p95": 100.0}}), measured_latency(ttft_ms=91.0))},
    "tpot": {"problem": both(put(f"{CHAT}.slo", {"tpot_ms": {"p95": 50.0}}), measured_latency(tpot_ms=51.0))},
    # The short class is done after 10 + 49 × 20 = 990 ms, over nine tenths of a second.
    "end_to_end": {"problem": both(put(f"{CHAT}.slo", {"end_to_end_ms": {"p95": 1000.0}}),
                                   measured_latency(ttft_ms=10.0, tpot_ms=20.0))},
    "allowed_vendor": {"problem": put(f"{CHAT}.allow.vendors", ["NVIDIA"])},
    "allowed_provider": {"problem": put(f"{CHAT}.allow.exclude_providers", ["ac*"])},
    "allowed_region": {"problem": put(f"{CHAT}.allow.regions", ["EU"])},
    "allowed_accelerator": {"problem": put(f"{CHAT}.allow.exclude_accelerators", ["x"])},
    "allowed_tp": {"problem": put(f"{CHAT}.allow.tp", [2, 4])},
    "allowed_pp": {"problem": put(f"{CHAT}.allow.pp", [2, 4])},
    "on_offer": {"plan": put(f"{FIRM}.accelerator", "Y")},
    "price_known": {
        "problem": both(put(f"{BOX}.on_demand_usd_per_hour", None), put(f"{BOX}.reserved_1y_usd_per_hour", None),
                        put("commitments.held", [])),
        "plan": both(put("pools.0.reserved", {}), put("commitments", [])),
    },
    # The toy model is not in this catalogue, so its size is unknown.
    "weights_known": {"problem": put("costs.storage", [{"usd_per_gb_month": 0.1}])},
    "charges_known": {"problem": put("costs.egress", [{"place": "acme:*", "usd_per_gb": 0.1}])},
    "paid_once": {"problem": put("costs.platforms", [{"name": "own", "usd_per_month": 9.0}])},
    "offsets": {"problem": put("carbon.offsets", {"usd_per_tonne": 1.0})},  # none is bought
    "claimed_cash": {"plan": put("cash", [{"month": 0, "running_usd": 1.0, "upfront_usd": 0.0, "one_off_usd": 0.0}])},
    "response_cache": {"plan": put(f"{CHAT}.cache", "none stated")},
    "jobs_done": {"problem": JOB},  # the plan says nothing of it
    "job_facts": {"problem": JOB, "plan": job_plan()},  # this catalogue has no constants of training
    "job_place": {"problem": both(JOB, put("jobs.0.allow.providers", ["owned"])), "plan": job_plan()},
    "job_price": {"problem": both(JOB, put(f"{BOX}.on_demand_usd_per_hour", None)), "plan": job_plan()},
    "job_network": {"problem": JOB, "plan": job_plan(instances=2), **TRAINED},
    # 8e9 parameters of 16 bytes are 59.6 GiB on each of two accelerators.
    "job_memory": {"problem": both(JOB, put("offers.accelerators.0.memory_gib", 40.0)), "plan": job_plan(), **TRAINED},
    # 6 × 8e9 × 1e9 FLOP at 2 × 0.4 × 300 TFLOP/s are 56 h.
    "job_deadline": {"problem": both(JOB, put("jobs.0.deadline_hours", 50.0)), "plan": job_plan(), **TRAINED},
    "job_stock": {"problem": both(JOB, put(f"{BOX}.stock", 0)), "plan": job_plan(), **TRAINED},
    "job_power": {"problem": both(JOB, put("offers.accelerators.0.tdp_w", None)), "plan": job_plan(), **TRAINED},
    "power_known": {"problem": put("offers.accelerators.0.tdp_w", None)},
    "replica_capacity": {"plan": put(f"{FIRM}.rate_per_s.short.0", 7.0)},  # 7/4 + 1/2 = 2.25 of 2
    "instance_packing": {"plan": put(f"{FIRM}.replicas", [5, 5])},  # two instances of 2 in the first period
    "instance_size": {"problem": put(f"{BULK}.profiles.0.tp", 4), "plan": put(f"{RACK}.tp", 4)},
    "commitment_pool": {"plan": put("pools.0.on_demand", [0.0, 0.0])},
    "commitment_terms": {"plan": put("commitments.0.term_months", 36)},
    "demand_served": {"plan": put(f"{FIRM}.rate_per_s.short", [2.9, 4.5])},
    "class_served": {"problem": put(f"{CHAT}.profiles.0.throughput_rps", [4.0, None])},
    "slices": {"problem": both(put(f"{CHAT}.routing", "slices"), put(f"{CHAT}.slice_factor", 4)), "plan": put("routing", "mixed")},
    "ramp": {"plan": put(f"{CHAT}.deployments.1.replicas", [0, 3])},
    "start_up": {"plan": put("pools.0.firm_starts", [0, 0])},
    "max_configurations": {"problem": put("limits.max_configurations", 1)},
    "min_instances": {"problem": put(f"{CHAT}.availability.min_instances", 3)},
    "spot_allowed": {"problem": put(f"{CHAT}.spot.allowed", False)},
    "spot_share": {"problem": put(f"{CHAT}.spot.max_share", 0.24)},  # a quarter is on spot at noon
    "stock": {"problem": put(f"{BOX}.stock", 3)},  # 3 firm and 1 spot run at noon
    "quota": {"problem": put("limits.quotas.0.max_instances", 3)},
    "power_cap": {"problem": put("owned.0.power_cap_kw", 1.0)},  # 1.1 kW
    "survives_loss": {"problem": put(f"{CHAT}.availability.survives_loss.fraction", 0.76)},
    "budget": {"problem": put("limits.teams.0.budget_usd_per_month", 3193.0)},
    "carbon_cap": {"problem": put(f"{CHAT}.carbon_kg_per_month", 84.0)},
    "quality_known": {"problem": put(f"{CHAT}.quality", {"min": 0.5})},  # the catalogue lacks the model
    "quality_min": {"problem": put(f"{CHAT}.quality", {"min": 0.5, "base_score": 0.4}), **MODELLED},
    "quality_floor": {"problem": put(f"{CHAT}.quality", {"mean": 0.5, "base_score": 0.4}), **MODELLED},
    "claimed_quality": {"problem": put(f"{CHAT}.quality", {"base_score": 0.4}), "plan": put(f"{CHAT}.quality_mean", 0.41), **MODELLED},
    "cost": {"plan": put("cost.spot_usd_per_month", 492.0)},
    "preparation": {"problem": FP8_PROBLEM, "plan": FP8_PLAN, "catalog": {"model": {}, "variants": ({},)}},
    "claimed_carbon": {"plan": put("carbon_kg_per_month", 270.0)},
    "claimed_share": {"plan": put(f"{CHAT}.share_usd_per_month", 3194.0)},
    "performance": {"plan": put(f"{FIRM}.utilisation.0", 0.6)},
    "demand_multiplier": {"plan": put("demand_multiplier_survived", 1.07)},  # 2 / 1.875 = 1.0667
    "changes": {"problem": both(put("existing", {}), put("limits.max_changes", 0))},
    "migration": {"problem": put("existing", {})},
    "safety": {"plan": put("safety", {"confidence": {}, "nominal_usd_per_month": 1.0, "nominal_bound_usd_per_month": 1.0,
                                      "extra_usd_per_month": 1.0})},
    "proof": {"plan": put("bound_usd_per_month", 4000.0)},
    "assumptions": {"plan": put("assumptions.0.value", "marginal")},
    "binding": {"plan": put("binding.0.limit", 6000.0)},
    "certificate": {"plan": put("certificate", {"passed": True, "checks": [{"name": "cost", "passed": True, "worst": 0.0}]})},
}  # fmt: skip


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
