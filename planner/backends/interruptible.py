"""Runs a solver beside the waiting caller, so that Ctrl-C or a stop ends it within a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from planner.milp.status import Ended

T = TypeVar("T")

# A solver that has been told to stop gets this long; then its last known answer is used.
GRACE_S = 0.6
_TICK_S = 0.1


class Outcome(Generic[T]):
    """``value`` when the work returned, else None; ``ended`` FINISHED, STOPPED or INTERRUPTED."""

    def __init__(self, value: T | None, ended: Ended) -> None:
        self.value = value
        self.ended = ended


def run_interruptibly(
    work: Callable[[], T],
    cancel: Callable[[], None],
    stop: Callable[[], bool],
    tick: Callable[[], None],
) -> Outcome[T]:
    """The outcome of ``work()``, run in a thread of its own.

    cancel  asks the work to end soon; called once, from this thread
    stop    polled ten times a second from this thread
    tick    called ten times a second from this thread, for progress

    Python delivers Ctrl-C to the main thread only between bytecodes: it must not be inside the solver.
    Errors of ``work``, ``stop`` and ``tick`` are raised here, after the work was cancelled.
    """
    result: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            result.append(work())
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
            failure.append(error)

    thread = threading.Thread(target=body, daemon=True, name="solver")
    thread.start()
    ended = Ended.FINISHED
    try:
        while thread.is_alive():
            thread.join(_TICK_S)
            if stop():
                ended = Ended.STOPPED
                break
            tick()
    except KeyboardInterrupt:
        ended = Ended.INTERRUPTED
    except BaseException:
        _wind_down(thread, cancel)
        raise
    if ended is not Ended.FINISHED:
        _wind_down(thread, cancel)
    if failure:
        raise failure[0]
    return Outcome(result[0] if result else None, ended)


def _wind_down(thread: threading.Thread, cancel: Callable[[], None]) -> None:
    cancel()
    deadline = time.monotonic() + GRACE_S
    while thread.is_alive() and time.monotonic() < deadline:
        try:
            thread.join(max(0.0, deadline - time.monotonic()))
        except KeyboardInterrupt:
            # The first one already asked for the end; a second changes nothing within the grace.
            continue
