"""Explanations follow the plan: change the plan, and the explanation changes with it."""

import json
from dataclasses import replace

import pytest

from planner.analysis.explain import bench_of_plan, explain
from planner.plan.hosted import HostedUse
from planner.plan.schema import Plan
from planner.report.explanation import sentences
from tests.analysis.small import MONTH, bench, catalog, offer, problem, service

# Each service needs one replica, and a machine holds two: together one machine, alone one each.
SHARED = problem([service("a", rate=1.0), service("b", rate=1.0)], [offer("two", 10.0, size=2)])


def texts(found):
    return [text for _, block in sentences(found) for text in block]


def test_sharing_saves_what_services_alone_cost_more():
    on = bench(SHARED)
    found = explain(on.base().plan, on)
    # One machine of two holds both: 7,300; alone each pays for one of its own.
    assert found.sharing_saves == pytest.approx(10 * MONTH)
    assert [one.usd_per_month for one in found.alone] == pytest.approx([10 * MONTH] * 2)
    assert "Together they cost 7,300.00 USD/month less than that, 50 %." in texts(found)


def test_what_is_paid_for_commitments_held_counts_once_in_what_sharing_saves():
    # 500 a month for a commitment elsewhere is in the plan and in that of each service alone; a machine for both still saves 7,300.
    held = {"name": "old", "scope": {"provider": "elsewhere"}, "measure": "instances", "amount": 1, "usd_per_month": 500}
    on = bench(problem([service("a", rate=1.0), service("b", rate=1.0)], [offer("two", 10.0, size=2)], commitments={"held": [held]}))
    found = explain(on.base().plan, on)
    assert found.plan.cost["total_usd_per_month"] == pytest.approx(10 * MONTH + 500)
    assert found.held == pytest.approx(500)
    assert found.sharing_saves == pytest.approx(10 * MONTH)
    assert "Each of these pays 500.00 USD/month for commitments held; what sharing saves counts that once." in texts(found)


def test_services_that_compete_for_what_is_short_are_said_to_cost_more_together():
    # One cheap machine at 7 USD/h for two services of a machine each: alone 7 and 7, together 17.
    limits = {"quotas": [{"name": "there", "region": "there", "max_instances": 1}]}
    on = bench(problem([service("a", rate=1.0), service("b", rate=1.0)], [offer("one", 10.0), offer("far", 7.0, region="there")], limits=limits))
    found = explain(on.base().plan, on)
    assert found.sharing_saves == pytest.approx(-3 * MONTH)
    assert "Together they cost 2,190.00 USD/month more than that: not all can have what each would take alone." in dict(sentences(found))["What sharing does"]


def test_a_runner_up_that_serves_less_says_so():
    # Demand that may stay unserved at 0.1 USD a request is served as long as there is a machine; without it all of it is lost.
    on = bench(problem([service(rate=1.0, unserved_usd_per_request=0.1)]))
    (found,) = explain(on.base().plan, on).runners_up
    assert found.unserved == pytest.approx(1.0) and found.delta.value == pytest.approx(3600 * MONTH * 0.1 - 10 * MONTH)
    assert "with 100 % more of all requests unserved" in texts(explain(on.base().plan, on))[-1]


def test_a_cap_on_money_that_binds_is_named_in_words():
    plan = bench(problem(limits={"budget_usd_per_month": 20 * MONTH, "horizon_usd": 12 * 20 * MONTH})).base().plan
    said = dict(sentences(explain(plan)))["What binds"]
    assert said[:2] == ["budget is at its limit: 14,600 of 14,600 USD/month.", "budget over the horizon is at its limit: 175,200 of 175,200 USD."]


def test_the_runner_up_is_the_plan_without_the_accelerator_in_use():
    document = problem(offers=[offer("one", 10.0), {**offer("other", 12.0), "accelerator": "A100-80GB"}])
    document["services"][0]["profiles"].append({"accelerator": "A100-80GB", "throughput_rps": [2.0]})
    on = bench(document)
    (found,) = explain(on.base().plan, on).runners_up
    assert found.without == "H100" and found.delta.value == pytest.approx(2 * 2 * MONTH) and "A100" in found.instead


def test_without_another_accelerator_there_is_no_runner_up():
    on = bench()
    (found,) = explain(on.base().plan, on).runners_up
    assert found.delta is None


