"""Every problem file solves as agreed, says what it teaches, and keeps its promises."""

from __future__ import annotations

import json
import re

import pytest

from planner.catalog import load_catalog
from planner.problem.load import load_problem
from planner.solve import Solved, judged, solve
from tests.problems.golden import FOLDER, GOLDEN, problem_files, result, solved

FILES = [file.name for file in problem_files()]
HELD = json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_a_problem_solves_as_two_solvers_agreed(name):
    outcome = solved(FOLDER / name)
    found, held = result(outcome), HELD[name]
    assert found["status"] == held["status"]
    if isinstance(outcome, Solved):
        assert outcome.plan.certificate.passed
        assert found["total_usd_per_month"] == pytest.approx(held["total_usd_per_month"], rel=1e-9)
        assert found["instances"] == held["instances"]
        assert found["commitments"] == pytest.approx(held["commitments"], rel=1e-6)
        assert found.get("hosted_usd_per_month", {}) == pytest.approx(held.get("hosted_usd_per_month", {}), rel=1e-6)
    else:
        assert found["conflicts"] == held["conflicts"]


@pytest.mark.parametrize("name", FILES)
def test_latency_shown_is_within_the_limit_it_is_shown_against(name):
    outcome = solved(FOLDER / name)
    if not isinstance(outcome, Solved):
        pytest.skip("no plan")
    limits = {service.name: service.slo for service in load_problem(FOLDER / name).problem.services}
    for service in outcome.plan.services:
        for d in service.deployments:
            for key, values in (("ttft_ms", d.ttft_ms), ("tpot_ms", d.tpot_ms)):
                limit = (getattr(limits[service.name], key) or {}).get(f"p{d.latency_percentile:g}")
                if limit is not None:
                    assert max(v for v in values if v is not None) <= limit * (1 + 1e-9), (service.name, key)


