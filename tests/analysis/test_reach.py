"""What one limit alone would have to be: the smallest change of each is found or none exists, and no bundle of less pain does."""

import json

import pytest

from planner.analysis.limits import limits_of
from planner.analysis.negotiate import negotiate
from planner.plan.cost import TOTAL
from planner.problem.patch import Change, patched
from planner.report.negotiation import negotiation_content
from tests.analysis.small import MONTH, bench, catalog, offer, problem, service


def traded(**limits):
    """Four replicas on dirty machines for 10 USD/h or on clean ones for 16; what they emit does not depend on the routing."""
    chip = {"name": "chip", "vendor": "own", "tdp_w": 700.0, "idle_w": 560.0}
    one = {**service(rate=7.0), "profiles": [{"accelerator": "chip", "throughput_rps": [2.0]}]}
    own = [{**offer(name, usd, provider="aws", region=region), "accelerator": "chip"} for name, usd, region in (("dirty", 10.0, "us-east-1"), ("clean", 16.0, "eu-north-1"))]
    return problem([one]) | {"offers": {"catalog": False, "own": own, "accelerators": [chip]}, "limits": limits}


@pytest.fixture(scope="module")
def emits():
    """[kg/month] of plans with 0 … 4 clean machines of the four."""
    clean, dirty = (bench(traded(quotas=[{"region": place, "max_instances": 0}])).base().plan.carbon_kg_per_month for place in ("us-east-1", "eu-north-1"))
    return [dirty + (clean - dirty) * n / 4 for n in range(5)]


def usd(clean):
    return (40 + 6 * clean) * MONTH


def test_a_cap_that_must_nearly_double_is_offered_at_what_a_plan_emits(emits):
    # With one clean machine's money the least that can be emitted is that of one clean machine: twice the cap or so.
    asked = traded(carbon_kg_per_month=emits[1] / 1.9, budget_usd_per_month=usd(1))
    found = negotiate(bench(asked))
    smallest = {one.limit.kind.name: one for one in found.reach}
    carbon = smallest["carbon"]
    assert carbon.step.change.value == pytest.approx(emits[1], rel=1e-5) and not carbon.step.dropped
    assert carbon.too_little < emits[1] and carbon.step.change.value - carbon.too_little <= 0.005 * emits[1]
    assert carbon.plan.checked and carbon.plan.cost[TOTAL] == pytest.approx(usd(1)) and carbon.step.size == pytest.approx(0.9, rel=1e-4)
    # In money: as many clean machines as the cap asks for.
    needed = next(n for n in range(5) if emits[n] <= emits[1] / 1.9)
    assert smallest["budget"].step.change.value == pytest.approx(usd(needed)) and smallest["budget"].plan.cost[TOTAL] == pytest.approx(usd(needed))


@pytest.mark.parametrize("weights", [{}, {"carbon": 9, "budget": 1}])
def test_no_values_of_two_caps_hurt_less_than_the_bundle_of_least_pain(emits, weights):
    cap, budget = 0.5 * (emits[3] + emits[4]), usd(0)
    found = negotiate(bench(traded(carbon_kg_per_month=cap, budget_usd_per_month=budget)), weights=weights)
    hurts = {"carbon": 3.0, "budget": 2.0} | weights
    # Every plan worth having has 0 … 4 clean machines: what each makes of the two caps, a cap beyond three times over counting for three.
    pains = [hurts["carbon"] * min(3.0, max(0.0, emits[n] / cap - 1)) + hurts["budget"] * (usd(n) / budget - 1) for n in range(5)]
    least = min(found.bundles, key=lambda bundle: bundle.pain)
    assert "least pain" in least.characters and least.pain == pytest.approx(min(pains), rel=0.02)
    fewest = next(bundle for bundle in found.bundles if "fewest changes" in bundle.characters)
    assert len(fewest.concessions) == 1 and fewest.pain == pytest.approx(min(pains[0], pains[4]), rel=0.02)


