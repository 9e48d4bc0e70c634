"""Runs a solver beside the waiting caller, so that Ctrl-C or a stop ends it within a second."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from planner.milp.status import Ended

T = TypeVar("T")

# A solver that has been told to stop gets this long; then its last known answer is used.
GRACE_S = 0.6
# A solver left behind gets this long once more when the process ends.
_EXIT_GRACE_S = 2.0
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
    forsake: Callable[[], None] = lambda: None,
    grace_s: float = GRACE_S,
) -> Outcome[T]:
    """The outcome of ``work()``, run in a thread of its own.

    cancel   asks the work to end soon; called once, from this thread
    stop     polled ten times a second from this thread
    tick     called ten times a second from this thread, for progress
    forsake  called at process exit when the work was left behind and still runs: no call into Python may follow
    grace_s  how long the work may take to end after ``cancel``

    Python delivers Ctrl-C to the main thread only between bytecodes: it must not be inside the solver.
    Errors of ``work``, ``stop`` and ``tick`` are raised here, after the work was cancelled.
    """
    result: list[T] = []
    failure: list[BaseException] = []
    # Not Thread.join: in CPython before 3.13 an interrupted join takes a running thread for a finished one.
    done = threading.Event()

    def body() -> None:
        try:
            result.append(work())
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
            failure.append(error)
        finally:
            done.set()

    ended = Ended.FINISHED
    threading.Thread(target=body, daemon=True, name="solver").start()
    try:
        while not done.wait(_TICK_S):
            if stop():
                ended = Ended.STOPPED
                break
            tick()
    except KeyboardInterrupt:
        ended = Ended.INTERRUPTED
    except BaseException:
        _wind_down(done, cancel, forsake, grace_s)
        raise
    if ended is not Ended.FINISHED:
        _wind_down(done, cancel, forsake, grace_s)
    if failure:
        raise failure[0]
    return Outcome(result[0] if result else None, ended)


def _wind_down(
    done: threading.Event, cancel: Callable[[], None], forsake: Callable[[], None], grace_s: float
) -> None:
    cancel()
    deadline = time.monotonic() + grace_s
    while not done.is_set() and time.monotonic() < deadline:
        try:
            done.wait(max(0.0, deadline - time.monotonic()))
        except KeyboardInterrupt:
            # The first one already asked for the end; a second changes nothing within the grace.
            continue
    if not done.is_set():
        atexit.register(_leave, done, forsake)


def _leave(done: threading.Event, forsake: Callable[[], None]) -> None:
    """A foreign thread that asks for the interpreter while it closes down aborts the process; prevent that."""
    if not done.wait(_EXIT_GRACE_S):
        forsake()