def test_requests_sent_to_a_hosted_option_are_part_of_what_runs_and_of_the_runner_up():
    # 3 requests/s: two boxes for 14,600 USD a month, or 200 tokens each at 10 USD a million: 3 × 2,628,000 × 0.002 = 15,768.
    # Without the boxes the API is the runner-up; a plan changed to send 1.5 requests/s there besides its 3 says so.
    one = {**service(), "modes": ["real_time", "provider_api"]}
    one["allow"] = {**one.get("allow", {}), "providers": ["own", "host"]}
    host = {"provider": "host", "model": "m", "serves": one["model"], "input_usd_per_mtok": 10.0, "output_usd_per_mtok": 10.0, "context_window": 32000}
    on = bench(problem([one], [offer("one", 10.0)]) | {"apis": [host]})
    plan = on.base().plan
    (found,) = explain(plan, on).runners_up
    assert (found.without, found.instead) == ("H100", "host:m by the token")
    (part,) = plan.services
    rates = {name: tuple(r / 2 for r in values) for name, values in part.deployments[0].rate_per_s.items()}
    sent = HostedUse(mode="provider_api", name="host:m", provider="host", rate_per_s=rates, usd_per_month=1.0)
    mixed = plan.model_copy(update={"services": (part.model_copy(update={"hosted": (sent,)}),)})
    assert any("H100 and host:m by the token for 33.3 % of its requests" in text for text in texts(explain(mixed)))
    alone = plan.model_copy(update={"services": (part.model_copy(update={"hosted": (sent,), "deployments": ()}),)})
    assert f"{part.name} runs on host:m by the token." in texts(explain(alone))


def test_the_problem_that_a_plan_carries_is_enough():
    plan = bench(SHARED).base().plan
    again = explain(plan, bench_of_plan(plan, "plan.json", catalog()))
    assert again.sharing_saves == pytest.approx(10 * MONTH)


def test_files_that_a_problem_was_made_of_need_not_lie_beside_the_plan():
    plan = bench().base().plan
    carried = {**plan.inputs.problem, "services": [{**one, "workload": {**one["workload"], "trace": "workloads/gone.csv.gz"}} for one in plan.inputs.problem["services"]]}
    made = bench_of_plan(plan.model_copy(update={"inputs": plan.inputs.model_copy(update={"problem": carried})}), "elsewhere.json", catalog())
    assert made.base().plan.cost == plan.cost


def mutations(plan):
    """(what was changed, the plan after it)."""
    data = plan.model_dump(mode="json")

    def changed(name, edit):
        copy = json.loads(json.dumps(data))
        edit(copy)
        return name, Plan.model_validate(copy)

    yield changed("cost part", lambda p: p["cost"].update(on_demand_usd_per_month=1234.0, total_usd_per_month=1234.0))
    yield changed("replicas", lambda p: p["services"][0]["deployments"][0].update(replicas=[7]))
    yield changed("accelerator", lambda p: p["services"][0]["deployments"][0].update(accelerator="Other"))
    yield changed("utilisation", lambda p: p["services"][0]["deployments"][0].update(utilisation=[0.123]))
    yield changed("growth", lambda p: p.update(demand_multiplier_survived=1.777))
    yield changed("binding", lambda p: p.update(binding=[{"constraint": "quota", "where": "x", "value": 3.0, "limit": 3.0, "unit": "instances", "slack": 0.0}]))
    yield changed("slack", lambda p: p.update(binding=[]))


def test_a_changed_plan_changes_its_explanation():
    plan = bench(problem([service(rate=3.0)], limits={"quotas": [{"name": "q", "accelerator": "H100", "max_instances": 2}]})).base().plan
    before = texts(explain(plan))
    for name, mutated in mutations(plan):
        assert texts(explain(mutated)) != before, name


def test_what_does_not_bind_is_not_said_to():
    plan = bench(problem(limits={"quotas": [{"name": "q", "accelerator": "H100", "max_instances": 5}]})).base().plan
    assert not any("quota" in text for text in texts(explain(plan)))


def test_the_command_explains_a_checked_plan_only(run, tmp_path):
    file, plan = tmp_path / "p.json", tmp_path / "plan.json"
    file.write_text(json.dumps(SHARED))
    run("solve", file, "-o", plan)
    done = run("explain", plan)
    assert done.code == 0 and "less than that" in done.out and all(len(text) <= 80 for text in done.out.split("\n"))
    assert json.loads(run("explain", plan, "--json").out)["sharing_saves_usd_per_month"] == pytest.approx(7300)
    spoilt = json.loads(plan.read_text())
    spoilt["cost"]["total_usd_per_month"] = 1.0
    plan.write_text(json.dumps(spoilt))
    assert run("explain", plan).code == 7


def test_what_sharing_saves_comes_with_its_interval_where_it_is_not_proven_to_the_cent():
    # Alone 7,300 each, at least 6,900; together 7,300, at least 7,000: between 13,800 − 7,300 and 14,600 − 7,000.
    on = bench(SHARED)
    found = explain(on.base().plan, on)
    loose = replace(found, plan=found.plan.model_copy(update={"bound_usd_per_month": 7000.0}), alone=tuple(replace(one, bound_usd_per_month=6900.0) for one in found.alone))
    assert (loose.sharing.least, loose.sharing.most, loose.sharing.sign) == (pytest.approx(6500.0), pytest.approx(7600.0), "higher")
    assert "Together they cost 7,300.00 USD/month less than that, 50 % (proven: between 6,500.00 and 7,600.00)." in texts(loose)
    unknown = replace(found, alone=tuple(replace(one, bound_usd_per_month=0.0) for one in found.alone))
    assert "(sign not proven: between -7,300.00 and 7,300.00)" in " ".join(texts(unknown))