def test_the_smallest_change_of_every_limit_is_that_of_trying_every_value():
    """Two services of two replicas, in a place that is dear or cheap; money, place, quota and a floor on instances."""
    services = [service("a", allow={"regions": ["here"]}), service("b", availability={"min_instances": 3})]
    limits = {"budget_usd_per_month": 40 * MONTH, "quotas": [{"name": "there", "region": "there", "max_instances": 1}]}
    on = bench(problem(services, [offer("one", 10.0), offer("far", 7.0, region="there")], limits=limits))
    found = negotiate(on)
    reach = {one.limit.path: one for one in found.reach}
    assert set(reach) >= {limit.path for limit in limits_of(on.loaded.stated) if not limit.lever}
    tried = {
        "limits.budget_usd_per_month": [usd * MONTH for usd in range(41, 52)],
        "limits.quotas.there.max_instances": list(range(2, 9)),
        "services.b.availability.min_instances": [2, 1, 0],
    }
    for path, values in tried.items():
        works = [value for value in values if on.has_plan(patched(on.loaded, [Change(path, value)], catalog()).problem)]
        if works:
            assert reach[path].suffices and reach[path].step.change.value == pytest.approx(works[0]), path
        else:
            assert not reach[path].suffices and reach[path].step is None and reach[path].plan is None, path


def test_limits_that_suffice_stand_first_the_smallest_change_first():
    # Two and two machines at 10: 29,200 for b and a. Half a percent more money suffices, or all of a's residency, or a fourth machine there.
    services = [service("a", allow={"regions": ["here"]}), service("b")]
    limits = {"budget_usd_per_month": 33.9 * MONTH, "upfront_usd": 0.0}
    found = negotiate(bench(problem(services, [offer("one", 10.0), offer("far", 7.0, region="there")], limits=limits)))
    assert [one.suffices for one in found.reach] == sorted((one.suffices for one in found.reach), reverse=True)
    sizes = [one.step.size for one in found.reach if one.suffices]
    assert sizes == sorted(sizes) and found.reach[0].limit.kind.name == "budget" and found.reach[0].step.change.value == 34 * MONTH
    pains = [(bundle.pain, bundle.plan.cost[TOTAL]) for bundle in found.bundles]
    assert pains == sorted(pains)
    answer = negotiation_content(found)["single_step_reach"]
    assert answer[0]["smallest_change"]["to"] == 34 * MONTH and answer[0]["smallest_change"]["plan"]["total_usd_per_month"] == pytest.approx(34 * MONTH)
    assert answer[-1]["smallest_change"] is None and not answer[-1]["suffices"]


def test_a_cap_of_nothing_and_one_far_too_small_are_given_numbers():
    # A quota of none must be four; a budget of one dollar must be what four machines cost.
    for limits, enough in (({"quotas": [{"name": "all", "accelerator": "H100", "max_instances": 0}]}, 2), ({"budget_usd_per_month": 1.0}, 20 * MONTH), ({"budget_usd_per_month": 0.0}, 20 * MONTH)):
        found = negotiate(bench(problem([service()], limits=limits)))
        (alone,) = (one for one in found.reach if not one.limit.lever)
        assert alone.step.change.value == pytest.approx(enough) and not alone.step.dropped
        assert any([c.step.change.value for c in bundle.concessions] == [pytest.approx(enough)] for bundle in found.bundles)


def test_a_team_without_any_money_is_told_how_much_it_needs():
    # 14,600 USD/month at the on-demand price: what the plan found needs, and a hair less is too little.
    found = negotiate(bench(problem([service(team="red")], limits={"teams": [{"team": "red", "budget_usd_per_month": 0}]})))
    (alone,) = (one for one in found.reach if not one.limit.lever)
    assert alone.step.change.value == 20 * MONTH and 20 * MONTH * (1 - 2e-5) < alone.too_little < 20 * MONTH


