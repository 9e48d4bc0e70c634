"""Sweeps: scenarios and their ids, results that depend on nothing but what was asked, and processes that die."""

import json
import os
import signal

import pytest

from planner.analysis import sweep as sweeping
from planner.analysis.engine import Lost, Processes
from planner.analysis.journal import Journal
from planner.analysis.scenarios import Scenario, drawn, grid, listed
from planner.analysis.sweep import Result, answered, base_digest, sweep
from planner.analysis.swept import NOW, swept
from planner.documents import from_data
from planner.errors import InvalidInput, UsageError
from planner.problem.patch import Change, parsed
from tests.analysis.small import MONTH, bench, offer, problem, service


class Here:
    """An engine in this process; a scenario named in ``deaths`` is lost so often before it answers."""

    def __init__(self, on, deaths=None):
        self.bench, self.deaths, self.asked = on, dict(deaths or {}), []

    def run(self, work):
        for key, scenario in work:
            self.asked.append(scenario.name)
            left = self.deaths.get(scenario.name, 0)
            self.deaths[scenario.name] = left - 1
            yield key, Lost() if left > 0 else answered(self.bench, key, scenario)


def test_plans_of_many_machines_are_told_apart():
    # 123,460 requests/s of two a machine: 61,730; a hundred-thousandth more takes one more.
    on = bench(problem([service(rate=123_460.0)]))
    one, other = (answered(on, "", scenario)["plan"] for scenario in grid(["demand=1,1.00001"]))
    assert (one, other) == ("61730 own:one@here on demand", "61731 own:one@here on demand")


def test_a_range_holds_both_ends_and_decimals_are_exact():
    values = [s.changes[0].value for s in grid(["demand=0.5:2:0.1"])]
    assert len(values) == 16 and values[0] == 0.5 and values[-1] == 2.0 and 0.7 in values
    assert [s.changes[0].factor for s in grid(["demand=-10%:10%:10%"])] == pytest.approx([0.9, 1.0, 1.1])
    assert len(grid(["demand=1,2", "limits.budget=1:3:1"])) == 6


@pytest.mark.parametrize("text", ["demand", "demand=1:2:0", "demand=1:2:-1", "demand=0:1:0.0000001"])
def test_a_range_that_is_none_is_refused(text):
    with pytest.raises(UsageError):
        grid([text])


def test_an_id_follows_what_is_asked_and_not_the_name():
    one, two = Scenario("a", parsed(["demand=2"])), Scenario("b", parsed(["demand=2.0"]))
    assert one.id("base") == Scenario("c", parsed(["demand=2"])).id("base") != one.id("other base")
    assert one.id("base") != Scenario("a", parsed(["demand=3"])).id("base")
    assert one.id("base") == two.id("base")
    assert base_digest(bench()) == base_digest(bench()) != base_digest(bench(problem(limits={"budget_usd_per_month": 1e6})))


def test_draws_depend_on_the_seed_alone_and_more_draws_keep_the_earlier_ones():
    few, many = drawn(["demand=+-20%"], 3, seed=1), drawn(["demand=+-20%"], 5, seed=1)
    assert many[:3] == few and drawn(["demand=+-20%"], 3, seed=2) != few
    factors = [s.changes[0].factor for s in drawn(["demand=+-20%"], 2000, seed=0)]
    assert sum(factors) / 2000 == pytest.approx(1.0, abs=0.02)
    assert all(5 <= s.changes[0].value <= 6 for s in drawn(["limits.budget=5..6"], 50, seed=0))


def test_a_file_of_scenarios_is_read_strictly():
    rows = [{"name": "high", "weight": 2, "set": {"demand": "+50%", "limits.budget": 9000}}, {"set": ["demand=2"]}]
    high, second = listed(from_data({"scenarios": rows}, "s.json"))
    assert high.changes == (Change("demand", factor=1.5), Change("limits.budget", 9000)) and high.weight == 2
    assert second.name == "scenario 2"
    for wrong in ({}, [], [{"sett": {}}], [{"set": 3}], [{"weight": -1}], [{"name": "a"}, {"name": "a"}]):
        with pytest.raises(InvalidInput):
            listed(from_data(wrong, "s.json"))


