"""The problems about replicas that services share: what sharing saves, what it costs each, and why it is refused."""

from __future__ import annotations

from functools import cache

import pytest

from planner.analysis.explain import explain
from planner.analysis.showback import showback
from planner.candidates.enumerate import choices
from planner.catalog import load_catalog
from planner.cli.console import as_text
from planner.economics.build_pools import build_pools
from planner.economics.timeline import timeline
from planner.errors import InvalidInput, UsageError
from planner.export.drift import drift
from planner.export.kubernetes import deployment
from planner.export.targets import TARGETS, Export
from planner.plan.cost import TOTAL
from planner.problem.load import load_problem
from planner.problem.normalise import changed
from planner.report.plan_view import plan_view
from planner.solve import Options, solve
from tests.problems.golden import FOLDER

MEMBERS = ("chat", "claims", "contracts", "tickets")
ADAPTERS = {f"{name}:{name}-lora": f"org/{name}" for name in MEMBERS[1:]}
CATALOG = load_catalog("2026-11")


@cache
def problem(name: str):
    return load_problem(FOLDER / f"{name}.json").problem


@cache
def plan():
    return solve(problem("60-shared-adapters"), CATALOG, Options()).plan


def exported(target: str, **weights: str):
    return TARGETS[target](Export(plan(), problem("60-shared-adapters"), CATALOG, weights=weights or ADAPTERS, role="arn:role"))


def test_sharing_is_chosen_and_costs_a_quarter_of_no_sharing():
    found = {service.name: service for service in plan().services}
    assert all(set(found[name].answered_by) == {"shared"} and not found[name].deployments for name in MEMBERS)
    stated = problem("60-shared-adapters")
    alone = solve(changed(stated, services=tuple(s for s in stated.services if s.workload.serves is None)), CATALOG, Options()).plan
    # Two cards for each of four services, against two for all.
    assert alone.cost["on_demand_usd_per_month"] == pytest.approx(4 * plan().cost["on_demand_usd_per_month"])


def test_what_is_shared_is_paid_by_busy_time_and_adds_up():
    busy = next(service.busy_shares for service in plan().services if service.name == "shared")
    for rule in ("spread", "whole"):
        found = showback(plan(), problem("60-shared-adapters"), CATALOG, CATALOG, rule=rule)
        paid = {line.name: line.parts.get("on_demand_usd_per_month", line.parts.get("contracted_rent")) for line in found.lines}
        rent = plan().cost["on_demand_usd_per_month"]
        assert {name: paid[name] for name in MEMBERS} == {name: pytest.approx(rent * busy[name]) for name in MEMBERS}
        assert "shared" not in paid and found.total("effective_usd") == pytest.approx(plan().cost[TOTAL], abs=1e-6)


def test_teams_pay_for_their_own_services():
    found = {line.name: line.effective_usd for line in showback(plan(), problem("60-shared-adapters"), CATALOG, CATALOG, by="team").lines}
    assert set(found) == {"(jobs)", "insurance", "intranet", "legal", "support"}


def test_the_plan_says_who_answers_and_whose_requests_keep_it_busy():
    text = as_text(plan_view(plan(), 160), 160)
    assert text.count("replicas of shared: 100 % of the requests") == 4
    assert "shared by busy time: chat 22 %, claims 16 %, contracts 37 %, tickets 25 %" in text
    assert [one.words for one in explain(plan()).used if one.service == "chat"] == ["replicas of shared"]


def test_jobs_of_all_adapters_are_run_as_often_as_they_repeat():
    # Every half year and every quarter of a horizon of a year.
    assert {job.name: job.runs for job in plan().jobs} == {"tune-claims": 2, "tune-contracts": 2, "tune-tickets": 4}
    # 2 x 2,500 + 2 x 4,000 + 4 x 1,500 USD over twelve months.
    assert plan().cost["job_data_usd_per_month"] == pytest.approx(19_000 / 12)


def test_engines_load_every_adapter_under_the_name_of_its_service():
    words = deployment(Export(plan(), problem("60-shared-adapters"), CATALOG, weights=ADAPTERS).units()[0])["spec"]["template"]["spec"]["containers"][0]["args"]
    assert words[:4] == ["meta-llama/Llama-3.1-8B", "--served-model-name", "shared", "chat"]
    assert words[words.index("--enable-lora") :] == [
        "--enable-lora", "--max-loras", "3", "--max-lora-rank", "32",
        "--lora-modules", "claims=org/claims", "contracts=org/contracts", "tickets=org/tickets",
    ]  # fmt: skip
    assert "--lora-modules" in exported("helm")["values.yaml"] and "--enable-lora" in "".join(exported("skypilot").values())


def test_an_adapter_that_is_missing_where_it_runs_is_a_drift():
    units = Export(plan(), problem("60-shared-adapters"), CATALOG, weights=ADAPTERS).units()
    assert drift(units, [deployment(units[0])]) == ()
    other = Export(plan(), problem("60-shared-adapters"), CATALOG, weights={**ADAPTERS, "tickets:tickets-lora": "org/older"}).units()
    assert [one.what for one in drift(units, [deployment(other[0])])] == ["--lora-modules"]


def test_routers_send_each_service_to_the_replicas_that_answer_for_it():
    text = exported("litellm")["config.yaml"]
    assert text.count('api_base: "http://shared/v1"') == 4 and 'model_name: "shared"' not in text


def test_adapters_that_nobody_says_where_to_find_are_named_and_sagemaker_is_refused():
    with pytest.raises(InvalidInput, match="claims:claims-lora=ID"):
        exported("kubernetes", tickets="org/t")
    with pytest.raises(UsageError, match="answer for several services: shared"):
        exported("sagemaker")


def test_shared_replicas_are_refused_by_the_strictest_limit_and_by_memory():
    stated = problem("61-sharing-refused")
    times = timeline(stated)
    found = {one.service: one for one in choices(stated, CATALOG, build_pools(stated, CATALOG, times)[0], times)}
    broken = {name: {str(r.configuration): {b.rule for b in r.broken} for r in found[name].rejections} for name in ("fast", "small")}
    assert broken["fast"]["fp8 L40S tp1 batch 16"] == {"tpot"}
    assert broken["small"]["bf16 L4 tp1 batch 8"] == {"memory"} and not found["small"].candidates
    answer = solve(stated, CATALOG, Options()).plan
    assert not any(service.answered_by for service in answer.services)