def test_several_money_caps_are_told_to_the_cent_what_they_would_have_to_be(run, tmp_path):
    # 20.001 USD/h: 14,600.73; half of it is red's.
    services = [service("a", rate=1.0, team="red"), service("b", rate=1.0, team="blue")]
    limits = {"budget_usd_per_month": 0, "teams": [{"team": "red", "budget_usd_per_month": 0}]}
    document = problem(services, [offer("one", 10.0005)], limits=limits)
    found = negotiate(bench(document))
    assert sorted(least.enough for conflict in found.conflicts for least in conflict.needed) == [7300.37, 14600.73]
    file = tmp_path / "p.json"
    file.write_text(json.dumps(document))
    text = " ".join(run("negotiate", file).out.split())
    assert "give budget 0 → 14,600.73 USD/month" in text and "give budget of the team of red 0 → 7,300.37 USD/month" in text
    assert "budget of the team of red ≤ 0 USD/month; even with no other limit stated, at least 7,300.37 is needed" in text
    file.write_text(json.dumps(problem(services, [offer("one", 10.0005)], limits={"budget_usd_per_month": 0})))
    # Of nothing no share can be said.
    assert "suffices budget 0 → 14,600.73 USD/month: 14,600.73 USD/month" in " ".join(run("negotiate", file).out.split())


def test_two_caps_on_the_same_money_are_both_told_what_the_cheapest_plan_costs():
    found = negotiate(bench(problem(limits={"budget_usd_per_month": 100, "horizon_usd": 500})))
    (bundle,) = found.bundles
    assert sorted(c.step.change.value for c in bundle.concessions) == pytest.approx([20 * MONTH, 12 * 20 * MONTH])


def test_what_is_kept_is_not_moved_but_what_a_kept_budget_would_have_to_be_is_said():
    # a at 10 a machine, b at 7: 34.
    services = [service("a", allow={"regions": ["here"]}), service("b")]
    limits = {"quotas": [{"name": "all", "accelerator": "H100", "max_instances": 3}]}
    found = negotiate(bench(problem(services, [offer("one", 10.0), offer("far", 7.0, region="there")], limits=limits)), budget=40 * MONTH, keep=["quota"])
    assert not found.bundles and {one.limit.kind.name: one.suffices for one in found.reach} == {"residency": False, "budget": False, "quota": True}
    kept = next(one for one in found.reach if one.limit.kind.name == "quota")
    assert kept.kept and kept.step is None and kept.least_usd_per_month == pytest.approx(34 * MONTH)
    found = negotiate(bench(problem(services, [offer("one", 10.0), offer("far", 7.0, region="there")])), budget=30 * MONTH)
    kept = next(one for one in found.reach if one.limit.kind.name == "budget")
    assert kept.kept and kept.step.change.value == pytest.approx(34 * MONTH)
    assert not any(c.limit.kind.name == "budget" for bundle in found.bundles for c in bundle.concessions)


def test_a_plan_of_few_candidates_answers_what_all_would_and_claims_no_bound(monkeypatch):
    services = [service("a", allow={"regions": ["here"]}), service("b")]
    document = problem(services, [offer("one", 10.0), offer("far", 7.0, region="there"), offer("dear", 12.0)], limits={"budget_usd_per_month": 30 * MONTH})
    whole = negotiate(bench(document))
    monkeypatch.setattr("planner.analysis.bench.WIDE", 0)
    monkeypatch.setattr("planner.analysis.bench.VERY_WIDE", 0)
    on = bench(document)
    few = negotiate(on)
    assert [one.limits for one in few.conflicts] == [one.limits for one in whole.conflicts]
    assert [(one.limit.path, one.suffices, one.step) for one in few.reach] == [(one.limit.path, one.suffices, one.step) for one in whole.reach]
    assert all(bundle.plan.checked and bundle.plan.bound_usd_per_month is None and not bundle.plan.proven for bundle in few.bundles)
    assert all(bundle.plan.bound_usd_per_month is not None for bundle in whole.bundles) and not any(one.proven for one in few.reach if one.least_usd_per_month)


def test_where_nothing_helps_several_limits_together_are_not_said_to(run, tmp_path):
    # Two machines are needed, and there is one.
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem(offers=[offer("one", 10.0, stock=1)], limits={"budget_usd_per_month": 5})))
    done = run("negotiate", file)
    assert done.code == 4 and "Without any of the limits there is still no plan" in done.out and "No single limit given up suffices.\n" in done.out
