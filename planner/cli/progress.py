"""One line on a terminal's standard error that says how far a solve has come; nothing anywhere else."""

from __future__ import annotations

import sys
import time
from typing import Protocol

from planner.cli.console import is_terminal, width
from planner.report.figures import percent, seconds, usd

_EVERY_S = 0.1
_CLEAR = "\r\x1b[2K"


class Progress(Protocol):
    """How far a run has come; unknown figures are None."""

    phase: str
    incumbent: float | None
    bound: float | None
    gap: float | None
    seconds: float
    note: str


class ProgressLine:
    """Call it with each Progress; it remembers the phase, and its line is gone when the block ends."""

    def __init__(self) -> None:
        self.phase = "loading"
        self._shown = is_terminal(sys.stderr)
        self._last = -1.0

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        self._write(_CLEAR)

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        due = progress.phase != self.phase or now - self._last >= _EVERY_S
        self.phase = progress.phase
        if due:
            self._last = now
            self._write(_CLEAR + progress_text(progress)[: width() - 1])

    def _write(self, text: str) -> None:
        if self._shown:
            try:
                sys.stderr.write(text)
                sys.stderr.flush()
            except OSError:
                self._shown = False


def progress_text(progress: Progress) -> str:
    """Phase, cost of the best plan, bound, gap and time, as far as they are known."""
    facts = [progress.phase]
    if progress.incumbent is not None:
        facts.append(f"best {usd(progress.incumbent)}")
    if progress.bound is not None:
        facts.append(f"bound {usd(progress.bound)}")
    if progress.gap is not None:
        facts.append(f"gap {percent(progress.gap)}")
    if progress.note:
        facts.append(progress.note)
    return " · ".join([*facts, seconds(progress.seconds)])
