"""Many programs at once: the answers are those of one process, whatever becomes of the helpers."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
from programs import covering, impossible, mixed, random_box, replicas

import planner.backends.crew as crew_module
from planner.backends import solve
from planner.backends.crew import Crew, Job
from planner.errors import PlannerError
from planner.milp import Status
from planner.milp.status import Ended

#: Of every kind: whole and mixed, with an offset, without a vector, with a start, ended by its nodes.
JOBS = [
    *(Job(mixed(seed, 8), 1e-4) for seed in range(4)),
    *(Job(random_box(seed), 0.0) for seed in range(4)),
    Job(replicas(7.5), 0.0, start=np.array([1.0, 2.0])),
    Job(impossible(), 0.0),
    Job(covering(40, 15), 0.0, node_limit=1),
]


def figures(answer):
    """What of an answer may not depend on who gave it."""
    return answer.status, answer.objective, answer.bound, None if answer.values is None else answer.values.tobytes()


def alone(job):
    return figures(solve(job.model, backend="highs", gap=job.gap, node_limit=job.node_limit, start=job.start))


def gone(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_answers_are_those_of_one_solve_each_in_order_and_whatever_the_size(size):
    with Crew(size) as crew:
        assert [figures(answer) for answer in crew.solve_all(JOBS)] == [alone(job) for job in JOBS]


def test_a_helper_answers_and_is_asked_again(monkeypatch):
    # This process is held up by its own program until the helper has answered the other three.
    answered = []
    others = threading.Event()
    asked, solved = crew_module._asked, crew_module._solved

    def asked_and_counted(helper, job):
        answered.append(asked(helper, job))
        if len(answered) % 3 == 0:
            others.set()
        return answered[-1]

    def solved_last(job, stop):
        assert others.wait(60.0)
        return solved(job, stop)

    monkeypatch.setattr(crew_module, "_asked", asked_and_counted)
    monkeypatch.setattr(crew_module, "_solved", solved_last)
    with Crew(2) as crew:
        for _ in range(2):
            others.clear()
            assert [figures(a) for a in crew.solve_all(JOBS[:4])] == [alone(job) for job in JOBS[:4]]
    assert len(answered) == 6
    assert None not in answered


@pytest.mark.parametrize("asked", [1, 3, 5])
def test_a_helper_killed_in_the_middle_costs_nothing_but_time(asked):
    # Killed when a program is asked for the first, third or fifth time: starting up, at work, or between two.
    with Crew(3) as crew:
        calls = []

        def stop():
            calls.append(None)
            if len(calls) == asked:
                for helper in crew._helpers[:1]:
                    helper.kill()
            return False

        assert [figures(answer) for answer in crew.solve_all(JOBS, stop=stop)] == [alone(job) for job in JOBS]
        for helper in crew._helpers:
            helper.kill()
            helper.wait()
        # All dead: the next round starts others.
        assert [figures(answer) for answer in crew.solve_all(JOBS[:3])] == [alone(job) for job in JOBS[:3]]
        assert all(helper.poll() is None for helper in crew._helpers)


@pytest.mark.parametrize("size", [1, 2])
def test_stop_from_the_beginning_leaves_everything_unsolved(size):
    with Crew(size) as crew:
        answers = crew.solve_all(JOBS, stop=lambda: True)
    assert [(a.status, a.values, a.bound, a.ended) for a in answers] == [(Status.NO_SOLUTION, None, None, Ended.STOPPED)] * len(JOBS)
    assert not any(answer.deterministic for answer in answers)


def test_stop_keeps_what_is_solved_and_leaves_what_was_not_begun():
    # ``stop`` is asked before each program and, every tenth of a second, within it: these take less. True from the third on.
    calls = []

    def stop():
        calls.append(None)
        return len(calls) > 2

    with Crew(1) as crew:
        answers = crew.solve_all([Job(replicas(), 0.0)] * 5, stop=stop)
    assert [answer.status for answer in answers] == [Status.OPTIMAL] * 2 + [Status.NO_SOLUTION] * 3


def test_stop_ends_helpers_at_work_and_keeps_what_this_process_has():
    # No solver closes these programs within seconds: only the stop ends them, a second after all were begun.
    stopped = threading.Event()
    timer = threading.Timer(1.0, stopped.set)
    timer.start()
    with Crew(2) as crew:
        answers = crew.solve_all([Job(covering(), 0.0)] * 3, stop=stopped.is_set)
        assert crew._helpers == []
    timer.cancel()
    assert all(answer.status in (Status.FEASIBLE, Status.NO_SOLUTION) for answer in answers)
    assert answers[2].status is Status.NO_SOLUTION
    assert not any(answer.deterministic for answer in answers)


def test_nothing_is_left_running_after_the_crew_is_closed():
    with Crew(3) as crew:
        crew.solve_all(JOBS)
        helpers = [helper.pid for helper in crew._helpers]
        assert len(helpers) == 2
    assert all(gone(pid) for pid in helpers)
    assert crew._helpers == []


def test_one_program_needs_no_helper():
    with Crew(4) as crew:
        assert crew.solve_all([JOBS[0]])[0].status is Status.OPTIMAL
        assert crew.solve_all([]) == []
        assert crew._helpers == []


@pytest.mark.parametrize("size", [1, 2])
def test_a_malformed_program_is_an_error_here_and_leaves_no_helper(size):
    model = replicas()
    broken = Job(model.with_cost(np.array([np.nan, 1.0])), 0.0)
    with Crew(size) as crew:
        with pytest.raises(PlannerError, match="cost is not finite"):
            crew.solve_all([JOBS[0], broken, JOBS[1]])
        helpers = [helper.pid for helper in crew._helpers]
    assert all(gone(pid) for pid in helpers)


INTERRUPTED = """
    import os, signal, sys, threading, time
    sys.path.insert(0, {here!r})
    from programs import covering
    from planner.backends.crew import Crew, Job
    helpers = []
    def press():
        helpers.extend(helper.pid for helper in crew._helpers)
        os.kill(os.getpid(), signal.SIGINT)
    crew = Crew(2)
    threading.Timer(1.0, press).start()
    try:
        crew.solve_all([Job(covering(), 0.0)] * 3)
    except KeyboardInterrupt:
        left = []
        for pid in helpers:
            try:
                os.kill(pid, 0)
                left.append(pid)
            except ProcessLookupError:
                continue
        print("interrupted", len(helpers), left, crew._helpers)
"""


@pytest.mark.skipif(os.name == "nt", reason="a console interrupt cannot be sent to one process there")
def test_ctrl_c_is_raised_after_the_helpers_have_ended():
    here = Path(__file__).parent
    code = textwrap.dedent(INTERRUPTED).format(here=str(here))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parents[1]), *sys.path])}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment)
    assert (ended.stdout.split("\n")[0], ended.returncode, ended.stderr) == ("interrupted 1 [] []", 0, "")
