"""The first signal keeps the best plan, a signal with nothing to keep ends the run, the second ends it anyhow."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planner.cli.interrupts import NOTHING_YET, Interrupts
from planner.solve import Options

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
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert len(running.communicate()[0]) == 1_000_000
