"""A run that is stopped gives what it has, says why it ended, and never claims a proof."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from programs import covering, replicas

from planner.backends import solve
from planner.milp import Status
from planner.milp.status import Ended

STOPPABLE = ["highs", "scip", "cbc"]


def some_vector():
    """A feasible vector of the covering program: the first that a solver finds good enough for a gap of 100 %."""
    return solve(covering(), gap=1.0).values


@pytest.mark.parametrize("backend", [*STOPPABLE, "mathopt-highs", "cp-sat"])
def test_no_time_is_no_solution(backend):
    answer = solve(covering(), backend=backend, time_limit_s=0.0)
    assert (answer.status, answer.ended, answer.deterministic) == (Status.NO_SOLUTION, Ended.TIME, False)
    # Every cost is positive and every column at least 0: that bound needs no solver.
    assert answer.bound >= 0.0


@pytest.mark.parametrize("backend", STOPPABLE)
def test_a_time_limit_keeps_the_incumbent_and_the_bound(backend):
    # How far a solver comes in a second is the machine's affair; that it starts from a vector is not.
    answer = solve(covering(), backend=backend, gap=0.0, time_limit_s=2.0, start=some_vector())
    assert (answer.status, answer.ended) == (Status.FEASIBLE, Ended.TIME)
    assert covering().violation(answer.values).size <= 1e-6
    assert 0.0 <= answer.bound < answer.objective
    assert answer.gap == pytest.approx((answer.objective - answer.bound) / answer.objective)


def test_a_feasible_start_survives_a_limit_of_nothing():
    answer = solve(replicas(), start=[1.0, 2.0], time_limit_s=0.0)
    assert (answer.status, answer.objective, answer.values.tolist()) == (Status.FEASIBLE, 11.0, [1.0, 2.0])


def test_a_start_that_breaks_the_program_is_ignored():
    assert solve(replicas(), start=[0.0, 0.0]).objective == 10.0


@pytest.mark.parametrize("backend", ["highs", "scip", "mathopt-highs", "cp-sat", "cbc"])
def test_a_start_is_taken_by_every_backend(backend):
    assert solve(replicas(), backend=backend, start=[1.0, 2.0]).objective == 10.0


def test_a_node_limit_ends_the_same_way_each_time():
    one, other = (solve(covering(40, 15), gap=0.0, node_limit=1) for _ in range(2))
    assert (one.ended, one.deterministic) == (Ended.NODES, True)
    assert one.values.tobytes() == other.values.tobytes()
    assert one.bound == other.bound


def test_progress_comes_on_the_callers_thread_with_falling_incumbents():
    seen = []
    solve(covering(), gap=0.0, time_limit_s=0.7, on_progress=lambda p: seen.append((threading.current_thread(), p)))
    assert {thread for thread, _ in seen} == {threading.current_thread()}
    incumbents = [p.incumbent for _, p in seen if p.incumbent is not None]
    assert incumbents == sorted(incumbents, reverse=True)
    assert seen[-1][1].gap == pytest.approx((seen[-1][1].incumbent - seen[-1][1].bound) / seen[-1][1].incumbent)


@pytest.mark.parametrize("backend", STOPPABLE)
def test_the_callers_stop_ends_the_run_with_what_there_is(backend):
    stop = threading.Event()
    timer = threading.Timer(1.0, stop.set)
    timer.start()
    answer = solve(covering(), backend=backend, gap=0.0, time_limit_s=30.0, stop=stop, start=some_vector())
    timer.cancel()
    assert (answer.status, answer.ended, answer.deterministic) == (Status.FEASIBLE, Ended.STOPPED, False)


def test_a_progress_function_that_fails_stops_the_solver_and_is_heard():
    def broken(_):
        raise RuntimeError("no terminal")

    with pytest.raises(RuntimeError, match="no terminal"):
        solve(covering(), gap=0.0, time_limit_s=30.0, on_progress=broken)


INTERRUPTED = """
    import os, signal, sys, threading, time
    sys.path.insert(0, {here!r})
    from programs import covering
    from planner.backends import solve
    model = covering({size})
    start = {start}
    def press():
        press.at = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)
    threading.Timer({delay}, press).start()
    answer = solve(model, backend={backend!r}, gap=0.0, time_limit_s=60.0, start=start)
    waited = time.monotonic() - press.at
    print(answer.status.value, answer.ended.value, answer.bound is not None, waited < 10.0)
"""


@pytest.mark.skipif(os.name == "nt", reason="a console interrupt cannot be sent to one process there")
@pytest.mark.parametrize("backend", STOPPABLE)
def test_ctrl_c_gives_incumbent_and_bound_at_once(backend):
    ended = _in_another_process(INTERRUPTED, backend=backend, size="", start="solve(model, gap=1.0).values", delay=1.5)
    assert (ended.stdout.split(), ended.returncode, ended.stderr) == (["feasible", "interrupted", "True", "True"], 0, "")


@pytest.mark.skipif(os.name == "nt", reason="a console interrupt cannot be sent to one process there")
def test_ctrl_c_in_a_long_first_relaxation_still_returns():
    ended = _in_another_process(INTERRUPTED, backend="highs", size="1500, 1200", start="None", delay=1.5)
    # Whether an incumbent was there by then depends on the machine; an aborted process would be -6.
    assert (ended.stdout.split()[1:], ended.returncode) == (["interrupted", "True", "True"], 0)


def _in_another_process(script, **values):
    here = Path(__file__).parent
    code = textwrap.dedent(script).format(here=str(here), **values)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parents[1]), *sys.path])}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment)
