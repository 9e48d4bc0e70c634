"""What changes do to a plan: differences with their intervals, reasons that are checked, and what is refused."""

import json

import pytest

from planner.analysis.difference import difference, interval
from planner.analysis.reuse import rejudged
from planner.analysis.whatif import what_if
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.problem.patch import parsed
from planner.problem.without import without
from planner.solve import Infeasible, Solved, judged
from tests.analysis.small import MONTH, bench, catalog, offer, problem, service

TWO_SELLERS = problem(offers=[offer("one", 10.0), offer("dear", 12.0, provider="other")])


def asked(found, *texts, **more):
    changes = parsed(texts)
    return what_if(found, found.after(*changes), changes, **more)


def test_a_difference_is_that_of_two_proven_plans():
    # Twice 3 requests/s need three machines of 2 instead of two: one more, 10 × 730.
    found = asked(bench(), "demand=2").found
    assert found.cost.value == pytest.approx(10 * MONTH) and found.cost.sign == "higher"
    (instances,) = [m for m in found.moves if m.what == "instances"]
    assert (instances.before, instances.after) == (2.0, 3.0)


def test_no_difference_is_said_to_be_none():
    # 3.3 requests/s still need two machines.
    found = asked(bench(), "demand=+10%").found
    assert found.cost.sign == "same" and found.same_plan


def test_an_interval_that_straddles_zero_proves_no_sign():
    # Base between 98 and 100, new between 97 and 101: anything from -3 to +3.
    found = interval(100.0, 98.0, 101.0, 97.0)
    assert (found.least, found.most, found.sign) == (-3.0, 3.0, "not proven")
    assert interval(100.0, 98.0, 103.0, 101.0).sign == "higher"
    assert interval(100.0, 98.0, 97.0, 90.0).sign == "lower"
    assert interval(100.0, None, 97.0, 90.0).sign == "not proven"
    assert interval(100.0, 100.0, 100.0, 100.0).sign == "same"


@pytest.mark.parametrize("text", ["demand=0", "demand=-100%", "demand.chat=*0"])
def test_no_demand_needs_no_machine(text):
    found = asked(bench(), text).found
    assert found.after.cost["total_usd_per_month"] == 0.0 and found.cost.sign == "lower" and found.after.checked


def test_a_service_without_requests_has_no_latency_and_an_unmeasured_one_an_unknown(run, tmp_path):
    measured = {**service(), "profiles": [{"accelerator": "H100", "throughput_rps": [2.0], "ttft_ms": [200.0], "tpot_ms": [20.0]}]}
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem([measured])))
    assert "slowest TPOT of chat: 20 ms → none" in run("whatif", file, "--set", "demand=0").out
    api = {"provider": "host", "model": "m", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 0.01, "output_usd_per_mtok": 0.01, "context_window": 9000}
    sent = {**measured, "modes": ["real_time", "provider_api"], "allow": {"providers": ["own", "host"]}}
    file.write_text(json.dumps(problem([sent], apis=[api])))
    assert "slowest TPOT of chat: unknown → 20 ms" in run("whatif", file, "--set", "apis[0].output_usd_per_mtok=100").out


@pytest.mark.parametrize(("text", "near"), [("offers.ow:*.on_demand=1", "own"), ("offers.own:onne@*.spot=1", "own:one@here"), ("offers.own:one@here.spott=1", "spot")])
def test_a_pattern_that_matches_no_offer_is_refused_with_near_names(text, near):
    with pytest.raises(UsageError, match=near):
        asked(bench(), text)


def test_the_reason_is_what_the_plan_before_breaks():
    # One machine at most: with two forbidden, 3 requests/s cannot be served by two machines of own:one.
    base = bench(problem(offers=[offer("one", 10.0), offer("big", 25.0, size=2)]))
    found = asked(base, 'limits.quotas=[{"instance_type": "one", "max_instances": 1}]').found
    # One small (10) and one large (25) hold three replicas, one large alone holds two: 25.
    assert found.after.cost["total_usd_per_month"] == pytest.approx(25 * MONTH)
    assert any("quota" in reason for reason in found.why)


