"""What a pydantic model allows at a place in a document: its fields there, and where else a field of that name lives."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_LISTS = (list, tuple, set, frozenset)


def models_at(model: type[BaseModel], location: Sequence[str | int]) -> list[type[BaseModel]]:
    """The models that can stand at ``location``, a pydantic error location with its union labels."""
    return [kind for kind in _types_at(model, location) if _is_model(kind)]


def fields_of(models: Sequence[type[BaseModel]]) -> dict[str, FieldInfo]:
    """Field by the name it has in documents (its alias when there is one)."""
    return {_name(name, info): info for model in models for name, info in model.model_fields.items()}


def homes_of(model: type[BaseModel]) -> dict[str, list[str]]:
    """Field name to the places that have such a field, the document itself as ``""``: ``{"budget": ["limits"]}``."""
    homes: dict[str, list[str]] = {}
    todo: list[tuple[object, str]] = [(model, "")]
    seen: set[object] = set()
    while todo:
        kind, path = todo.pop(0)
        for part in alternatives(kind):
            if _is_model(part) and part not in seen:
                seen.add(part)
                for name, info in sorted(fields_of([part]).items()):
                    homes.setdefault(name, []).append(path)
                    todo.append((info.annotation, f"{path}.{name}" if path else name))
            else:
                origin, inner = typing.get_origin(part), [a for a in typing.get_args(part) if a is not Ellipsis]
                if origin in _LISTS:
                    todo.extend((item, f"{path}[]") for item in inner)
                elif origin is dict:
                    todo.append((inner[1], f"{path}.*"))
    return homes


def choices(info: FieldInfo) -> list[object]:
    """The values that the field's ``Literal`` types allow, in their order."""
    return [value for part in alternatives(info.annotation) if typing.get_origin(part) is typing.Literal
            for value in typing.get_args(part)]


def _types_at(model: type[BaseModel], location: Sequence[str | int]) -> list[object]:
    here: list[object] = [model]
    for step in location:
        here = [part for kind in here for part in alternatives(kind)]
        below = [inner for kind in here for inner in _below(kind, step)]
        # A step that leads nowhere is the label of a union member.
        here = below or [kind for kind in here if _is_labelled(kind, step)] or here
    return [part for kind in here for part in alternatives(kind)]


def _below(kind: object, step: str | int) -> Iterator[object]:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(step, int):
        if origin in _LISTS:
            yield from (item for item in inner if item is not Ellipsis)
    elif _is_model(kind):
        info = fields_of([kind]).get(step)
        if info is not None:
            yield info.annotation
    elif origin is dict:
        yield inner[1]


def alternatives(kind: object) -> list[object]:
    """The members of a union, with ``Annotated``, named types and ``None`` taken off."""
    if isinstance(kind, typing.TypeVar) or kind is type(None):
        return []
    if hasattr(kind, "__value__"):
        return alternatives(kind.__value__)
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return alternatives(typing.get_args(kind)[0])
    if origin in (typing.Union, types.UnionType):
        return [part for member in typing.get_args(kind) for part in alternatives(member)]
    return [kind]


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_labelled(kind: object, label: str | int) -> bool:
    if not _is_model(kind):
        return False
    return kind.__name__ == label or any(label in map(str, choices(info)) for info in kind.model_fields.values())


def _name(name: str, info: FieldInfo) -> str:
    alias = info.validation_alias if info.validation_alias is not None else info.alias
    return alias if isinstance(alias, str) else name
