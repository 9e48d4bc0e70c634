"""Why there is no plan: numbers of a conflict, and limits that must be let go together."""

import pytest

from planner.solve import Infeasible
from tests.analysis.small import bench, offer, problem, service


def test_limits_that_each_rule_a_plan_out_are_dropped_together():
    # Five requests/s need three boxes at 7,300 USD a month: 21,900. Neither 10,000 nor two boxes will do, whatever the other is.
    limits = {"budget_usd_per_month": 10_000, "quotas": [{"name": "mine", "provider": "own", "max_instances": 2}]}
    found = bench(problem([service(rate=5.0)], limits=limits)).base()
    assert isinstance(found, Infeasible)
    (conflict,) = found.conflicts
    assert (conflict.limit, conflict.least) in ((10_000, pytest.approx(21_900)), (2, pytest.approx(3)))
    (way,) = found.ways_out
    assert "budget" in way.change and "quota" in way.change and way.cost_usd_per_month == pytest.approx(21_900)


def test_limits_that_conflict_only_with_one_another_are_let_go_one_at_a_time():
    # Two boxes here at 14,600, or one here and one there at 13,000: the quota and the budget hold alone, not together.
    limits = {"budget_usd_per_month": 13_500, "quotas": [{"name": "far", "region": "there", "max_instances": 0}]}
    offers = [offer("one", 10.0), offer("far", 8.0, region="there")]
    found = bench(problem([service(rate=3.0)], offers, limits=limits)).base()
    assert {conflict.constraint for conflict in found.conflicts} == {"budget", "quota"}
    assert all(" together" not in way.change for way in found.ways_out) and len(found.ways_out) == 2


def test_caps_on_money_go_by_words_with_their_unit():
    # Three boxes at 7,300 USD a month: 21,900, and 262,800 a year. The team has 9 USD, so neither alone is a way out.
    teams = [{"team": "red", "budget_usd_per_month": 9}]
    found = bench(problem([service(rate=5.0, team="red")], limits={"budget_usd_per_month": 10_000, "horizon_usd": 20_000, "teams": teams})).base()
    (way,) = found.ways_out
    assert way.change == "drop budget, budget over the horizon and budget of team red, together"
    found = bench(problem([service(rate=5.0)], limits={"horizon_usd": 10_000})).base()
    assert [conflict.message for conflict in found.conflicts] == ["budget over the horizon: 10,000 USD; the least possible is 262,800"]
    assert [way.change for way in found.ways_out] == ["budget over the horizon 10,000 → 262,800 USD"]
