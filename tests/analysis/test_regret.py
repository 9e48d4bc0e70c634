"""Regret: against each scenario's own optimum, of commitments that are bought before it is known which one comes."""

import json

import pytest

from planner.analysis.levels import tail_mean
from planner.analysis.regret import regret
from planner.analysis.scenarios import listed
from planner.documents import from_data
from planner.solve import Infeasible
from tests.analysis.small import MONTH, bench, offer, problem, service

YEAR = {"name": "a year", "scope": {"provider": "own"}, "measure": "instances", "term_months": 12, "discount": 0.4}
# 2, and in scenarios 1 and 4, machines at 10 USD/h, or at 6 for a year.
BASE = problem([service(rate=4.0)], commitments={"offers": [YEAR]})


def scenarios(*rows):
    return listed(from_data([{"name": f"s{n}", **row} for n, row in enumerate(rows)], "s.json"))


LOW, HIGH = {"set": {"demand": 0.5}}, {"set": {"demand": 2}}


def test_nominal_commitments_are_priced_in_every_scenario():
    found = regret(bench(BASE), scenarios(LOW, HIGH))
    # Two reserved: 12 USD/h where one machine (6) would do, and 12 + 20 where four reserved cost 24.
    assert found.nominal.units == {"a year": 2.0}
    assert found.optima == pytest.approx((6 * MONTH, 24 * MONTH))
    assert [one.value for one in found.nominal.regrets] == pytest.approx([6 * MONTH, 8 * MONTH])
    assert found.nominal.regret.value == pytest.approx(8 * MONTH) and found.nominal.regretted == "s1"
    assert found.nominal.expected == pytest.approx(22 * MONTH)
    # Half the weight is far more than 5 %: the tail is the dearest scenario.
    assert found.nominal.cvar95 == pytest.approx(32 * MONTH)


def test_the_robust_choice_is_the_best_on_average():
    found = regret(bench(BASE), scenarios(LOW | {"weight": 1}, HIGH | {"weight": 3}))
    # With R reserved: (6 R + 3 (40 − 4 R)) / 4 for R ≥ 1, least at R = 4: (24 + 72) / 4 = 24.
    assert found.robust.units == {"a year": 4.0} and found.robust.expected == pytest.approx(24 * MONTH)
    assert found.bound == pytest.approx(24 * MONTH)
    # Nominal: (12 + 3 × 32) / 4 = 27. Known beforehand: (6 + 3 × 24) / 4 = 19.5.
    assert found.gained.value == pytest.approx(-3 * MONTH) and found.gained.sign == "lower"
    assert found.foresight.value == pytest.approx(4.5 * MONTH)


def test_the_largest_regret_is_made_least_where_that_is_the_aim():
    found = regret(bench(BASE), scenarios(LOW | {"weight": 1}, HIGH | {"weight": 3}), aim="regret")
    # R reserved regret 6 (R − 1) in the low scenario and 4 (4 − R) in the high one: 6 and 8 at two, 12 and 4 at three.
    assert found.robust.units == {"a year": 2.0} and found.robust.regret.value == pytest.approx(8 * MONTH)
    assert found.bound == pytest.approx(8 * MONTH, rel=1e-6)


def test_the_dearest_scenarios_are_made_cheapest_where_that_is_the_aim():
    found = regret(bench(BASE), scenarios(LOW | {"weight": 99}, HIGH | {"weight": 1}), aim="cvar95")
    # 1 % of four machines and 4 % of one: (6 R + 4 × 6 R + 40 − 10 R) / 5 falls nowhere for R ≥ 1; 0 reserved: (40 + 40) / 5.
    assert found.robust.units == {"a year": 1.0}
    assert found.robust.cvar95 == pytest.approx((36 + 4 * 6) / 5 * MONTH) and found.bound == pytest.approx(found.robust.cvar95, rel=1e-6)


def test_a_tail_takes_of_the_last_scenario_what_is_left():
    # 2 % at 100, 3 of the 98 % at 10.
    assert tail_mean([0.98, 0.02], [10.0, 100.0]) == pytest.approx((2 * 100 + 3 * 10) / 5)


def test_commitments_protect_from_prices_that_rise_later():
    found = regret(bench(problem([service(rate=4.0)], commitments={"offers": [YEAR | {"discount": 0.05}]}, periods={"kind": "day", "per_day": 2})), scenarios({}, {"set": {"offers.own:*.on_demand": "*3"}}))
    assert found.robust.units == {"a year": 2.0}
    # Committed to at 9.50 today, whatever the price is later.
    assert found.robust.costs == pytest.approx((19 * MONTH, 19 * MONTH))


def test_a_scenario_in_which_a_seller_fails_is_regretted():
    sellers = problem([service(rate=4.0)], [offer("one", 10.0), offer("dear", 12.0, provider="other")], commitments={"offers": [YEAR]})
    found = regret(bench(sellers), scenarios({}, {"name": "gone", "set": {"services.chat.allow.exclude_providers": "own"}}))
    # Two reserved are paid (12) beside two elsewhere (24).
    assert found.left_out == ("a year",) and found.robust.units == {}
    assert found.nominal.regretted == "gone" and found.nominal.regret.value == pytest.approx(12 * MONTH)


def test_a_regret_within_the_gaps_is_not_called_proven():
    found = regret(bench(BASE, gap=0.5), scenarios(LOW, HIGH))
    for one in (*found.nominal.regrets, *found.robust.regrets):
        assert one.least <= one.value <= one.most


def test_a_scenario_without_a_plan_is_named_with_its_answer():
    found = regret(bench({**BASE, "limits": {"quotas": [{"max_instances": 3}]}}), scenarios(LOW, HIGH))
    assert found.stuck[0] == "s1" and isinstance(found.stuck[1], Infeasible)
    assert [one.constraint for one in found.stuck[1].conflicts] == ["quota"]


def test_the_command_shows_both_choices_within_its_lines(run, tmp_path):
    file, cases = tmp_path / "p.json", tmp_path / "s.json"
    file.write_text(json.dumps(BASE))
    cases.write_text(json.dumps([{"name": "low", "set": {"demand": 0.5}, "weight": 1}, {"name": "high", "set": {"demand": 2}, "weight": 3}]))
    done = run("regret", file, "--scenarios", cases, "--gap", "0")
    assert done.code == 0 and done.out.startswith("Robust: 4 × a year")
    assert all(len(line) <= 80 for line in done.out.split("\n"))
    answer = json.loads(run("regret", file, "--over", "demand=0.5,2", "--aim", "regret", "--json").out)
    assert answer["aim"] == "regret" and answer["status"] == "done" and len(answer["scenarios"]) == 2
    robust = answer["robust"]
    assert robust["expected_usd_per_month"] == pytest.approx(sum(robust["usd_per_month_by_scenario"]) / 2) and robust["used_share_there"] <= 1.0
    assert robust["most_regret_usd_per_month"]["value"] == pytest.approx(max(one["value"] for one in robust["regret_usd_per_month_by_scenario"]))
    assert run("regret", file).code == 2
    assert run("regret", file, "--over", "demmand=1,2").code == 2
    cases.write_text("[]")
    assert run("regret", file, "--scenarios", cases).code == 3
