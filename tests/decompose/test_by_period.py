"""Whole periods under prices: the plans pass the check, agree with one search, and stopping keeps what there is."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import planner.formulation.decompose.by_period as by_period
import planner.formulation.method as method
from planner.backends.central_lp import central_point
from planner.backends.crew import Crew
from planner.formulation.decompose.by_period import solve_by_period
from planner.formulation.decompose.run import solve_by_prices
from planner.formulation.monolith import solve_whole
from planner.milp.status import relative_gap
from planner.solve import Infeasible, Options, Run, Solved, Unknown, solve
from tests.decompose.test_bounds import built_of
from tests.formulation.tiny import MONTH, offer, problem, program, replica, service
from tests.oracle.generator import random_problem
from tests.oracle.load import catalog
from tests.oracle.load import problem as parsed
from tests.oracle.rare import rare_problem

GAP = 1e-3
#: Two to four periods; what each couples them by, beside start-ups and commitments on offer.
COUPLED = {
    12: "configurations",
    17: "upfront cash, ramp, quality",
    40: "team budget, configurations",
    42: "commitments held",
    53: "carbon, ramp, configurations",
    61: "ramp, configurations, quality",
    64: "team budget, three services",
    83: "commitments held, quota",
    95: "upfront cash, configurations",
    105: "team budget",
    134: "ramp, configurations, commitments",
    152: "carbon, quality",
    189: "upfront cash, committed spend",
}
#: Without a plan.
IMPOSSIBLE = (11, 37, 50, 65, 118)


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    """Helpers take a moment to start, and answers do not depend on them."""
    monkeypatch.setattr(by_period, "Crew", functools.partial(Crew, 1))


def a_run(gap: float = GAP, tell=None, stop=None) -> Run:
    return Run(Options(gap=gap), tell, stop)


@functools.cache
def optimum(seed: int) -> float:
    return solve_whole(built_of(random_problem(seed)), Run(Options(gap=0.0, tie_break=False), None, None)).objective


def day(rates: list[float], **more):
    """One service over equal periods; replicas of 4/s on instances of 2 USD/h."""
    stated = problem([service(rate=rates, **more.pop("service", {}))], [offer("x", 2.0, **more.pop("offer", {}))],
                     periods={"kind": "day", "per_day": len(rates)}, **more)  # fmt: skip
    return program(stated, {"a": [replica(4.0)]})


@pytest.mark.parametrize("seed", COUPLED)
def test_the_plan_passes_the_check_and_agrees_with_one_search(seed, monkeypatch):
    monkeypatch.setattr(method, "method_for", lambda *_: solve_by_period)
    answer = solve(parsed(random_problem(seed)), catalog(), Options(gap=GAP))
    assert isinstance(answer, Solved)
    plan = answer.plan
    assert plan.checked
    assert plan.proven
    assert plan.deterministic
    best = optimum(seed)
    slack = 1e-6 * max(1.0, abs(best))
    assert plan.bound_usd_per_month <= best + slack
    assert best - slack <= plan.cost["total_usd_per_month"] <= best + GAP * abs(best) + slack


@pytest.mark.parametrize("seed", [17, 53, 134, 152, 189])
def test_prices_from_the_middle_of_the_relaxation_and_searched_periods_agree_with_one_search(seed, monkeypatch):
    """As in large programs: no search of the whole at once, and periods searched however narrow the gap is."""
    monkeypatch.setattr(by_period, "SMALL", 0)
    monkeypatch.setattr(by_period, "WIDE", 0.0)
    middles = []
    monkeypatch.setattr(by_period, "central_point", lambda *a, **k: middles.append(central_point(*a, **k)) or middles[-1])
    found = solve_by_period(built_of(random_problem(seed)), a_run())
    best = optimum(seed)
    slack = 1e-6 * max(1.0, abs(best))
    assert middles
    assert found.bound <= best + slack
    assert best - slack <= found.objective <= best + GAP * abs(best) + slack


@pytest.mark.parametrize("seed", [12, 53, 134])
def test_most_of_them_are_solved_by_prices_and_not_by_one_search_after_all(seed):
    assert solve_by_period(built_of(random_problem(seed)), a_run()).method == "decomposition"


@pytest.mark.parametrize("seed", IMPOSSIBLE)
def test_no_plan_is_said_as_one_search_says_it_and_without_a_time_limit(seed, monkeypatch):
    monkeypatch.setattr(method, "method_for", lambda *_: solve_by_period)
    assert isinstance(solve(parsed(random_problem(seed)), catalog(), Options(gap=GAP)), Infeasible)


def test_commitments_are_weighed_over_all_periods():
    # 1, 1, 2 and 3 replicas in four equal periods at 2 USD/h, or reserved at 1.2. The first is reserved: 1.2 < 2. The second
    # runs half the time: 1 < 1.2; the third a quarter. 1.2 + (0 + 0 + 1 + 2) / 4 · 2 = 2.7 USD/h.
    found = solve_by_period(day([4.0, 4.0, 8.0, 12.0], offer={"reserved_1y_usd_per_hour": 1.2}), a_run(0.0))
    assert found.objective == pytest.approx(2.7 * MONTH)
    assert found.bound == pytest.approx(2.7 * MONTH)


def test_start_ups_are_weighed_against_running_on():
    # 3, 2, 3, 2 replicas in four periods of 6 h; a start costs 10 h. Stopping the third twice a day saves 2 · 6 h and costs
    # 2 · 10 h: all three run on, 6 USD/h, unless they are let go for nothing.
    kept = day([12.0, 8.0, 12.0, 8.0], start_up={"hours": 10.0, "spot_restart_hours": 0.0})
    found = solve_by_period(kept, a_run(0.0))
    whole = solve_whole(kept, a_run(0.0))
    assert found.objective == pytest.approx(6.0 * MONTH)
    assert whole.objective == pytest.approx(6.0 * MONTH)


def test_a_ramp_holds_replicas_back():
    # 1 replica by day, 4 at night, at most one more per period: of six periods 4, 1, 1, 1, 1, 1 the steps up are 1, 2, 3, 4.
    held = day([16.0, 4.0, 4.0, 4.0, 4.0, 4.0], service={"ramp": {"max_added_replicas": 1}})
    # (4 + 1 + 1 + 1 + 2 + 3) / 6 · 2 USD/h = 4.
    assert solve_by_period(held, a_run(0.0)).objective == pytest.approx(4.0 * MONTH)


def test_a_service_without_demand_in_any_period_costs_nothing():
    found = solve_by_period(day([0.0, 0.0]), a_run())
    assert (found.objective, found.bound) == (0.0, 0.0)


def test_a_service_forced_to_zero_beside_others_changes_nothing():
    # Its only offer has no stock; it asks for nothing, so the other's 2 and 3 replicas at 2 USD/h are all.
    stated = problem(
        [service("a", rate=[8.0, 12.0]), service("b", rate=[0.0, 0.0])],
        [offer("x", 2.0), offer("none", 1.0, accelerator="L4", stock=0)],
        periods={"kind": "day", "per_day": 2},
    )
    built = program(stated, {"a": [replica(4.0)], "b": [replica(4.0, accelerator="L4")]})
    for way in (solve_by_period, solve_by_prices):
        found = way(built, a_run(0.0))
        assert found.objective == pytest.approx(5.0 * MONTH)
        assert found.bound == pytest.approx(5.0 * MONTH)


@pytest.mark.parametrize("way", [solve_by_period, solve_by_prices])
def test_coefficients_nine_orders_of_magnitude_apart_keep_the_bound_below(way):
    # A request takes 1e4 s of a replica of one service and 1e-5 s of the other's: both need two replicas, three at the peak.
    # In all (4 + 6) / 2 · 2 USD/h.
    stated = problem(
        [service("slow", rate=[2e-4, 3e-4]), service("fast", rate=[2e5, 3e5])],
        [offer("x", 2.0)],
        periods={"kind": "day", "per_day": 2},
    )
    built = program(stated, {"slow": [replica(1e-4)], "fast": [replica(1e5)]})
    span = np.abs(built.model.coefficient)
    assert span.max() / span.min() >= 0.99e9
    found = way(built, a_run(0.0))
    assert found.bound <= 10.0 * MONTH * (1 + 1e-9)
    assert found.objective == pytest.approx(10.0 * MONTH)
    assert found.bound == pytest.approx(10.0 * MONTH, rel=1e-6)


@pytest.mark.parametrize("way", [solve_by_period, solve_by_prices])
def test_a_few_millionths_of_the_demand_need_a_replica(way):
    # A demand that a thousand replicas of a thousandth each fall short of by three millionths needs one replica more: what a
    # solver's integer tolerance times a large number could hide. 1,001 and 1 replicas at 2 USD/h.
    stated = problem([service(rate=[1.0 + 3e-6, 1e-6])], [offer("x", 2.0)], periods={"kind": "day", "per_day": 2})
    built = program(stated, {"a": [replica(1e-3)]})
    found = way(built, a_run(0.0))
    assert built.model.violation(found.values).size <= 1e-6
    (replicas,) = built.var.replicas
    # Rows hold to a millionth of their size: what falls short by less passes as served everywhere, by more nowhere.
    assert found.values[replicas].tolist() == [1001.0, 1.0]
    assert found.bound <= 1002.0 * MONTH * (1 + 1e-9)


@pytest.mark.parametrize("way", [solve_by_period, solve_by_prices])
def test_offers_that_cost_the_same_leave_a_bound_and_a_plan(way):
    # Degenerate prices: four equal pools, free of charge but one cent; any split of 2 and 3 replicas is optimal.
    stated = problem([service(rate=[8.0, 12.0])], [offer(f"x{i}", 0.01) for i in range(4)], periods={"kind": "day", "per_day": 2})
    found = way(program(stated, {"a": [replica(4.0)]}), a_run(0.0))
    assert found.objective == pytest.approx(0.025 * MONTH)
    assert found.bound == pytest.approx(0.025 * MONTH)


@pytest.mark.parametrize("way", [solve_by_period, solve_by_prices])
def test_what_is_free_has_a_plan_a_bound_and_no_division_by_it(way):
    stated = problem([service(rate=[8.0, 12.0])], [offer("x", 0.0)], periods={"kind": "day", "per_day": 2})
    found = way(program(stated, {"a": [replica(4.0)]}), a_run())
    assert (found.objective, found.bound) == (0.0, 0.0)


@pytest.mark.parametrize("seed", [12, 53, 134])
def test_the_plan_does_not_depend_on_how_many_processes_work(seed, monkeypatch):
    one = solve_by_period(built_of(random_problem(seed)), a_run())
    monkeypatch.setattr(by_period, "Crew", functools.partial(Crew, 2))
    two = solve_by_period(built_of(random_problem(seed)), a_run())
    assert (one.values.tobytes(), one.objective, one.bound) == (two.values.tobytes(), two.objective, two.bound)
    assert one.deterministic
    assert two.deterministic


def assert_kept(found, built, best: float) -> None:
    """A plan that is one, or none; a bound that holds, or none; and no claim that the same run would end the same."""
    slack = 1e-6 * max(1.0, abs(best))
    assert found.bound is None or found.bound <= best + slack
    assert not found.deterministic
    assert not found.infeasible
    if found.values is not None:
        assert built.model.violation(found.values).size <= 1e-6
        assert found.objective >= best - slack


@pytest.mark.parametrize("way", [solve_by_period, solve_by_prices])
@pytest.mark.parametrize("seed", [53, 134])
@pytest.mark.parametrize("calls", [0, 1, 2, 4, 8, 16])
def test_a_stop_at_any_moment_keeps_a_plan_or_a_bound(seed, calls, way):
    built = built_of(random_problem(seed))
    asked = []

    def stop():
        asked.append(None)
        return len(asked) > calls

    found = way(built, a_run(1e-9, stop=stop))
    if len(asked) > calls:
        assert_kept(found, built, optimum(seed))


@pytest.mark.parametrize("way", [solve_by_period, solve_by_prices])
@pytest.mark.parametrize("seed", [53, 134])
@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_ctrl_c_at_any_report_keeps_a_plan_or_a_bound(seed, calls, way):
    built = built_of(random_problem(seed))
    told = []

    def tell(progress):
        told.append(progress)
        if len(told) == calls:
            raise KeyboardInterrupt

    found = way(built, a_run(1e-9, tell=tell))
    if len(told) >= calls:
        assert found.interrupted
        assert len(told) == calls
        assert_kept(found, built, optimum(seed))
        # What was told is not lost.
        assert found.objective is not None or told[-1].incumbent is None


def test_an_interrupted_run_gives_a_checked_plan(monkeypatch):
    monkeypatch.setattr(method, "method_for", lambda *_: solve_by_period)
    told = []

    def tell(progress):
        told.append(progress)
        # Not yet proven, but there is a plan.
        if progress.phase == "planning" and progress.incumbent is not None:
            raise KeyboardInterrupt

    answer = solve(parsed(random_problem(134)), catalog(), Options(gap=0.0), on_progress=tell)
    assert isinstance(answer, Solved)
    assert answer.plan.checked
    assert not answer.plan.deterministic
    assert answer.plan.bound_usd_per_month <= optimum(134) * (1 + 1e-6)


def test_a_run_stopped_before_it_began_is_unknown(monkeypatch):
    monkeypatch.setattr(method, "method_for", lambda *_: solve_by_period)
    answer = solve(parsed(random_problem(53)), catalog(), Options(gap=0.0), stop=lambda: True)
    assert isinstance(answer, Unknown)
    assert answer.bound_usd_per_month is None or answer.bound_usd_per_month <= optimum(53) * (1 + 1e-6)


@pytest.mark.parametrize(
    ("way", "phases", "seed"),
    [(solve_by_period, {"first prices", "planning"}, 12), (solve_by_prices, {"first patterns", "pricing", "planning"}, 12)],
)
def test_progress_reports_phase_incumbent_bound_and_gap(way, phases, seed, monkeypatch):
    monkeypatch.setattr(method, "method_for", lambda *_: way)
    told = []
    answer = solve(parsed(rare_problem(seed)), catalog(), Options(gap=0.0, time_limit_s=20.0), on_progress=told.append)
    assert isinstance(answer, Solved)
    assert phases <= {progress.phase for progress in told}
    assert [p.seconds for p in told] == sorted(p.seconds for p in told)
    within = [p for p in told if p.phase in ("pricing", "planning", "settling", "finishing")]
    bounds = [p.bound for p in within if p.bound is not None]
    assert bounds == sorted(bounds)
    plans = [p for p in within if p.incumbent is not None]
    assert plans
    for progress in plans:
        assert progress.gap == relative_gap(progress.incumbent, progress.bound)
    known = [p for p in plans if p.phase != "planning" or p.bound is not None]
    assert min(p.incumbent for p in known) >= answer.plan.cost["total_usd_per_month"] * (1 - 1e-6)