def test_a_plan_that_still_holds_is_said_to_with_what_it_would_cost():
    # At twice the price the other seller's 12 USD/h is cheaper: 2 × 20 × 730 kept, 2 × 12 × 730 moved.
    found = asked(bench(TWO_SELLERS), "offers.own:*.on_demand=*2").found
    assert found.cost.value == pytest.approx(2 * 2 * MONTH)
    assert any("29,200.00" in reason and "11,680.00 more" in reason for reason in found.why)


def test_a_plan_of_other_services_is_not_held_against_the_limits_of_these():
    found = asked(bench(), "services.chat.name=other").found
    assert found.cost.sign == "same" and len(found.why) == 1 and "other services" in found.why[0]


def test_without_a_provider_the_next_one_is_bought():
    base = bench(TWO_SELLERS)
    after = without(base.loaded, ["own"], base.catalog)
    found = what_if(base, after, [], left_out=["own"])
    assert found.walk_away.value == pytest.approx(2 * 2 * MONTH) and found.changes == ("without own",)
    assert asked(base, "demand=2").walk_away is None
    with pytest.raises(UsageError, match="own"):
        without(base.loaded, ["owm"], base.catalog)


def test_the_walk_away_value_is_said_with_what_is_left_out(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(TWO_SELLERS))
    assert "Walk-away value of own, the most that keeping it is worth: 2,920.00 USD/month" in " ".join(run("whatif", file, "--without", "own").out.split())
    answer = json.loads(run("whatif", file, "--without", "own", "--json").out)
    assert answer["walk_away_usd_per_month"]["value"] == pytest.approx(2920.0) and answer["left_out"] == ["own"]
    # Of the seller that is not used nothing is lost; beside another change what is lost is not told apart.
    assert "Walk-away value of other: nothing" in run("whatif", file, "--without", "other").out
    assert "walk_away_usd_per_month" not in json.loads(run("whatif", file, "--without", "own", "--set", "demand=2", "--json").out)


def test_no_plan_after_a_change_is_an_answer_with_its_conflict():
    found = asked(bench(), "limits.budget=14000")
    assert found.found is None and isinstance(found.after, Infeasible)


def test_a_quick_answer_is_a_checked_plan_without_a_bound():
    found = asked(bench(TWO_SELLERS), "demand=2", quick=True)
    assert found.proof == "upper_estimate"
    plan = found.found.after
    assert plan.checked and plan.certificate.passed and not plan.proven and plan.bound_usd_per_month is None
    assert found.found.cost.least is None and found.found.cost.most == pytest.approx(10 * MONTH)


def test_a_first_estimate_is_told_where_the_program_is_not_solved_at_once():
    base = bench(TWO_SELLERS)
    told = []
    asked(base, "demand=2", first=told.append)
    assert told == []  # one search: the answer itself comes as soon
    slow = base.base().plan
    base._known = {key: Solved(slow.model_copy(update={"solver": slow.solver.model_copy(update={"method": "decomposition"})})) for key in list(base._known)[:1]}
    found = asked(base, "demand=3", first=told.append)
    assert [one.least for one in told] == [None] and told[0].most >= found.found.cost.most and found.proof == "to_gap"


@pytest.mark.parametrize("text", ["demand=1.7", "services.*.workload.headroom=2", "limits.budget=30000"])
def test_candidates_that_are_kept_are_those_that_would_be_made(text):
    base = bench(problem(limits={"budget_usd_per_month": 90000}))
    known = judged(base.loaded.problem, catalog())
    after = base.after(*parsed([text])).problem
    kept, made = rejudged(after, known), judged(after, catalog())
    assert kept.choices == made.choices and kept.pools == made.pools
    assert {n: r.tolist() for n, r in kept.rates.items()} == {n: r.tolist() for n, r in made.rates.items()}


@pytest.mark.parametrize("text", ["services.chat.slo.ttft_ms.p95=5", "limits.carbon=5", "offers.own:*.on_demand=*2"])
def test_candidates_are_judged_again_where_a_change_could_alter_them(text):
    base = bench()
    assert rejudged(base.after(*parsed([text])).problem, judged(base.loaded.problem, catalog())) is None


