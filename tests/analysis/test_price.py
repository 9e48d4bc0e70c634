"""What limits cost: every step is a solve."""

import json

import pytest

from planner.analysis.ladder import price_limits
from planner.errors import UsageError
from tests.analysis.small import MONTH, bench, offer, problem, service

def test_a_limit_that_does_not_bind_costs_nothing_and_one_that_does_is_ranked_first():
    document = problem([service(rate=5.0, carbon_kg_per_month=None)], [offer("one", 10.0), offer("far", 7.0, region="there")],
                       limits={"quotas": [{"name": "there", "region": "there", "max_instances": 1}, {"name": "here", "region": "here", "max_instances": 50}]})  # fmt: skip
    first, second = price_limits(bench(document)).ladders
    # One of three machines may stand in the cheap place; each more saves 3 × 730, each less costs as much.
    # Three machines are needed: without the quota all three stand there, two saving 3 × 730 each.
    assert first.limit.where == "there" and [r.delta.value for r in first.rungs] == pytest.approx([3 * MONTH, -3 * MONTH, -6 * MONTH])
    assert [r.given_up for r in first.rungs] == [False, False, True] and first.costs.value == pytest.approx(6 * MONTH)
    assert second.swing == 0.0 and all(r.delta.sign == "same" and r.same_plan for r in second.rungs)


def test_a_step_that_leaves_no_plan_says_so():
    (ladder,) = price_limits(bench(problem(limits={"budget_usd_per_month": 15_000}))).ladders
    # 14,600 is the cheapest plan: 12,000, 13,500 and 14,250 are too little.
    assert [r.delta is None for r in ladder.rungs] == [True, True, True, False, False, False, False] and ladder.impossible == 3


def test_a_limit_that_is_not_used_up_and_that_no_step_moves_says_what_it_costs_without_it():
    """Whole numbers jump: 900 kg are not used up by the plan, and a fifth more or less changes nothing, but 1,300 would."""
    # Two replicas at 10 USD/h on a dirty grid or 16 on a clean one. Caps between what one dirty machine and what two emit force one clean one.
    def capped(kg):
        chip = {"name": "chip", "vendor": "own", "tdp_w": 700.0, "idle_w": 560.0}
        offers = [{**offer(name, usd, provider="aws", region=region), "accelerator": "chip"} for name, usd, region in (("dirty", 10.0, "us-east-1"), ("clean", 16.0, "eu-north-1"))]
        one = {**service(rate=3.0), "profiles": [{"accelerator": "chip", "throughput_rps": [2.0]}]}
        return {**problem([one]), "offers": {"catalog": False, "own": offers, "accelerators": [chip]}, "limits": {"carbon_kg_per_month": kg}}

    two_dirty = bench(capped(1e6)).base().plan.carbon_kg_per_month
    both = bench(capped(0.9 * two_dirty)).base().plan.carbon_kg_per_month
    # Four fifths and six fifths of the cap lie between the two as well.
    cap = both + 0.4 * (two_dirty - both)
    (ladder,) = price_limits(bench(capped(cap))).ladders
    assert cap * 0.8 > both and cap * 1.2 < two_dirty
    assert [r.delta.value for r in ladder.rungs] == pytest.approx([0, 0, 0, 0, 0, 0, -6 * MONTH])
    assert ladder.swing == pytest.approx(6 * MONTH) and ladder.costs.value == pytest.approx(6 * MONTH) and ladder.costs.sign == "higher"
    assert ladder.without.cost == pytest.approx(20 * MONTH)


def test_a_whole_number_moves_by_one_both_ways_whatever_its_size():
    document = problem([service(rate=79.0)], [offer("one", 10.0), offer("far", 7.0, region="there")], limits={"quotas": [{"name": "there", "region": "there", "max_instances": 40}]})
    (ladder,) = price_limits(bench(document)).ladders
    # 40 machines carry 79 requests/s, all of them in the cheap place: one less there costs 3 USD/h, more help nobody.
    moved = {rung.words: rung.delta.value for rung in ladder.rungs}
    assert moved == {"-8": pytest.approx(24 * MONTH), "-4": pytest.approx(12 * MONTH), "-2": pytest.approx(6 * MONTH), "-1": pytest.approx(3 * MONTH), "+1": 0, "+2": 0, "+4": 0, "+8": 0, "given up": 0}


def test_a_cap_of_nothing_is_only_given_up():
    document = problem([service(rate=3.0)], [offer("one", 10.0), offer("far", 7.0, region="there")], limits={"upfront_usd": 0.0, "quotas": [{"name": "there", "region": "there", "max_instances": 0}]})
    quota, cash = price_limits(bench(document)).ladders
    assert [(r.words, r.delta.value) for r in quota.rungs] == [("+1", pytest.approx(-3 * MONTH)), ("given up", pytest.approx(-6 * MONTH))]
    assert [(r.words, r.delta.value) for r in cash.rungs] == [("given up", 0.0)]


def test_only_takes_kinds_and_paths():
    document = problem(limits={"budget_usd_per_month": 15_000, "quotas": [{"name": "all", "accelerator": "H100", "max_instances": 9}]})
    assert len(price_limits(bench(document), only=["quota"]).ladders) == 1
    with pytest.raises(UsageError, match="budget"):
        price_limits(bench(document), only=["budgett"])


def test_the_command_says_what_was_found(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem(limits={"quotas": [{"name": "all", "accelerator": "H100", "max_instances": 9}]})))
    done = run("price", file)
    assert done.code == 0 and "quota of all ≤ 9 instances" in done.out and all(len(text) <= 80 for text in done.out.split("\n"))
