"""Solvers that lie, fail or crash: a claim that does not hold is never passed on."""

import os
from dataclasses import replace

import numpy as np
import pytest
from programs import impossible, replicas

import planner.backends.interface as interface
from planner.backends import Claim, confirm_infeasible, solve
from planner.backends.isolated import isolated_claim
from planner.backends.judge import dual_bound
from planner.backends.request import Request
from planner.milp import Status
from planner.milp.status import Ended


def saying(**claim):
    return lambda model, request: Claim(version="liar", **claim)


@pytest.mark.parametrize(
    ("claim", "complaint"),
    [
        ({"status": Status.OPTIMAL, "values": np.array([1.0, 1.0]), "bound": 8.0}, "row by 0.14"),  # 6 of 7
        ({"status": Status.OPTIMAL, "values": np.array([1.75, 0.0]), "bound": 8.75}, "integrality by 0.25"),
        ({"status": Status.OPTIMAL, "values": np.array([6.0, 0.0]), "bound": 10.0}, "bound by 0.2"),
        ({"status": Status.OPTIMAL, "values": np.array([np.nan, 0.0]), "bound": 10.0}, "value"),
        ({"status": Status.OPTIMAL, "values": np.array([2.0]), "bound": 10.0}, "value"),
        ({"status": Status.OPTIMAL, "bound": 10.0}, "gave no vector"),
        ({"status": Status.OPTIMAL, "values": np.array([2.0, 0.0]), "bound": 12.0}, "above the cost"),
    ],
)
def test_a_false_claim_is_an_error_without_values(claim, complaint):
    answer = solve(replicas(), backend=saying(**claim))
    assert (answer.status, answer.ended, answer.values, answer.gap) == (Status.ERROR, Ended.FAILED, None, None)
    assert complaint in answer.message


def test_a_poor_vector_called_optimal_is_only_feasible():
    # 11 with a bound of 10 is a gap of 1/11, whatever the solver calls it.
    answer = solve(replicas(), backend=saying(status=Status.OPTIMAL, values=np.array([1.0, 2.0]), bound=10.0))
    assert (answer.status, answer.objective, answer.gap) == (Status.FEASIBLE, 11.0, pytest.approx(1 / 11))


def test_without_a_bound_nothing_is_proven():
    answer = solve(replicas(), backend=saying(status=Status.OPTIMAL, values=np.array([2.0, 0.0])))
    # What is left is the bound of the columns themselves: nothing costs less than 0 replicas.
    assert (answer.status, answer.bound, answer.gap) == (Status.FEASIBLE, 0.0, 1.0)


def test_infeasible_is_not_believed_against_a_feasible_start():
    answer = solve(replicas(), backend=saying(status=Status.INFEASIBLE), start=[2.0, 0.0])
    assert answer.status is Status.ERROR
    assert "the given start is feasible" in answer.message


def test_an_optimum_worse_than_the_start_is_not_believed():
    claim = saying(status=Status.OPTIMAL, values=np.array([1.0, 2.0]), bound=11.0)
    assert solve(replicas(), backend=claim, start=[2.0, 0.0]).status is Status.ERROR


def test_a_nearly_whole_vector_is_made_whole():
    claim = saying(status=Status.OPTIMAL, values=np.array([2.0 - 1e-8, 1e-9]), bound=10.0)
    assert solve(replicas(), backend=claim).values.tolist() == [2.0, 0.0]


def test_a_solver_that_raises_is_an_error_with_its_words():
    def crashing(model, request):
        raise ValueError("singular basis")

    answer = solve(replicas(), backend=crashing)
    assert answer.status is Status.ERROR
    assert "ValueError: singular basis" in answer.message


def test_a_solver_that_takes_its_process_down_is_an_error():
    answer = isolated_claim("os", "abort", replicas(), Request())
    assert (answer.status, answer.ended) == (Status.ERROR, Ended.FAILED)


def test_auto_asks_the_next_solver_when_one_lies(monkeypatch):
    real = interface._load
    lie = saying(status=Status.OPTIMAL, values=np.array([0.0, 0.0]), bound=0.0)
    monkeypatch.setattr(interface, "_load", lambda name: lie if name == "highs" else real(name))
    answer = solve(replicas(), backend="auto")
    assert (answer.status, answer.objective, answer.backend) == (Status.OPTIMAL, 10.0, "scip")


def test_a_second_solver_confirms_what_is_infeasible():
    opinion = confirm_infeasible(impossible())
    assert (opinion.verdict, opinion.backend) == ("confirmed", "scip")


@pytest.mark.parametrize(("first", "second"), [("scip", "highs"), ("cbc", "scip"), ("mathopt-highs", "scip")])
def test_the_second_solver_is_of_another_family(first, second):
    assert confirm_infeasible(impossible(), first=first).backend == second


def test_a_second_solver_refutes_a_false_infeasible_with_a_vector():
    opinion = confirm_infeasible(replicas())
    assert opinion.verdict == "refuted"
    assert replicas().violation(opinion.values).size <= 1e-6


def test_an_opinion_without_time_is_unknown():
    assert confirm_infeasible(impossible(), time_limit_s=0.0).verdict == "unknown"


def test_a_second_opinion_that_lies_is_unknown():
    liar = saying(status=Status.OPTIMAL, values=np.array([0.0, 0.0]))
    assert confirm_infeasible(impossible(), backend=liar).verdict == "unknown"


@pytest.mark.parametrize("price", [0.0, 0.5, 1.25, 2.0])
def test_any_duals_give_a_bound_that_holds(price):
    relaxed = replicas().relaxed()
    # 7p + 5 min(0, 5 - 4p) + 5 min(0, 3 - 2p): 0, 3.5, 8.75 and 14 - 15 - 5 = -6, never above 8.75.
    expected = {0.0: 0.0, 0.5: 3.5, 1.25: 8.75, 2.0: -6.0}[price]
    assert dual_bound(relaxed, np.array([price])) == pytest.approx(expected)


def test_wrong_duals_of_a_linear_program_prove_only_what_they_prove():
    relaxed = replicas().relaxed()
    claim = saying(status=Status.OPTIMAL, values=np.array([1.75, 0.0]), bound=8.75, row_duals=np.array([0.5]))
    answer = solve(relaxed, backend=claim)
    assert (answer.status, answer.bound) == (Status.FEASIBLE, 3.5)


def test_the_check_does_not_depend_on_who_asks():
    model = replace(replicas(), row_lower=np.array([7.0 + 1e-12]))
    assert solve(model).objective == 10.0


def test_nothing_is_left_behind_when_a_solver_process_dies():
    before = set(os.listdir("/proc")) if os.path.isdir("/proc") else set()
    isolated_claim("os", "abort", replicas(), Request())
    after = {p for p in os.listdir("/proc") if p.isdigit()} - before if before else set()
    ours = [p for p in after if _parent(p) == os.getpid()]
    assert ours == []


def _parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return -1
