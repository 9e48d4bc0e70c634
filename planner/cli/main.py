"""The way in; it imports next to nothing, so that an interruption finds it ready from the first moment."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Sequence

#: As in planner.errors, which is not imported here.
INTERRUPTED = 130
#: Objects made between two searches for unused cycles. Here they are made by the ten thousand, to be kept: Python's own
#: 700 spends an eighth of a small run on searches that find nothing.
BETWEEN_SEARCHES = 50_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code (see planner.errors.ExitCode)."""
    gc.set_threshold(BETWEEN_SEARCHES, *gc.get_threshold()[1:])
    code = _run(arguments)
    if arguments is None:
        # All is said and written: a signal while the process ends must not change its exit code.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Nor is anything looked for that the end of the process frees anyway: a sixth of a small run.
        gc.freeze()
        if code == INTERRUPTED:
            _leave(code)
    return code


def _leave(code: int) -> None:
    """Ends the process with ``code``.

    An interruption of ``exec``, by which dataclasses are made, leaves a mark that makes Python end as if killed by the
    signal, although it was caught and everything was said.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        from planner.cli.interrupts import Interrupts

        with Interrupts() as interrupts:
            from planner.cli.guard import guarded
            from planner.cli.program import program
            from planner.cli.streams import prepare_streams

            prepare_streams()
            return guarded(program, list(sys.argv[1:] if arguments is None else arguments), interrupts)
    except KeyboardInterrupt:
        return INTERRUPTED