@pytest.mark.parametrize("text", ["services.a.slo.ttft_ms.p95=200", "services.a.allow.providers=other", "services.b.spot.allowed=true", "limits.max_configurations=1"])
def test_what_was_judged_for_services_that_did_not_change_is_what_would_be_judged_again(text):
    from planner.candidates import remembered

    fast, slow = ({"accelerator": chip, "throughput_rps": [2.0], "ttft_ms": [ms]} for chip, ms in (("H100", 100), ("A100-80GB", 300)))
    services = [service(name, slo={"ttft_ms": {"p95": 600}}, profiles=[fast, slow]) for name in "ab"]
    base = bench(problem(services, [offer("one", 10.0, spot_usd_per_hour=4.0, spot_availability=0.9, spot_interruptions_per_month=3.0),
                                    {**offer("two", 6.0, provider="other"), "accelerator": "A100-80GB"}]))  # fmt: skip
    judged(base.loaded.problem, catalog())
    after = base.after(*parsed([text])).problem
    kept = judged(after, catalog())
    remembered._KNOWN.clear()
    assert kept.choices == judged(after, catalog()).choices


def test_nothing_is_solved_twice():
    base = bench()
    asked(base, "demand=2"), asked(base, "demand=2"), asked(base, "demand=*2")
    assert base.solves == 2


def test_the_command_says_the_difference_first_and_ends_with_its_code(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem()))
    done = run("whatif", file, "--set", "demand=2")
    assert done.code == 0 and done.out.split("\n")[1].startswith("7,300.00 USD/month more")
    assert all(len(line) <= 80 for line in done.out.split("\n"))
    answer = json.loads(run("whatif", file, "--set", "demand=2", "--json").out)
    assert answer["status"] == "done" and answer["delta_usd_per_month"]["sign"] == "higher"
    assert run("whatif", file, "--set", "limits.budget=1").code == 4
    assert run("whatif", file).code == 2
    done = run("whatif", file, "--set", "services.chatt.priority=2", "--json")
    assert done.code == 2 and "chat" in json.loads(done.out)["errors"][0]["message"]


def test_a_change_that_makes_a_plan_possible_is_answered_by_that_plan(run, tmp_path):
    """14,600 USD/month are needed, 1 is allowed; the question is whether 20,000 would do."""
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem(limits={"budget_usd_per_month": 1})))
    done = run("whatif", file, "--set", "limits.budget=20000", "--json")
    answer = json.loads(done.out)
    assert done.code == 0 and answer["status"] == "done"


def test_two_plan_files_are_compared_after_both_are_checked(run, tmp_path):
    plans = []
    for name, rate in (("a", 3), ("b", 5)):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(problem([service(rate=rate)])))
        plans.append(tmp_path / f"{name}-plan.json")
        run("solve", file, "-o", plans[-1])
    done = run("diff", *plans, "--json")
    # 5 requests/s need three machines: one more, 7,300.
    assert done.code == 0 and json.loads(done.out)["delta_usd_per_month"]["value"] == pytest.approx(7300)
    spoilt = json.loads(plans[1].read_text())
    spoilt["cost"]["total_usd_per_month"] = 1.0
    plans[1].write_text(json.dumps(spoilt))
    assert run("diff", *plans).code == 7


def test_a_difference_of_a_plan_with_itself_is_none():
    plan = bench().base().plan
    found = difference(plan, plan, catalog())
    assert found.cost.sign == "same" and found.moves == () and found.why == ()


def crowded(rate=2.0):
    """``a`` may only stand near, where two boxes are to be had; ``b`` stands there too, and may go far for 2 USD/h more; ``c`` is far."""
    services = [
        service("a", rate=rate, allow={"regions": ["own:near"]}), service("b", rate=2.0), service("c", rate=2.0, allow={"regions": ["own:far"]}),
    ]  # fmt: skip
    offers = [offer("one", 10.0, region="near"), offer("one", 12.0, region="far")]
    return problem(services, offers, limits={"quotas": [{"name": "near", "region": "near", "max_instances": 2}]})


def test_a_first_answer_lets_neighbours_move_where_a_quota_is_used_up(monkeypatch):
    on = bench(crowded())
    assert on.base().plan.cost[TOTAL] == pytest.approx((10 + 10 + 12) * MONTH)
    # What would solve every service afresh is not needed: b alone makes room.
    monkeypatch.setattr("planner.analysis.quick.solve", None)
    found = asked(on, "demand.a=1.5", quick=True)
    assert found.proof == "upper_estimate" and found.found.after.cost[TOTAL] == pytest.approx((2 * 10 + 12 + 12) * MONTH)


