"""Solves many programs at once with HiGHS, in this process and in helping ones; the answers do not depend on how many."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from planner.backends.interface import solve
from planner.backends.isolated import bare, started
from planner.milp import LinearModel, Solution
from planner.milp.status import Ended, Status

#: Helping processes at most, beside this one.
MOST_HELPERS = 7
_UNSOLVED = Solution(Status.NO_SOLUTION, None, None, None, None, 0.0, None, Ended.STOPPED, "highs", "", "not begun")


@dataclass(frozen=True)
class Job:
    """One program with its gap, its nodes at most, and a vector to start from."""

    model: LinearModel
    gap: float
    node_limit: int | None = None
    start: np.ndarray | None = None


class Crew:
    """Helping processes that live as long as the crew is open; each answers one program at a time."""

    def __init__(self, size: int | None = None) -> None:
        """``size`` processes in all, this one included; None: one per processor."""
        self._wanted = min(MOST_HELPERS, (size or _processors()) - 1)
        self._helpers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the helpers at once, whatever they do."""
        for helper in self._helpers:
            _end(helper)
        self._helpers = []

    def solve_all(self, jobs: Sequence[Job], *, stop: Callable[[], bool] | None = None) -> list[Solution]:
        """The answers to all jobs, in their order. Raises KeyboardInterrupt on Ctrl-C, after ending the helpers.

        ``stop`` is asked between jobs and within those solved here, from several threads; jobs not begun, and those
        that helpers were at, are then left unsolved with status NO_SOLUTION. A helper that dies costs time only.
        """
        if len(jobs) > 1:
            self._start(min(self._wanted, len(jobs) - 1))
        todo = iter(range(len(jobs)))
        lock = threading.Lock()
        answers: list[Solution | None] = [None] * len(jobs)

        def following() -> int | None:
            with lock:
                return None if stop is not None and stop() else next(todo, None)

        def feed(helper: subprocess.Popen[bytes]) -> None:
            while (i := following()) is not None:
                answers[i] = _asked(helper, jobs[i])
                if answers[i] is None:
                    # What it held is solved below; half an answer may be in its pipe, so it is never asked again.
                    helper.kill()
                    return

        feeders = [threading.Thread(target=feed, args=(helper,), daemon=True, name="crew") for helper in self._helpers]
        for feeder in feeders:
            feeder.start()
        try:
            while (i := following()) is not None:
                answers[i] = _solved(jobs[i], stop)
            while any(feeder.is_alive() for feeder in feeders):
                for feeder in feeders:
                    feeder.join(0.05)
                if stop is not None and stop():
                    self.close()
        except BaseException:
            self.close()
            raise
        for i, job in enumerate(jobs):
            if answers[i] is None:
                answers[i] = _UNSOLVED if stop is not None and stop() else _solved(job, stop)
        return answers

    def _start(self, count: int) -> None:
        gone = [helper for helper in self._helpers if helper.poll() is not None]
        for helper in gone:
            self._helpers.remove(helper)
            _end(helper)
        while len(self._helpers) < count:
            self._helpers.append(started("planner.backends.crew"))


def _end(helper: subprocess.Popen[bytes]) -> None:
    helper.kill()
    for pipe in (helper.stdin, helper.stdout):
        try:
            pipe.close()
        except OSError:
            continue
    helper.wait()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _solved(job: Job, stop: Callable[[], bool] | None) -> Solution:
    answer = solve(job.model, backend="highs", gap=job.gap, node_limit=job.node_limit, start=job.start, stop=stop)
    if answer.ended is Ended.INTERRUPTED:
        raise KeyboardInterrupt
    return answer


def _asked(helper: subprocess.Popen[bytes], job: Job) -> Solution | None:
    """A helper's answer; None when it is gone or failed."""
    try:
        _write(helper.stdin, (bare(job.model), job.gap, job.node_limit, job.start))
        return _read(helper.stdout)
    except (OSError, ValueError, EOFError, pickle.UnpicklingError):
        return None


def main() -> None:
    """A helper: answers programs from stdin on stdout until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            arrays, gap, node_limit, start = _read(sys.stdin.buffer)
        except (EOFError, ValueError):
            os._exit(0)
        try:
            answer = solve(LinearModel(**arrays), backend="highs", gap=gap, node_limit=node_limit, start=start)
        except Exception:  # noqa: BLE001 - the asker solves it again and sees the error there
            answer = None
        _write(answers, answer)


def _write(pipe: BinaryIO, content: Any) -> None:
    payload = pickle.dumps(content, protocol=5)
    pipe.write(len(payload).to_bytes(8, "little"))
    pipe.write(payload)
    pipe.flush()


def _read(pipe: BinaryIO) -> Any:
    size = pipe.read(8)
    if len(size) < 8:
        raise EOFError
    return pickle.loads(pipe.read(int.from_bytes(size, "little")))  # noqa: S301 - between our own processes


if __name__ == "__main__":
    main()
