"""The problem format as a JSON Schema, for editors and other programs."""

from __future__ import annotations

from typing import Any

from planner.problem.schema import SCHEMA_VERSION, Problem


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a problem document, with the meaning and default of every field."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:planner:problem:v{SCHEMA_VERSION}",
        **_with_notes(Problem.model_json_schema()),
    }


def _with_notes(schema: Any) -> Any:
    """Every object that knows its fields also takes notes of the user's own: fields beginning with ``x_``."""
    if isinstance(schema, list):
        return [_with_notes(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _with_notes(value) for key, value in schema.items()}
    if found.get("additionalProperties") is False:
        found["patternProperties"] = {"^x_": {}}
    return found
