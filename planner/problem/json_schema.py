"""The problem format as a JSON Schema, for editors and other programs."""

from __future__ import annotations

from typing import Any

from planner.problem.schema import SCHEMA_VERSION, Problem


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a problem document, with the meaning and default of every field."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:planner:problem:v{SCHEMA_VERSION}",
        **Problem.model_json_schema(),
    }
