"""Build or buy: each kind by hand, and break-even points that solving again on both sides confirms."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from planner.analysis.bench import Bench
from planner.analysis.compare import NARROW, all_in_one, compare, demand_per_s, of_kind, part_of, served
from planner.catalog import load_catalog
from planner.documents import from_data
from planner.problem.load import load_problem, problem_of
from planner.report.comparison import comparison_view
from planner.solve import Options, judged, solve

# A box carries 4 requests/s for 1 USD/h, 730 USD a month. By the token a request costs 0.001 USD: 1,000 in at 1 USD a
# million. 0.1 requests/s are 262,800 a month, 262.80 USD; at 730 USD a month they are 730,000, 0.27778 a second.
STATED = {
    "services": [
        {
            "name": "a", "model": "Llama-3.1-8B", "modes": ["provider_api", "real_time"],
            "workload": {"rate_per_s": 0.1, "dispersion_10s": 1.0, "classes": [{"input_tokens": 999, "output_tokens": 1, "share": 1.0}]},
            "allow": {"providers": ["p", "host"], "variants": ["bf16"]}, "profiles_only": True,
            "profiles": [{"variant": "bf16", "accelerator": "H100", "throughput_rps": [4.0]}],
        }
    ],
    "offers": {"catalog": False, "own": [{"provider": "p", "region": "r", "instance_type": "box", "accelerator": "H100",
               "accelerators_per_instance": 1, "on_demand_usd_per_hour": 1.0, "reserved_1y_usd_per_hour": 0.6}]},
    "apis": [{"provider": "host", "model": "m", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 1.0,
              "context_window": 8000}],
}  # fmt: skip


@pytest.fixture(scope="module")
def bench():
    return Bench(problem_of(from_data(STATED, "small.json")), load_catalog(), Options(gap=0.0))


@pytest.fixture(scope="module")
def found(bench):
    return compare(bench)


def test_each_kind_is_the_best_plan_of_its_kind(found):
    costs = {kind.name: kind.usd_per_month for kind in found.kinds}
    assert costs == {
        "provider_api": pytest.approx(262.8), "serverless": None, "on_demand": pytest.approx(730.0), "self_hosted": pytest.approx(438.0),
        "mixed": pytest.approx(262.8),
    }  # fmt: skip


def test_a_mix_that_beats_every_single_kind_is_the_cheapest_shown(found):
    cheaper = tuple(replace(kind, usd_per_month=200.0) if kind.name == "mixed" else kind for kind in found.kinds)
    words = {kind.name: kind.name for kind in found.kinds}
    shown = StringIO()
    Console(file=shown, width=120).print(comparison_view(replace(found, kinds=cheaper), 120, words))
    rows = {text.split()[0]: text for text in shown.getvalue().splitlines() if text.split()}
    # 262.80 against 200.00 is 31 % more.
    assert "cheapest" in rows["mixed"] and "+31 %" in rows["provider_api"]


def test_a_kind_without_a_plan_says_why(found):
    (none,) = [kind for kind in found.kinds if kind.plan is None]
    assert none.name == "serverless" and "hosted_provider" in none.reason and none.not_allowed == ("a",)


def test_a_mix_says_whose_modes_it_goes_beyond_and_what_a_cache_answers_is_answered():
    # Half of 0.1/s is found in a cache that costs nothing: all 262,800 requests a month are answered, half of them by the token.
    one = {**STATED["services"][0], "modes": ["real_time"], "caches": [{"name": "seen", "kind": "exact", "hit": 0.5}]}
    stated = problem_of(from_data({**STATED, "services": [one]}, "cached.json"))
    mixed = compare(Bench(stated, load_catalog(), Options(gap=0.0))).kinds[-1]
    assert mixed.not_allowed == ("a",)
    assert (mixed.usd_per_month, mixed.usd_per_1000) == (pytest.approx(131.4), pytest.approx(0.5))


def test_costs_by_token_and_request_and_use_follow_from_what_is_served(found):
    by_name = {kind.name: kind for kind in found.kinds}
    # 262,800 requests of 1,000 tokens: 1 USD a thousand requests and a million tokens; a box is busy 0.1 of 4.
    assert (by_name["provider_api"].usd_per_1000, by_name["provider_api"].usd_per_mtok) == (pytest.approx(1.0), pytest.approx(1.0))
    assert by_name["provider_api"].utilisation is None
    assert by_name["on_demand"].usd_per_1000 == pytest.approx(730.0 / 262.8)
    assert by_name["on_demand"].utilisation == pytest.approx(0.025)


def test_the_crossing_lies_where_it_is_by_hand(found):
    crossing = {(one.below, one.above): one for one in found.break_even}
    # 0.16667/s by the token cost what a reserved box does.
    (low, high) = crossing["provider_api", "self_hosted"].requests_per_s
    assert low <= 1 / 6 <= high and high / low <= NARROW * (1 + 1e-9)
    assert ("self_hosted", "on_demand") not in crossing


def test_solving_again_on_both_sides_finds_the_other_order(bench, found):
    for one in found.break_even:
        for times, (below, above), cheaper in ((one.low, one.low_usd, one.below), (one.high, one.high_usd, one.above)):
            costs = {}
            for kind, stated in ((one.below, below), (one.above, above)):
                plan = solve(of_kind(bench.loaded.problem, kind, times), bench.catalog, Options(gap=0.0)).plan
                costs[kind] = plan.cost["total_usd_per_month"]
                assert costs[kind] == pytest.approx(stated, rel=1e-9)
            assert min(costs, key=costs.get) == cheaper


def test_a_service_in_whole_slices_is_for_replicas_alone():
    sliced = {**STATED, "services": [{**STATED["services"][0], "modes": ["real_time"], "routing": "slices", "slice_factor": 2}]}
    found = compare(Bench(problem_of(from_data(sliced, "small.json")), load_catalog(), Options(gap=0.0)))
    by_name = {kind.name: kind for kind in found.kinds}
    assert by_name["provider_api"].plan is None and "slices" in by_name["provider_api"].reason
    assert by_name["mixed"].usd_per_month == pytest.approx(438.0)


def test_mirrored_requests_answer_nobody_and_count_as_demand_of_their_source():
    # Half of 0.1/s is mirrored for half a year. What is served stays 0.1/s: 262,800 requests of 1,000 tokens a month.
    shadow = {**STATED["services"][0], "name": "trial", "workload": {"mirrors": {"service": "a", "share": 0.5, "months": 6}}}
    problem = problem_of(from_data({**STATED, "services": [*STATED["services"], shadow]}, "small.json")).problem
    stated = judged(problem, load_catalog())
    assert demand_per_s(stated) == pytest.approx(0.1) and stated.rates["trial"].tolist() == [[0.05, 0.0]]
    assert served(solve(problem, load_catalog()).plan, problem) == pytest.approx((262_800.0, 262.8e6))
    # Twice the demand is twice the mirrored demand, not four times.
    assert judged(of_kind(problem, "on_demand", 2.0), load_catalog()).rates["trial"].tolist() == [[0.1, 0.0]]


@pytest.mark.parametrize("file", ["20-provider-api", "23-serverless", "26-provider-batch", "48-caches"])
def test_candidates_of_a_kind_are_those_of_the_mix_that_its_modes_allow(file):
    loaded = load_problem(f"problems/{file}.json")
    facts = load_catalog(loaded.problem.catalog)
    every = judged(of_kind(loaded.problem, "mixed"), facts)
    assert all_in_one(loaded.problem)
    for kind in ("self_hosted", "serverless", "provider_api"):
        asked = of_kind(loaded.problem, kind)
        part, whole = part_of(every, asked), judged(asked, facts)
        assert part.choices == whole.choices and (part.pools, part.left_out, part.caches, part.jobs) == (whole.pools, whole.left_out, whole.caches, whole.jobs)
