"""Writes a plan as JSON: the same plan gives the same bytes, figures unrounded."""

from __future__ import annotations

import json
import os
from typing import Any

from planner.documents.numbers import whole
from planner.plan.schema import Plan

INDENT = "  "


def plan_text(plan: Plan) -> str:
    """``plan`` as JSON in the order of the schema, lists of plain values on one line, a newline at the end.

    Floats are written in their shortest exact form, whole ones without a point: the reader makes no difference, so
    a plan that was read is written back byte for byte. Raises ``ValueError`` for a figure that is not finite.
    """
    return _text(plan.model_dump(mode="json"), "") + "\n"


def write_plan(plan: Plan, path: str | os.PathLike[str]) -> None:
    """Writes ``plan_text`` to ``path`` in one step; raises ``CannotWrite`` and leaves what stood there before."""
    from planner.documents.write import write_atomic

    write_atomic(path, plan_text(plan))


def _text(value: Any, indent: str) -> str:
    inner = indent + INDENT
    if isinstance(value, dict) and value:
        members = (f"{inner}{_plain(key)}: {_text(member, inner)}" for key, member in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(member, (dict, list)) for member in value):
        return "[\n" + ",\n".join(inner + _text(member, inner) for member in value) + f"\n{indent}]"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, float):
        value = whole(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
