"""The digest of the problem inside a plan: of the document as it stands there, so that later fields do not change it."""

from __future__ import annotations

from planner.documents import digest
from planner.documents.numbers import whole


def problem_digest(document: object) -> str:
    """SHA-256 of the embedded problem; a whole number counts alike with and without a point, since files drop it."""
    return digest(_as_written(document))


def _as_written(value: object) -> object:
    if isinstance(value, dict):
        return {key: _as_written(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_written(member) for member in value]
    return whole(value) if isinstance(value, float) else value
