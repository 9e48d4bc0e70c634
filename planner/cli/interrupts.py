"""Ctrl-C: the first ends the search with the best plan so far, the second ends the program at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from planner.cli.streams import say
from planner.errors import ExitCode

# Before a search begins there is nothing to keep, so the first signal ends the run.
NOTHING_YET = frozenset({"loading", "candidates", "building"})
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While the block runs, signals are counted: ``asked`` says whether one has asked for the end.

    phase  tells where the run is; in a phase of NOTHING_YET the first signal raises KeyboardInterrupt
    """

    def __init__(self) -> None:
        self.phase: Callable[[], str] = _loading
        self.asked = False
        self._before: dict[int, Any] = {}

    def stop(self) -> bool:
        """Whether the search should end with what it has."""
        return self.asked

    def __enter__(self) -> Interrupts:
        # Only the main thread may set handlers; elsewhere signals stay with their owner.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._take) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            os._exit(int(ExitCode.INTERRUPTED))
        self.asked = True
        if self.phase() in NOTHING_YET:
            raise KeyboardInterrupt
        say("\nstopping with the best plan so far; once more to end at once")


def _loading() -> str:
    return "loading"
