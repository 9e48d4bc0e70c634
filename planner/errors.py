"""What can go wrong, said as what, where and what to try, with the exit code that means it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """The documented exit codes; the JSON ``status`` carries the same word."""

    DONE = 0
    CANNOT_WRITE = 1
    USAGE = 2
    INVALID = 3
    INFEASIBLE = 4
    STOPPED_WITH_PLAN = 5
    STOPPED_WITHOUT = 6
    CHECK_FAILED = 7
    GATE_FAILED = 8
    INTERNAL = 70
    INTERRUPTED = 130


@dataclass(frozen=True)
class Fault:
    """One thing wrong in an input.

    path     where inside the document, such as ``services[0].slo.ttft_ms.p95`` ("" for the whole file)
    code     a stable word for machines, such as ``unknown_field`` or ``duplicate_key``
    message  what was found, what is allowed, and what to try, in one sentence or two
    line     1-based line in the file, when known
    column   1-based column, when known
    """

    path: str
    code: str
    message: str
    line: int | None = None
    column: int | None = None


def one_line(text: str) -> str:
    """``text`` with its line breaks written as codes: a name from a file must not look like a message of its own."""
    return text.replace("\r", "\\r").replace("\n", "\\n")


class PlannerError(Exception):
    """An expected failure: printed without a traceback and mapped to an exit code."""

    exit_code = ExitCode.INTERNAL

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        head = one_line(f"{self.where}: {self.message}" if self.where else self.message)
        return f"{head}\n  try: {one_line(self.hint)}" if self.hint else head


class UsageError(PlannerError):
    """The command line asks for something that does not exist or does not go together."""

    exit_code = ExitCode.USAGE


class CannotWrite(PlannerError):
    """An output could not be written; what stood there before is intact."""

    exit_code = ExitCode.CANNOT_WRITE


class CheckFailed(PlannerError):
    """A plan claims something that the independent recomputation does not confirm."""

    exit_code = ExitCode.CHECK_FAILED


class InvalidInput(PlannerError):
    """A file that cannot be used, with everything that is wrong in it (at most 20 shown)."""

    exit_code = ExitCode.INVALID
    SHOWN = 20

    def __init__(self, file: str, faults: list[Fault] | tuple[Fault, ...]) -> None:
        self.file = file
        self.faults = tuple(faults)
        super().__init__(self._text())

    def __str__(self) -> str:
        return self.message

    def _text(self) -> str:
        lines = []
        for fault in self.faults[: self.SHOWN]:
            place = self.file
            if fault.line is not None:
                place += f":{fault.line}"
                if fault.column is not None:
                    place += f":{fault.column}"
            if fault.path:
                place += f": {fault.path}"
            lines.append(one_line(f"{place}: {fault.message}"))
        hidden = len(self.faults) - self.SHOWN
        if hidden > 0:
            lines.append(one_line(f"{self.file}: and {hidden} more"))
        return "\n".join(lines)


class DoubtfulInput(UserWarning):
    """A value that is possible but unlikely; what the command line says on standard error, Python code gets as a warning."""
