"""Levels of commitment: the best over scenarios equals what going through all levels finds, and each figure is a plan's."""

import json
from functools import lru_cache
from itertools import product

import pytest

from planner.analysis.commit import commit
from planner.analysis.committing import Committing
from planner.analysis.scenarios import grid, listed
from planner.documents import from_data
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.solve import Infeasible
from tests.analysis.small import MONTH, bench, offer, problem, service

YEAR = {"name": "a year", "scope": {"provider": "own"}, "measure": "instances", "term_months": 12, "discount": 0.4}
SPEND = {"name": "plan", "scope": {}, "measure": "spend", "term_months": 12, "discount": 0.3}
# 4 requests/s on machines of 2: two of them at 10 USD/h, or at 6 for a year.
BASE = problem([service(rate=4.0)], commitments={"offers": [YEAR]})
# 1, 2 and 4 machines.
DEMAND = grid(["demand=0.5,1,2"])


def scenarios(*rows):
    return listed(from_data([{"name": str(n), **row} for n, row in enumerate(rows)], "s.json"))


def cost(answer):
    return answer.plan.cost[TOTAL]


def test_the_recommended_level_is_the_cheapest_on_average():
    found = commit(bench(BASE), DEMAND)
    # R reserved cost 6 R and 10 for each machine above: on average 70/3, 58/3, 56/3, 64/3, 72/3 USD/h for R = 0 … 4.
    (level,) = [one for one in found.levels if "recommended" in one.name]
    assert level.units == {"a year": 2.0} and level.usd_per_hour == pytest.approx(12.0)
    assert level.expected == pytest.approx(56 / 3 * MONTH)
    assert found.bound == pytest.approx(level.expected)
    assert found.saved.value == pytest.approx(-14 / 3 * MONTH) and found.saved.sign == "lower"


def test_regret_is_against_each_scenarios_own_optimum_and_low_demand_uses_least():
    found = commit(bench(BASE), DEMAND)
    levels = {part: one for one in found.levels for part in one.name.split(" = ")}
    # Optima are 6, 12 and 24 USD/h. Two reserved cost 12, 12 and 32: at most 8 more. None: 10, 20, 40, at most 16 more.
    assert levels["recommended"].regret.value == pytest.approx(8 * MONTH)
    assert levels["none"].regret.value == pytest.approx(16 * MONTH) and levels["none"].used is None
    # At half the demand one of the two runs.
    assert (levels["recommended"].worst, levels["recommended"].used) == ("demand=0.5", pytest.approx(0.5))
    assert levels["recommended"].worst_cost == pytest.approx(12 * MONTH)


def test_break_even_and_use_of_each_unit():
    # One machine all day, two more in one half of it.
    halves = {"periods": {"kind": "day", "per_day": 2}}
    found = commit(bench(problem([service(rate=[2.0, 6.0])], commitments={"offers": [YEAR]}, **halves)), grid(["demand=1"]))
    (terms,) = found.terms
    # 6 against 10 USD/h pays from 60 % of the hours on: the second machine runs in half of them and is not reserved.
    assert terms.break_even == pytest.approx(0.6)
    assert (terms.units, terms.last, terms.next) == (1.0, 1.0, 0.5)
    # On demand alone one and three machines in turns cost 20 USD/h. One is covered (10 of it) for 6, two in half the hours cost 10.
    assert found.rates.coverage == pytest.approx(10 / 20)
    assert found.rates.effective_savings_rate == pytest.approx(1 - 16 / 20) and found.rates.utilisation == pytest.approx(1.0)


def test_spend_stands_beside_reservations():
    found = commit(bench(problem([service(rate=4.0)], commitments={"offers": [YEAR, SPEND]})), grid(["demand=1"]))
    # Two machines: 20 USD/h on demand, 12 reserved, 14 as spend.
    assert {name: round(cost(answer) / MONTH, 6) for name, answer in found.beside} == {
        "no commitments": 20.0, "reservations alone": 12.0, "spend alone": 14.0, "both": 12.0,
    }  # fmt: skip


def test_commitments_keep_the_price_of_the_day_they_are_signed():
    asked = Committing(bench(BASE), scenarios({}, {"set": {"offers.own:*.on_demand": "*2"}}))
    assert cost(asked.at({"a year": 2.0}, 1)) == pytest.approx(12 * MONTH)
    assert cost(asked.at({}, 1)) == pytest.approx(40 * MONTH)


def test_what_is_committed_to_and_cannot_be_used_is_paid_all_the_same():
    sellers = problem([service(rate=4.0)], [offer("one", 10.0), offer("dear", 12.0, provider="other")], commitments={"offers": [YEAR]})
    asked = Committing(bench(sellers), scenarios({}, {"set": {"services.chat.allow.exclude_providers": "own"}}))
    plan = asked.at({"a year": 2.0}, 1).plan
    assert plan.cost[TOTAL] == pytest.approx((24 + 12) * MONTH) and plan.certificate.passed
    # What every scenario cannot use is not bought when all are decided together.
    assert asked.together().units == {}


