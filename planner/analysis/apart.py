"""A process of its own for the scenarios of a sweep, on a machine that must outlive them: what ends it ends one scenario."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import Any, BinaryIO

from planner.analysis.engine import ONE_THREAD, Lost, bench_from, watch_parent
from planner.analysis.scenarios import Scenario
from planner.backends.isolated import started


class Apart:
    """A child that holds the problem of ``payload`` and answers one scenario after another; it ends with this process."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.child = started("planner.analysis.apart", **ONE_THREAD)
        _write(self.child.stdin, payload)

    def answer(self, key: str, scenario: Scenario) -> Any:
        """The scenario's answer, or Lost where the child died of it; raises what solving raised."""
        try:
            _write(self.child.stdin, (key, scenario))
            answer = _read(self.child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            self.close()
            return Lost()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def alive(self) -> bool:
        """Whether another scenario may be asked."""
        return self.child.poll() is None

    def close(self) -> None:
        """Ends the child."""
        self.child.kill()
        for pipe in (self.child.stdin, self.child.stdout):
            try:
                pipe.close()
            except OSError:
                continue
        self.child.wait()


def main() -> None:
    """The child: a problem, then scenarios on stdin, answers on stdout, until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    watch_parent(os.getppid())
    from planner.analysis.sweep import answered

    bench = None
    while True:
        try:
            asked = _read(sys.stdin.buffer)
        except EOFError:
            os._exit(0)
        try:
            if bench is None:
                bench = bench_from(asked)
                continue
            answer: Any = answered(bench, *asked)
        except Exception as error:  # noqa: BLE001 - raised again by the process that asked
            answer = error
        _write(answers, answer)


def _write(pipe: BinaryIO, content: Any) -> None:
    body = pickle.dumps(content, protocol=5)
    pipe.write(len(body).to_bytes(8, "little") + body)
    pipe.flush()


def _read(pipe: BinaryIO) -> Any:
    size = pipe.read(8)
    body = pipe.read(int.from_bytes(size, "little"))
    if len(size) < 8 or len(body) < int.from_bytes(size, "little"):
        raise EOFError
    return pickle.loads(body)  # noqa: S301 - between our own processes


if __name__ == "__main__":
    main()
