"""From what runs today: changes are counted, limited and paid for, and fewer of them never cost less."""

import json

import pytest

from planner.analysis.replan import replan
from tests.analysis.small import MONTH, bench, offer, problem, service

DEAR = offer("dear", 12.0, provider="other")


def today(document):
    return bench(document).base().plan


def test_moving_is_worth_it_where_it_saves_more_than_it_costs():
    # Two dear machines run; two at 10 save 2 × 2 × 730 a month, and moving costs two hours of two machines at 10.
    found = replan(bench(problem(offers=[offer("one", 10.0), DEAR])), today(problem(offers=[DEAR])), hours=2.0)
    assert found.chosen.changes == 4 and found.chosen.migration_usd == pytest.approx(2 * 2 * 10)
    assert found.today_usd == pytest.approx(2 * 12 * MONTH) and found.chosen.plan.cost["total_usd_per_month"] == pytest.approx(2 * 10 * MONTH)
    assert found.payback_months == pytest.approx(40 / (2 * 2 * MONTH))
    assert {(a.word, a.pool, a.before, a.after) for a in found.actions} == {("start", "own:one@here", 0, 2), ("stop", "other:dear@here", 2, 0)}


def test_where_moving_costs_more_than_it_saves_all_is_kept():
    # Over one month 2 × 2 × 730 = 2,920 is saved; 400 hours of double running of two machines at 10 cost 8,000.
    one_month = {"horizon": {"months": 1}}
    found = replan(bench(problem(offers=[offer("one", 10.0), DEAR], **one_month)), today(problem(offers=[DEAR], **one_month)), hours=400.0)
    assert found.chosen.changes == 0 and [a.word for a in found.actions] == ["keep"]


def test_changes_are_limited_and_each_more_saves_more():
    found = replan(bench(problem(offers=[offer("one", 10.0), DEAR])), today(problem(offers=[DEAR])), most=2, hours=0.0)
    # One machine moves: one stop, one start.
    assert found.chosen.changes == 2 and found.chosen.plan.cost["total_usd_per_month"] == pytest.approx(22 * MONTH)
    totals = [one.total_usd for one in found.rungs]
    assert totals == sorted(totals) and {one.changes for one in found.rungs} == {0, 2}


def test_what_is_no_longer_offered_stops_in_any_case():
    on = bench(problem(offers=[offer("one", 10.0)]))
    found = replan(on, today(problem(offers=[DEAR])), hours=0.0)
    assert found.chosen.changes == 4 and found.today_usd is None
    assert replan(on, today(problem(offers=[DEAR])), most=1).chosen is None


def test_more_demand_is_met_by_starts_alone():
    found = replan(bench(problem([service(rate=5.0)])), today(problem()), hours=0.0)
    assert [(a.word, a.before, a.after) for a in found.actions] == [("start", 2, 3)]
    assert replan(bench(problem([service(rate=5.0)])), today(problem()), most=0).chosen is None


def test_the_move_is_proven_and_its_plan_checked():
    found = replan(bench(problem(offers=[offer("one", 10.0), DEAR])), today(problem(offers=[DEAR])), most=2)
    assert found.chosen.plan.certificate.passed and found.chosen.bound_usd == pytest.approx(found.chosen.total_usd)


def test_the_command_says_what_to_do(run, tmp_path):
    before, after, plan = tmp_path / "before.json", tmp_path / "after.json", tmp_path / "plan.json"
    before.write_text(json.dumps(problem(offers=[DEAR])))
    after.write_text(json.dumps(problem(offers=[offer("one", 10.0), DEAR])))
    run("solve", before, "-o", plan)
    done = run("replan", after, "--from", plan)
    assert done.code == 0 and "start 2 × own:one@here firm (0 → 2)" in done.out and "pays for itself" in done.out
    assert all(len(text) <= 80 for text in done.out.split("\n"))
    assert json.loads(run("replan", after, "--from", plan, "--max-changes", "0", "--json").out)["chosen"]["changes"] == 0
    more = tmp_path / "more.json"
    more.write_text(json.dumps(problem([service(rate=9.0)])))
    assert run("replan", more, "--from", plan, "--max-changes", "1").code == 4
