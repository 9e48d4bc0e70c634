"""Where a result file may go: never over an input, and known to be possible before the work begins."""

from __future__ import annotations

import os
from collections.abc import Iterable

from planner.errors import CannotWrite, UsageError


def refuse_output(output: str | None, inputs: Iterable[str | None]) -> None:
    """Raises UsageError when ``output`` is one of the inputs, CannotWrite when nothing can be written there."""
    if output is None:
        return
    for name in inputs:
        if name is not None and _same_file(output, name):
            raise UsageError("the output is also an input and would be overwritten", where=output, hint="name another file")
    if os.path.isdir(output):
        raise CannotWrite("the output is a directory", where=output, hint="name a file in it")
    folder = os.path.dirname(os.path.realpath(output))
    if not os.path.isdir(folder):
        raise CannotWrite("the folder of the output does not exist", where=output, hint=f"mkdir -p {folder}")
    if not os.access(folder, os.W_OK) and not os.access(output, os.W_OK):
        raise CannotWrite("the folder of the output is read-only", where=output, hint="name an output elsewhere")


def _same_file(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)
