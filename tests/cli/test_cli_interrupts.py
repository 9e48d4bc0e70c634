"""The first signal keeps the best plan, a signal with nothing to keep ends the run, the second ends it anyhow."""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from small import written

from planner.backends.second_opinion import Opinion
from planner.cli.interrupts import NOTHING_YET, Interrupts
from planner.cli.progress import ProgressLine
from planner.solve import Options

fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

ROOT = Path(__file__).resolve().parents[2]


def in_phase(phase):
    """Interrupts of a run that is in ``phase``."""
    found = Interrupts()
    found.phase = lambda: phase
    return found


def test_during_the_search_the_first_signal_only_asks_for_the_end(capsys):
    with in_phase("solving") as interrupts:
        assert not interrupts.stop()
        signal.raise_signal(signal.SIGINT)
        assert interrupts.stop()
    assert "once more" in capsys.readouterr().err


@pytest.mark.parametrize("phase", sorted(NOTHING_YET))
def test_before_the_search_the_first_signal_ends_the_run(phase):
    with pytest.raises(KeyboardInterrupt), in_phase(phase):
        signal.raise_signal(signal.SIGINT)


def test_a_run_begins_with_nothing_to_keep():
    assert Interrupts().phase() in NOTHING_YET


class Noisy:
    """What no exception can leave, like a compiler's callback: Python prints "Exception ignored in" and goes on."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def test_a_signal_inside_a_callback_is_not_printed_and_ends_the_run_a_moment_later(capsys):
    hook, alarm = sys.unraisablehook, signal.getsignal(signal.SIGALRM)
    with pytest.raises(KeyboardInterrupt), in_phase("loading"):
        Noisy()
        threading.Event().wait(30.0)
    assert capsys.readouterr() == ("", "")
    assert (sys.unraisablehook, signal.getsignal(signal.SIGALRM)) == (hook, alarm) and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_run_that_ends_before_a_lost_signal_comes_again_is_left_alone():
    with in_phase("loading"):
        Noisy()
    # Nothing is left that could go off later.
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_second_signal_ends_the_program_at_once(monkeypatch):
    ended = []
    monkeypatch.setattr("os._exit", ended.append)
    with in_phase("solving"):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert ended == [130]


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGINT)
    with in_phase("solving"):
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_the_command_line_offers_what_the_solver_takes():
    from planner.cli.solve import command

    offered = {parameter.name for parameter in command.params}
    assert {"gap", "time_limit", "backend", "threads", "seed"} <= offered
    assert {"gap", "time_limit_s", "backend", "threads", "seed"} <= set(Options.__dataclass_fields__)


def signalled(run, monkeypatch, phase, *arguments):
    """A command that gets its first Ctrl-C in the moment that a phase is told."""
    told = ProgressLine.__call__

    def tell(self, progress):
        first = progress.phase == phase and self.phase != phase
        told(self, progress)
        if first:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(ProgressLine, "__call__", tell)
    return run(*arguments)


@pytest.mark.parametrize("phase", ["candidates", "building"])
def test_before_there_is_a_plan_nothing_is_shown_or_written(run, tmp_path, monkeypatch, phase):
    plan = tmp_path / "plan.json"
    done = signalled(run, monkeypatch, phase, "solve", written(tmp_path), "-o", plan)
    assert (done.code, done.out) == (130, "") and "interrupted" in done.err and "Traceback" not in done.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["small.json"]


@pytest.mark.parametrize("phase", ["choosing among equals", "checking"])
def test_once_there_is_a_plan_it_is_shown_checked_and_written(run, tmp_path, monkeypatch, phase):
    plan = tmp_path / "plan.json"
    done = signalled(run, monkeypatch, phase, "solve", written(tmp_path), "-o", plan)
    assert done.code == 0 and "14,600.00 USD/month" in done.out and "once more" in done.err
    assert run("verify", plan).code == 0


def test_a_signal_as_the_search_begins_ends_with_a_plan_or_says_that_there_is_none(run, tmp_path, monkeypatch):
    # The solver may be done before it hears of it: the plan is then proven all the same.
    plan = tmp_path / "plan.json"
    done = signalled(run, monkeypatch, "solving", "solve", written(tmp_path), "-o", plan)
    assert (done.code, plan.exists()) in {(0, True), (5, True), (6, False)} and "Traceback" not in done.err


def test_a_signal_while_infeasibility_is_confirmed_claims_nothing_that_is_not_proven(run, tmp_path, monkeypatch):
    # Two machines are needed, one may be had.
    limits = {"quotas": [{"provider": "own", "max_instances": 1}]}
    phase = "confirming that there is no plan"
    done = signalled(run, monkeypatch, phase, "solve", written(tmp_path, limits=limits), "--json")
    document = json.loads(done.out)
    assert (done.code, document["status"]) in {(4, "infeasible"), (6, "unknown")}


def test_a_signal_that_ends_the_second_solver_leaves_what_the_first_one_said(run, tmp_path, monkeypatch):
    # As above, and the second solver hears of the signal before it is done.
    monkeypatch.setattr("planner.formulation.monolith.confirm_infeasible", lambda *_, **__: Opinion("unknown", "cbc", ""))
    limits = {"quotas": [{"provider": "own", "max_instances": 1}]}
    phase = "confirming that there is no plan"
    done = signalled(run, monkeypatch, phase, "solve", written(tmp_path, limits=limits), "--json")
    document = json.loads(done.out)
    assert (done.code, document["status"], document["reason"]) == (6, "unknown", "unconfirmed")


def test_a_signal_while_the_process_ends_changes_nothing(tmp_path):
    # The handlers are gone when the exit functions run.
    script = (
        "import atexit, signal, sys; from planner.cli.main import main\n"
        "atexit.register(signal.raise_signal, signal.SIGINT)\n"
        f"sys.argv = ['planner', 'solve', {str(written(tmp_path))!r}]\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0 and done.stderr == b""


@pytest.mark.skipif(not hasattr(fcntl, "F_GETPIPE_SZ"), reason="the size of a pipe is known on Linux only")
def test_a_signal_while_a_slow_reader_holds_the_pipe_full_loses_nothing():
    # More than a pipe holds is written before anybody reads; the signal comes while the writer waits.
    script = (
        "import sys; from planner.cli.interrupts import Interrupts; from planner.cli.streams import write_result\n"
        "with Interrupts() as it:\n"
        "    it.phase = lambda: 'checking'\n"
        "    print('ready', file=sys.stderr, flush=True)\n"
        "    write_result('x' * 1_000_000)\n"
    )
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert running.stderr.readline() == b"ready\n"
    while _waiting(running.stdout) < fcntl.fcntl(running.stdout, fcntl.F_GETPIPE_SZ):
        pass
    running.send_signal(signal.SIGINT)
    assert running.stderr.readline() == b"\n" and b"once more" in running.stderr.readline()
    assert len(running.communicate()[0]) == 1_000_000


def _waiting(pipe):
    """Bytes written to a pipe and not yet read."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, struct.pack("i", 0)))[0]


def test_an_interruption_while_a_class_is_made_ends_with_the_code_that_was_said(tmp_path):
    # Dataclasses are made by exec; ``python -m`` would then end as killed by the signal (-2), although it was caught.
    (tmp_path / "interrupted.py").write_text(
        "import sys, planner.cli.guard as guard; from planner.cli.main import main; sys.argv = ['planner']\n"
        "guard._run = lambda *asked: exec('raise KeyboardInterrupt')\n"
        "sys.exit(main())\n"
    )
    line = [sys.executable, "-m", "interrupted"]
    paths = os.pathsep.join((str(tmp_path), str(ROOT)))
    ended = subprocess.run(line, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths})
    assert (ended.returncode, ended.stderr) == (130, "planner: interrupted with nothing to show\n")
