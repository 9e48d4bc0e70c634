"""``docs/problem-format.md``: every field of a problem with its type, default and meaning, and why the defaults are so."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

INTRODUCTION = """# Problem format, version 1

Made from the schema by `python -m docs.generate`; edit that, not this page. `planner schema` prints the same as JSON
Schema, for editors.

A problem is one JSON or YAML 1.2 file. Unknown fields are refused; fields that begin with `x_` are yours and ignored.
Units stand in names. A field that is left out has the default shown; where there is none and the field is not required,
it means "no such limit". Names in `allow`, `quotas` and scopes may hold `*`.
"""


def problem_format_page() -> str:
    """The whole page."""
    from planner.problem.defaults import DEFAULTS
    from planner.problem.schema import Problem

    sections = "".join(_section(model) for model in _reachable(Problem))
    rows = "".join(f"| `{name}` | {_value(one.value)} | {one.reason} |\n" for name, one in sorted(DEFAULTS.items()))
    reasons = f"## Why the defaults are what they are\n\n| default | value | reason |\n| --- | --- | --- |\n{rows}"
    return f"{INTRODUCTION}\n{sections}{reasons}"


def _section(model: type[BaseModel]) -> str:
    prose = " ".join(inspect.cleandoc(model.__doc__ or "").split()).replace("``", "`")
    rows = "".join(_row(name, field) for name, field in model.model_fields.items())
    return f"## {model.__name__}\n\n{prose}\n\n| field | type | default | meaning |\n| --- | --- | --- | --- |\n{rows}\n"


def _row(name: str, field: FieldInfo) -> str:
    default = "required" if field.is_required() else _value(field.get_default(call_default_factory=True))
    meaning = (field.description or "").replace("|", "\\|").replace("``", "`")
    return f"| `{name}` | {_type(field.annotation)}{_bounds(field)} | {default} | {meaning} |\n"


def _reachable(model: type[BaseModel], seen: dict[type[BaseModel], None] | None = None) -> Iterator[type[BaseModel]]:
    """The model, then those that its fields lead to, each once, in the order of the fields."""
    seen = {} if seen is None else seen
    if model in seen:
        return
    seen[model] = None
    yield model
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            yield from _reachable(inner, seen)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _type(annotation: Any) -> str:
    if annotation is None or annotation is type(None):
        return "nothing"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(one) for one in arguments if one is not type(None))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"object of {_type(arguments[1])}"
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {float: "number", int: "whole number", str: "text", bool: "true or false"}.get(annotation, str(annotation))


def _bounds(field: FieldInfo) -> str:
    """Bounds of a number, as far as they mean something to a reader."""
    words = {"gt": "above", "ge": "from", "lt": "below", "le": "up to"}
    found = [
        f"{words[name]} {getattr(one, name):g}"
        for one in field.metadata
        for name in words
        if isinstance(getattr(one, name, None), (int, float)) and abs(getattr(one, name)) < 1e6
    ]
    return f", {' '.join(found)}" if found else ""


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "its defaults"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(one) for one in value) or "empty"
    if isinstance(value, dict):
        return "empty" if not value else str(value)
    return f"{value:g}" if isinstance(value, float) else f"`{value}`" if isinstance(value, str) else str(value)