def test_leaving_out_what_costs_more_than_the_whole_plan_changes_no_answer():
    # The large machine costs 90 USD/h, the base plan 20: it is left out up to 40, and found where demand needs it.
    document = problem([service(rate=3.0)], [offer("one", 10.0, stock=4), offer("large", 90.0, size=16)])
    for text in ("demand=1", "demand=2", "demand=6"):
        on, alone = bench(document), bench(document)
        after = on.after(*parsed([text])).problem
        below = on.solved_below(after, 40.0 * MONTH).plan
        assert below.cost == alone.solved(after).plan.cost and below.proven
    assert "own:large@here" in {pool.id for pool in below.pools}


def test_a_sweep_tells_what_each_scenario_costs_beside_the_plan_as_it_is():
    # 3 requests/s need 2 machines of 2; 1.5 need one, 6 need three.
    on = bench()
    found = swept(sweep(on, (NOW, *grid(["demand=0.5,1,2"])), Here(on)))
    assert [row.delta.value for row in found.rows] == pytest.approx([0, -10 * MONTH, 0, 10 * MONTH])
    assert [row.plan for row in found.rows] == ["A", "B", "A", "C"]


def test_scenarios_without_a_plan_or_with_a_wrong_value_are_answers():
    on = bench()
    answers = sweep(on, (NOW, *grid(["limits.budget=1,-5,20000"])), Here(on))
    assert [one.status for one in answers] == ["optimal", "infeasible", "invalid", "optimal"]


def test_what_the_journal_holds_is_not_solved_again(tmp_path):
    on, file = bench(), str(tmp_path / "j")
    first = sweep(on, grid(["demand=1,2"]), Here(on), journal=Journal(file, resume=False))
    with open(file, "ab") as stream:
        stream.write(b'{"base": "half a li')  # a kill in the middle of a line
    engine = Here(on)
    again = sweep(on, grid(["demand=1,2,3"]), engine, journal=Journal(file, resume=True))
    assert engine.asked == ["demand=3"] and again[:2] == first
    other = bench(problem(limits={"budget_usd_per_month": 1e6}))
    engine = Here(other)
    sweep(other, grid(["demand=1"]), engine, journal=Journal(file, resume=True))
    assert engine.asked == ["demand=1"]  # another problem's rows do not count


def test_a_scenario_that_always_takes_its_process_down_is_recorded_and_the_others_are_right():
    on = bench()
    found = sweep(on, grid(["demand=1,2,3"]), Here(on, {"demand=1": 1, "demand=2": 9}))
    assert [one.status for one in found] == ["optimal", "crashed", "optimal"]


def dies_at_two(key, scenario):
    """Stands in for solving in a worker: dies at one scenario, as a kill from outside would."""
    if scenario.name == "demand=2":
        os.kill(os.getpid(), signal.SIGKILL)
    return sweeping._row(key, status="optimal", total_usd_per_month=1.0)


def nothing_to_prepare(payload):
    """Stands in for taking the problem over."""


def test_a_killed_process_costs_only_what_it_was_at(monkeypatch):
    monkeypatch.setattr("planner.analysis.engine.solve_one", dies_at_two)
    monkeypatch.setattr("planner.analysis.engine.prepare", nothing_to_prepare)
    on = bench()
    found = sweep(on, grid(["demand=1,2,3"]), Processes(on, 2))
    assert [one.status for one in found] == ["optimal", "crashed", "optimal"]


def test_the_file_is_the_same_for_any_number_of_jobs_and_after_any_stop(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem()))
    arguments = ("sweep", file, "--over", "demand=1,2,0.5", "-o")
    assert run(*arguments, tmp_path / "one.csv").code == 0
    assert run(*arguments, tmp_path / "two.csv", "--jobs", "2").code == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert not (tmp_path / "one.csv.journal").exists()


def test_the_command_refuses_what_cannot_be_swept(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem()))
    assert run("sweep", file).code == 2
    assert run("sweep", file, "--over", "demandd=1,2").code == 2
    assert run("sweep", file, "--over", "demand=1", "--resume").code == 2
    assert run("sweep", file, "--monte-carlo", "3").code == 2


def test_the_problem_as_it_is_differs_from_itself_by_nothing_at_any_gap():
    # Another scenario with the same figures may still differ by what is unproven of both.
    results = [Result(id=name, name=name, weight=1.0, settings={}, status="feasible", total_usd_per_month=10.0, bound_usd_per_month=9.0, gap=0.1) for name in ("now", "again")]
    now, again = swept(results).rows
    assert now.delta.sign == "same" and again.delta.sign == "not proven"
