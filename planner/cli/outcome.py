"""One word for every exit code, and the JSON document that says why there is no other result."""

from __future__ import annotations

import json
import re
from typing import Any

from planner.cli.streams import write_result
from planner.errors import ExitCode, InvalidInput, PlannerError

SCHEMA_VERSION = 1
STATUS = {
    ExitCode.DONE: "done",
    ExitCode.CANNOT_WRITE: "cannot_write",
    ExitCode.USAGE: "usage",
    ExitCode.INVALID: "invalid",
    ExitCode.INFEASIBLE: "infeasible",
    ExitCode.STOPPED_WITH_PLAN: "feasible",
    ExitCode.STOPPED_WITHOUT: "unknown",
    ExitCode.CHECK_FAILED: "check_failed",
    ExitCode.GATE_FAILED: "gate_failed",
    ExitCode.INTERNAL: "internal",
    ExitCode.INTERRUPTED: "interrupted",
}


def document(code: ExitCode, **content: Any) -> dict[str, Any]:
    """A JSON document that begins with its version and the word of its exit code."""
    return {"schema_version": SCHEMA_VERSION, "status": STATUS[code], **content}


def error_document(code: ExitCode, errors: list[dict[str, Any]]) -> dict[str, Any]:
    """What ``--json`` prints instead of a result: each error with path, code and message."""
    return document(code, errors=errors)


def errors_of(error: PlannerError) -> list[dict[str, Any]]:
    """An expected failure as the JSON document lists it; the first 20 faults of a file."""
    if isinstance(error, InvalidInput):
        return [
            {"file": error.file, "path": fault.path, "code": fault.code, "message": fault.message,
             "line": fault.line, "column": fault.column}
            for fault in error.faults[: InvalidInput.SHOWN]
        ]
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    return [{"path": error.where, "code": STATUS[error.exit_code], "message": message}]


def write_json(content: dict[str, Any]) -> None:
    """Writes one document to standard output."""
    write_json_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_json_text(text: str) -> None:
    """Writes JSON text in ASCII alone: the same content on any encoding, and nothing that a terminal obeys."""
    write_result(_NOT_PRINTABLE_ASCII.sub(_escape, text))


_NOT_PRINTABLE_ASCII = re.compile(r"[^\n\x20-\x7e]")


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0], ensure_ascii=True)[1:-1] if found[0] != "\x7f" else "\\u007f"