def test_a_plan_solved_before_is_the_base_and_one_of_another_problem_is_refused(run, tmp_path):
    file, plan, other = tmp_path / "p.json", tmp_path / "plan.json", tmp_path / "other.json"
    file.write_text(json.dumps(problem()))
    other.write_text(json.dumps(crowded()))
    assert run("solve", file, "-o", plan).code == 0
    done = run("whatif", file, "--set", "demand=2", "--base", plan, "--json")
    # 3 requests/s on two boxes, then 6 on three.
    assert done.code == 0 and json.loads(done.out)["delta_usd_per_month"]["value"] == pytest.approx(10 * MONTH)
    assert run("whatif", other, "--set", "demand=2", "--base", plan).code == 2
    broken = json.loads(plan.read_text())
    broken["cost"]["total_usd_per_month"] -= 1.0
    plan.write_text(json.dumps(broken))
    assert run("whatif", file, "--set", "demand=2", "--base", plan).code == 7


def test_a_first_answer_costs_no_more_than_the_plan_that_may_stay():
    # A looser limit on latency: whatever the search finds or does not find, the plan before still holds.
    document = problem([service("a", slo={"ttft_ms": {"p95": 500}}), service("b")])
    for one in document["services"]:
        one["profiles"] = [{"accelerator": "H100", "throughput_rps": [2.0], "ttft_ms": [100]}]
    on = bench(document)
    found = asked(on, "services.a.slo.ttft_ms=*1.1", quick=True)
    assert found.proof == "upper_estimate" and found.found.cost.value <= 0.0 and found.found.same_plan


def test_shares_are_said_as_they_were_written_and_whole_numbers_stay_whole(run, tmp_path):
    # A fifth less than 6 is 4.8: 5, the nearest; a tenth more than 6 is 6.6: 7; half of 5 is 2.5: 2, the one farther away.
    document = problem(limits={"quotas": [{"name": "q", "accelerator": "H100", "max_instances": 6}]})
    for text, value, exact in (("-20%", 5, "4.8"), ("+10%", 7, "6.6"), ("*0.5", 3, None)):
        on = bench(document)
        found = asked(on, f"limits.quotas.q.max_instances={text}")
        assert found.after.plan.inputs.problem["limits"]["quotas"][0]["max_instances"] == value
        assert found.changes == (f"limits.quotas.q.max_instances={text}",)
        assert len(found.rounded) == (exact is not None) and (exact is None or exact in found.rounded[0])
    document["limits"]["quotas"][0]["max_instances"] = 5
    assert "5 becomes 2, the whole number nearest to 2.5" in asked(bench(document), "limits.quotas.q.max_instances=-50%").rounded[0]
    file = tmp_path / "p.json"
    file.write_text(json.dumps(document))
    assert "What if demand=+20%" in run("whatif", file, "--set", "demand=+20%").out


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("limits.quotas.q.max_instances=3", True), ("limits.quotas.q.max_instances=7", False), ("limits.budget_usd_per_month=20000", True), ("limits.carbon=none", False),
        ("demand=+10%", False), ("services.chat.availability.min_instances=2", True), ("offers.own:*.on_demand=+10%", False),
    ],
)
def test_a_quick_answer_to_what_only_tightens_keeps_the_bound_of_the_plan_before(text, keeps):
    document = problem([service(availability={"min_instances": 1})], limits={"quotas": [{"name": "q", "accelerator": "H100", "max_instances": 4}]})
    found = asked(bench(document), text, quick=True)
    bound, exact = found.after.plan.bound_usd_per_month, asked(bench(document), text).after.plan
    assert (bound is not None) == keeps
    if keeps:
        # It is one: no plan costs less. Here nothing that gives way was used, so the quick answer is even proven.
        assert bound <= exact.cost[TOTAL] * (1 + 1e-9) and found.after.plan.proven and found.proof == "to_gap"


def test_without_what_the_problem_lacks_is_refused_with_what_it_has(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(TWO_SELLERS))
    done = run("whatif", file, "--without", "L40S")
    assert done.code == 2 and 'nothing that this problem could use is of "L40S"' in done.err and "dear" not in done.out and "other" in done.err
    assert run("whatif", file, "--without", "H100").code == 4
