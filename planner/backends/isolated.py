"""Runs a backend in a process of its own: its crash, its prints and its libraries stay there.

OR-Tools and highspy each ship a libhighs of one name, SCIP prints to stderr when it can be interrupted, and CBC is
a program of its own; a child process makes all of that harmless for about 0.2 s. The parent's end, or its closing
of the pipe, tells the child to stop.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from importlib import import_module
from typing import Any, BinaryIO

from planner.backends.interruptible import GRACE_S, run_interruptibly
from planner.backends.request import Claim, Request, never
from planner.errors import PlannerError
from planner.milp import LinearModel, Status
from planner.milp.status import Ended

# The child's own grace comes first; with both, an answer is back within a second.
_CHILD_GRACE_S = GRACE_S + 0.3


def isolated_claim(module: str, function: str, model: LinearModel, request: Request) -> Claim:
    """``function`` of ``module`` applied in a child; ERROR when the child dies, PlannerError when it raises one."""
    job = (module, function, bare(model), replace(request, on_progress=None, stop=never), time.time())
    child = started("planner.backends.isolated")
    assert child.stdin is not None and child.stdout is not None
    pipe, answers = child.stdin, child.stdout

    def work() -> bytes:
        _send(pipe, pickle.dumps(job, protocol=5))
        answer = answers.read()
        child.wait()
        return answer

    try:
        outcome = run_interruptibly(work, lambda: _close(pipe), request.stop, lambda: None, grace_s=_CHILD_GRACE_S)
    finally:
        if child.poll() is None:
            _end(child)
        _close(pipe)
    if not outcome.value:
        ended = outcome.ended if outcome.ended is not Ended.FINISHED else Ended.FAILED
        status = Status.NO_SOLUTION if ended is not Ended.FAILED else Status.ERROR
        words = f"the solver's process ended with {child.returncode} and no answer"
        return Claim(status, "unknown", ended=ended, message=words)
    answer: Claim | PlannerError = pickle.loads(outcome.value)  # noqa: S301 - written by our own child
    if isinstance(answer, PlannerError):
        raise answer
    if outcome.ended is not Ended.FINISHED and answer.ended is Ended.STOPPED:
        answer = replace(answer, ended=outcome.ended)
    return answer


def main() -> None:
    """The child: one job in on stdin, one answer out on stdout."""
    # A handler rather than "ignore", which the solver's own child process would inherit.
    signal.signal(signal.SIGINT, lambda *_: None)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job = pickle.loads(_receive(sys.stdin.buffer))  # noqa: S301 - from our own parent
    module, function, arrays, request, sent = job
    stopped = threading.Event()

    def watch() -> None:
        sys.stdin.buffer.read()
        stopped.set()

    threading.Thread(target=watch, daemon=True, name="parent").start()
    try:
        backend = getattr(import_module(module), function)
        left = request.time_limit_s
        if left is not None:
            # Starting this process and importing the solver are part of the caller's time.
            left = max(0.0, left - max(0.0, time.time() - sent))
        request = replace(request, time_limit_s=left, stop=stopped.is_set)
        answer: Any = backend(LinearModel(**arrays), request)
    except PlannerError as error:
        answer = error
    except Exception as error:  # noqa: BLE001 - the parent reports it as the solver's failure
        answer = Claim(Status.ERROR, "unknown", message=f"{type(error).__name__}: {error}", ended=Ended.FAILED)
    answers.write(pickle.dumps(answer, protocol=5))
    answers.flush()
    # A solver left behind in its thread must not hold up, or abort, the way out.
    os._exit(0)


def started(module: str, **environment: str) -> subprocess.Popen[bytes]:
    """A child of this process that runs ``module``, with pipes for what it is asked and answers, and more in its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **environment},
        start_new_session=True,
    )


def bare(model: LinearModel) -> dict[str, Any]:
    """The arrays of a program, without its labels: what a child needs."""
    names = ("cost", "column_lower", "column_upper", "integer", "row_start", "column_index", "coefficient")
    return {name: getattr(model, name) for name in (*names, "row_lower", "row_upper", "cost_offset")}


def _send(pipe: BinaryIO, payload: bytes) -> None:
    try:
        pipe.write(len(payload).to_bytes(8, "little"))
        pipe.write(payload)
        pipe.flush()
    except (BrokenPipeError, ValueError):
        return  # the child is gone, or the caller stopped first: the empty answer says so


def _receive(pipe: BinaryIO) -> bytes:
    return pipe.read(int.from_bytes(pipe.read(8), "little"))


def _close(pipe: BinaryIO) -> None:
    try:
        pipe.close()
    except (BrokenPipeError, ValueError):
        return


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child and what it started."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        child.kill()
    child.wait()


if __name__ == "__main__":
    main()
