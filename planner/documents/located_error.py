"""A pydantic error with its location told apart: the way through the data, and the labels of union members on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.documents.places import Step

_KEY = "[key]"


@dataclass(frozen=True)
class LocatedError:
    """One error about the value at ``steps``; ``labels`` are (how many steps stand before it, name of the member)."""

    kind: str
    message: str
    context: Mapping[str, Any]
    location: tuple[Step, ...]
    steps: tuple[Step, ...]
    labels: tuple[tuple[int, str], ...]
    value: Any

    @property
    def about_key(self) -> bool:
        """The key is wrong, not what it holds."""
        return self.kind == "extra_forbidden" or self.location[-1:] == (_KEY,)


def located(error: Mapping[str, Any], data: object) -> LocatedError:
    """``error``, an entry of ``ValidationError.errors()`` about ``data``."""
    location = tuple(error["loc"])
    value = error.get("input")
    steps, labels = _way(location, data, error["type"] == "missing", value, (), ()) or (location, ())
    return LocatedError(error["type"], error["msg"], error.get("ctx", {}), location, steps, labels, value)


def _way(location: tuple[Step, ...], data: object, is_missing: bool, value: object,
         steps: tuple[Step, ...], labels: tuple[tuple[int, str], ...]):
    """Splits a location; a step that may be a field or a label is tried as a field first."""
    if not location:
        return (steps, labels) if data == value else None
    step, rest = location[0], location[1:]
    if step == _KEY and not rest and steps and steps[-1] == value:
        return steps, labels
    if is_missing and not rest and isinstance(data, dict) and step not in data and data == value:
        return (*steps, step), labels
    inside = step in data if isinstance(data, dict) else isinstance(data, list) and isinstance(step, int) and step < len(data)
    if inside:
        way = _way(rest, data[step], is_missing, value, (*steps, step), labels)
        if way:
            return way
    if isinstance(step, str):
        return _way(rest, data, is_missing, value, steps, (*labels, (len(steps), step)))
    return None
