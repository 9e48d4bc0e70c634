"""The first signal keeps the best plan, a signal with nothing to keep ends the run, the second ends it anyhow."""

import signal

import pytest

from planner.cli.interrupts import NOTHING_YET, Interrupts
from planner.solve import Options


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