def test_greedy_sizing_by_cheapest_capacity_pays_10_where_the_optimum_is_6():
    problem = load_problem(FOLDER / "01-greedy-pays-10.json").problem
    (service,) = problem.services
    demand = service.workload.rate_per_s[0]
    price = {row.accelerator: row.on_demand_usd_per_hour for row in problem.offers.own}
    rate = {profile.accelerator: profile.throughput_rps[0] for profile in service.profiles}
    cheapest = min(price, key=lambda chip: price[chip] / rate[chip])
    assert price[cheapest] * -(-demand // rate[cheapest]) == 10.0
    assert HELD["01-greedy-pays-10.json"]["total_usd_per_month"] == pytest.approx(6.0 * 730)


def rules_that_refuse(name: str) -> set[str]:
    """Rules that turned hosted options of a problem away."""
    stated = judged(load_problem(FOLDER / name).problem, load_catalog("2026-11"))
    return {b.rule for choice in stated.choices for r in choice.hosted_rejections for b in r.broken}


def test_apis_are_refused_for_residency_policy_and_unknown_latency():
    assert {"hosted_place", "hosted_attributes", "api_latency"} <= rules_that_refuse("21-api-refused.json")
    assert "hosted_usd_per_month" not in HELD["21-api-refused.json"]


def test_serverless_workers_are_refused_for_payload_memory_cold_start_and_processors_alone():
    rules = {"serverless_payload", "serverless_memory", "serverless_cold_start", "serverless_accelerated", "serverless_price_known"}
    assert rules <= rules_that_refuse("24-serverless-refused.json")
    assert "hosted_usd_per_month" not in HELD["24-serverless-refused.json"]


def test_a_batch_is_refused_for_its_window_and_work_waits_in_a_queue_of_its_own():
    assert "api_batch_window" in rules_that_refuse("27-batch-refused.json")
    assert list(HELD["26-provider-batch.json"]["hosted_usd_per_month"]) == ["reviews: bedrock:meta.llama3-1-8b-instruct-v1:0 batch"]


def test_waiting_for_clean_hours_saves_money_and_carbon_and_nothing_is_late():
    plan = solved(FOLDER / "25-clean-hours.json").plan
    # 12 periods of two hours; 18 hours are nine of them.
    assert plan.waiting.saved_usd_per_month > 30 and plan.waiting.saved_carbon_kg_per_month > 200
    came = [6.0 * 7200] * 12
    waiting = plan.services[0].waiting["c1"]
    assert all(0 <= w <= sum(came[:8]) * (1 + 1e-9) for w in waiting) and max(waiting) > 0


def test_a_shadow_stands_for_three_months_and_is_paid_for_them():
    plan = solved(FOLDER / "28-shadow.json").plan
    # Two spot instances at 0.7816 USD/h for 3/12 × 730 h; a restart costs nothing to speak of. The service itself runs as without.
    assert plan.shadow.extra_usd_per_month == pytest.approx(2 * 0.7816 * 730 * 3 / 12, abs=0.01)
    assert [d.replicas for d in plan.services[1].deployments] == [(2, 0)]


def test_units_carry_the_base_and_are_refused_where_a_term_does_not_fit():
    uses = {use.mode: use for use in solved(FOLDER / "30-provisioned.json").plan.services[0].hosted}
    # 55 units at 0.90 USD for 730 h; what they do not carry goes by the token.
    assert uses["provisioned"].units == 55 and uses["provisioned"].usd_per_month == pytest.approx(55 * 0.9 * 730)
    assert set(uses) == {"provisioned", "provider_api"}
    assert "provisioned_units" in rules_that_refuse("31-provisioned-refused.json")
    assert not any("provisioned" in name for name in HELD["31-provisioned-refused.json"]["hosted_usd_per_month"])


def broken_rules(name: str, service: str, pool: str) -> set[str]:
    """Rules that bar a service from the pools that a pattern matches, or turn its configurations away."""
    stated = judged(load_problem(FOLDER / name).problem, load_catalog("2026-11"))
    (choice,) = [c for c in stated.choices if c.service == service]
    return {b.rule for r in choice.rejections for b in r.broken} | {why for p, why in choice.excluded_pools.items() if pool in p}


def test_an_endpoint_is_worth_its_premium_while_it_saves_more_people_than_that():
    assert list(HELD["32-managed.json"]["instances"]) == ["aws:ml.g6e.xlarge@us-east-1 firm"]
    problem = load_problem(FOLDER / "32-managed.json").problem
    (service,) = problem.services
    more = service.model_copy(update={"workload": service.workload.model_copy(update={"scale": 40.0})})
    outcome = solve(problem.model_copy(update={"services": (more,)}), load_catalog("2026-11"))
    assert [pool.id for pool in outcome.plan.pools if any(pool.running_firm)] == ["aws:g6e.xlarge@us-east-1"]


def test_endpoints_are_refused_for_large_requests_and_long_answers():
    assert any("40 MB" in why and "takes 25" in why for why in broken_rules("33-managed-refused.json", "scans", "ml."))
    stated = judged(load_problem(FOLDER / "33-managed-refused.json").problem, load_catalog("2026-11"))
    (reports,) = [c for c in stated.choices if c.service == "reports"]
    assert all(not pool.startswith("aws:ml.") for c in reports.candidates for pool in c.pools)


def test_small_models_run_on_processors_and_larger_ones_or_longer_answers_do_not():
    held = HELD["34-processors.json"]
    assert list(held["instances"]) == ["aws:c7i.2xlarge@us-east-1 firm"]
    assert list(held["hosted_usd_per_month"]) == ["tickets: aws:Lambda Lambda-10GB bf16"]
    assert {"serverless_memory", "serverless_time", "end_to_end"} <= rules_that_refuse("35-processors-refused.json")
    assert {"ttft"} <= broken_rules("35-processors-refused.json", "files", "c7i")
    assert not any("c7i" in pool or "c8g" in pool for pool in HELD["35-processors-refused.json"]["instances"])


def test_every_file_is_held_and_nothing_else():
    assert sorted(HELD) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_problem_says_what_it_is_and_which_catalogue_it_was_solved_on(name):
    problem = load_problem(FOLDER / name).problem
    assert problem.name == re.sub(r"^\d\d-|\.\w+$", "", name)
    assert len(problem.description) > 80
    assert problem.catalog == "2026-11"


def test_every_file_has_its_row_in_the_readme_in_order():
    rows = re.findall(r"^\| \[([^]]+)\]\(([^)]+)\) \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M)
    assert rows == [(name, name) for name in FILES]


def test_every_workload_file_is_used_and_has_its_licence():
    used = {
        load.trace or load.summary
        for name in FILES
        for service in load_problem(FOLDER / name).problem.services
        for load in [service.workload]
        if load.trace or load.summary
    }
    there = {f"workloads/{p.name}" for p in (FOLDER / "workloads").iterdir() if p.suffix != ".md"}
    assert used == there
    table = (FOLDER / "workloads" / "README.md").read_text(encoding="utf-8")
    assert all(f"`{p.removeprefix('workloads/')}`" in table for p in there)