def test_what_is_dominated_today_can_be_committed_to_for_the_sake_of_another_scenario():
    sellers = [offer("one", 10.0), offer("two", 11.0)]
    years = [YEAR | {"name": f"year {n}", "scope": {"instance_type": n}} for n in ("one", "two")]
    asked = Committing(bench(problem([service(rate=4.0)], sellers, commitments={"offers": years})), scenarios({}, {"set": {"offers.own:one@*.on_demand": "*2"}}))
    # Today one (10, 6 for a year) beats two (11, 6.60); a unit of two serves all the same, beside one at 10 on demand.
    assert cost(asked.at({"year two": 1.0}, 0)) == pytest.approx((6.6 + 10) * MONTH)
    assert cost(asked.at({"year two": 1.0}, 1)) == pytest.approx((6.6 + 11) * MONTH)


def test_without_anything_on_offer_nothing_is_recommended(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem()))
    done = run("commit", file, "--over", "demand=1,2")
    assert done.code == 0 and done.out.startswith("Commit to nothing") and "Nothing is on offer" in done.out


def test_a_level_above_what_a_scenario_alone_would_want_can_be_held():
    minimum = {"name": "agreement", "scope": {}, "measure": "spend", "term_months": 12, "discount": 0.2, "beyond": "discounted", "min_units": 5}
    asked = Committing(bench(problem([service(rate=4.0)], commitments={"offers": [minimum]})), DEMAND)
    # 40 USD/h are promised; one machine uses 8 of them, four use 32.
    assert [cost(asked.at({"agreement": 40.0}, s)) for s in range(3)] == pytest.approx([40 * MONTH] * 3)
    # 10 are promised: 8 used of it, then 16 and 32 at the discount.
    assert [cost(asked.at({"agreement": 10.0}, s)) for s in range(3)] == pytest.approx([10 * MONTH, 16 * MONTH, 32 * MONTH])


TWO_KINDS = problem(
    [service(rate=4.0)], [offer("one", 10.0), offer("big", 18.0, size=2)],
    commitments={"offers": [YEAR | {"name": "small", "scope": {"instance_type": "one"}},
                            YEAR | {"name": "large", "scope": {"instance_type": "big"}, "discount": 0.5}]},
)  # fmt: skip
LOW_TO_HIGH = (0.5, 1.0, 2.5)


def weighing(*weights):
    return Committing(bench(TWO_KINDS), scenarios(*({"set": {"demand": d}, "weight": w} for d, w in zip(LOW_TO_HIGH, weights))))


@lru_cache(maxsize=1)
def every_level():
    """Costs of all levels that could be wanted, by scenario."""
    asked = weighing(1, 1, 1)
    return {(a, b): [cost(asked.at({"small": float(a), "large": float(b)}, s)) for s in range(3)] for a, b in product(range(6), range(4))}


@pytest.mark.parametrize("aim", ["mean", "cvar95", "regret"])
@pytest.mark.parametrize("weights", [(1, 1, 1), (8, 1, 1), (1, 2, 17)])
def test_the_program_over_all_scenarios_finds_what_going_through_all_levels_finds(aim, weights):
    asked = weighing(*weights)
    optima = [min(costs[s] for costs in every_level().values()) for s in range(3)]
    found = asked.together(aim, optima)

    def worth(costs):
        if aim == "mean":
            return sum(p * c for p, c in zip(asked.weights, costs))
        if aim == "regret":
            return max(c - best for c, best in zip(costs, optima))
        # The mean of the worst 5 %: the dearest scenarios up to that weight.
        left, total = 0.05, 0.0
        for c, p in sorted(zip(costs, asked.weights), reverse=True):
            total, left = total + c * min(p, left), left - min(p, left)
        return total / 0.05

    best = min(map(worth, every_level().values()))
    assert worth(every_level()[found.units.get("small", 0.0), found.units.get("large", 0.0)]) == pytest.approx(best, rel=1e-6)
    assert found.bound == pytest.approx(best, rel=1e-6) and found.objective == pytest.approx(best, rel=1e-6)


def test_a_scenario_without_a_plan_is_named():
    found = commit(bench({**BASE, "limits": {"quotas": [{"max_instances": 3}]}}), DEMAND)
    assert found.stuck[0] == "demand=2" and isinstance(found.stuck[1], Infeasible)


def test_shortage_by_priority_is_refused():
    with pytest.raises(UsageError, match="priority"):
        Committing(bench({**BASE, "limits": {"shortage": "by_priority"}}), DEMAND)


def test_the_command_recommends_first_and_fits_its_lines(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(BASE))
    done = run("commit", file, "--over", "demand=0.5,1,2", "--gap", "0")
    assert done.code == 0 and done.out.startswith("Commit to 2 × a year: 12.00 USD/h")
    assert all(len(line) <= 80 for line in done.out.split("\n"))
    answer = json.loads(run("commit", file, "--over", "demand=1", "--json").out)
    assert answer["status"] == "done" and answer["recommended"]["units"] == {"a year": 2.0}
    assert answer["saved_usd_per_month"]["sign"] == "lower"
    assert run("commit", file, "--over", "demand=0.5", "--scenarios", file).code == 2
    assert run("commit", file, "--over", "demand=1000,1", "--set").code == 2
    file.write_text(json.dumps({**BASE, "limits": {"budget_usd_per_month": 1}}))
    assert run("commit", file, "--over", "demand=1").code == 4
