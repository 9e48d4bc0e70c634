"""Progress is one line on a terminal and nothing anywhere else."""

import io
import sys

from planner.cli.progress import ProgressLine, progress_text
from planner.solve import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_line_says_phase_cost_bound_gap_and_time():
    text = progress_text(Progress("solving", 41328.216, 41000.0, 0.0079, 3.2))
    assert text == "solving · best 41,328.22 · bound 41,000.00 · gap 0.79 % · 3.20 s"


def test_unknown_figures_are_left_out():
    assert progress_text(Progress("building", seconds=0.5)) == "building · 0.50 s"


def test_on_a_terminal_the_line_is_rewritten_and_gone_at_the_end(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with ProgressLine() as progress:
        progress(Progress("building"))
        progress(Progress("solving"))
        assert progress.phase == "solving"
    shown = stream.getvalue()
    assert "\n" not in shown and "solving" in shown and shown.endswith("\r\x1b[2K")


def test_without_a_terminal_nothing_is_written(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with ProgressLine() as progress:
        progress(Progress("solving", 1.0, 1.0, 0.0, 1.0))
    assert stream.getvalue() == "" and progress.phase == "solving"
