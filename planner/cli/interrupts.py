"""Ctrl-C: the first ends the search with the best plan so far, the second ends the program at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from planner.cli.streams import say
from planner.errors import ExitCode

# Before a search begins there is nothing to keep, so the first signal ends the run.
NOTHING_YET = frozenset({"loading", "candidates", "building"})
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# An interruption that was lost is raised anew after so long; by then whatever it broke has most often ended the run by itself.
_AGAIN_S = 0.5


class Interrupts:
    """While the block runs, signals are counted: ``asked`` says whether one has asked for the end.

    phase  tells where the run is; in a phase of NOTHING_YET the first signal raises KeyboardInterrupt
    """

    def __init__(self) -> None:
        self.phase: Callable[[], str] = _loading
        self.asked = False
        self._before: dict[int, Any] = {}
        self._hook: Callable[[Any], Any] = sys.unraisablehook
        self._timed = False

    def stop(self) -> bool:
        """Whether the search should end with what it has."""
        return self.asked

    def __enter__(self) -> Interrupts:
        # Only the main thread may set handlers; elsewhere signals stay with their owner.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._take) for number in _SIGNALS}
            self._hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        return self

    def __exit__(self, *_: object) -> None:
        if self._before:
            sys.unraisablehook = self._hook
            if self._timed:
                signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            os._exit(int(ExitCode.INTERRUPTED))
        self.asked = True
        if self.phase() in NOTHING_YET:
            raise KeyboardInterrupt
        say("\nstopping with the best plan so far; once more to end at once")

    def _unraisable(self, lost: Any) -> None:
        """An interruption inside a callback of a library, such as of a compiler, cannot leave it: nothing is printed, and it is raised anew outside."""
        if lost.exc_type is not KeyboardInterrupt:
            self._hook(lost)
        elif hasattr(signal, "setitimer"):
            if not self._timed:
                self._timed = True
                self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _interrupted)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
        else:
            os._exit(int(ExitCode.INTERRUPTED))


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _loading() -> str:
    return "loading"
