"""Finds the places of a problem that a written path means: ``services.chat.slo.ttft_ms.p95``, ``limits.carbon``."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel

from planner.documents.clean import shortened
from planner.documents.model_fields import alternatives
from planner.documents.near import did_you_mean
from planner.documents.places import Step
from planner.errors import UsageError
from planner.problem.schema import Problem

#: Words of which a unit at the end of a field's name is made, as in ``budget_usd_per_month``.
UNITS = frozenset("usd per hour minute month request mtok tonne kg kwh g co2e ms s kw w gib gb mb tflops tops rps 10s".split())
#: The path that scales the rates of every service, or with a name after it (``demand.chat``) of one: no field, but written like one.
DEMAND = "demand"
_TOKEN = re.compile(r"[^.\[]+")
_INDEX = re.compile(r"\[(\d+)\]")
_QUOTED = re.compile(r'\[("(?:[^"\\]|\\.)*")\]')
_SHOWN = 12


@dataclass(frozen=True)
class Place:
    """One place of a stated problem.

    steps  the way to it in the document
    value  what holds there now, defaults included; None: nothing
    kinds  the types that may stand there
    path   the same with names in place of numbers, as people write it
    keyed  whether it is a member under a key of the user's own: without a value it is not there at all
    """

    steps: tuple[Step, ...]
    value: Any
    kinds: tuple[Any, ...]
    path: str
    keyed: bool = False

    @property
    def item_kinds(self) -> tuple[Any, ...] | None:
        """The types of the members where a list may stand there, else None."""
        for kind in self.kinds:
            if typing.get_origin(kind) in (tuple, list):
                return _alternatives(typing.get_args(kind)[0])
        return None


def places(problem: Problem, path: str) -> tuple[Place, ...]:
    """Every place that ``path`` means, in the order of the problem; raises UsageError with near names where there is none.

    Members of lists go by name (``*`` and patterns take several) or by number, ``services[0]``; a name with dots or
    brackets may be quoted, ``services["a.b"]``. A unit at the end of a field's name may be left out where one field
    alone is then meant.
    """
    missed: list[_Missed] = []
    found = tuple(_below(problem, (Problem,), path.strip(), (), "", missed))
    if found:
        return found
    deepest = max(missed, key=lambda one: len(one.steps), default=_Missed((), "", path, ()))
    where = f'"{deepest.path}" has' if deepest.path else "a problem has"
    known = deepest.known if deepest.steps else (*deepest.known, DEMAND)
    near = did_you_mean(deepest.asked, known) or did_you_mean(deepest.asked, map(_without_unit, deepest.known))
    if not near and deepest.known:
        more = ", …" if len(deepest.known) > _SHOWN else ""
        near = f"; known here: {', '.join(shortened(name) for name in deepest.known[:_SHOWN])}{more}"
    raise UsageError(
        f'{where} no "{shortened(deepest.asked)}"{near}', where=shortened(path, 120), hint="planner schema shows all paths",
    )


def field_named(kind: type[BaseModel], asked: str) -> str | None:
    """The field of ``kind`` called ``asked``, or the only one that is so but for its unit."""
    if asked in kind.model_fields:
        return asked
    close = [name for name in kind.model_fields if name.startswith(f"{asked}_") and set(name[len(asked) + 1 :].split("_")) <= UNITS]
    return close[0] if len(close) == 1 else None


def _without_unit(name: str) -> str:
    words = name.split("_")
    while len(words) > 1 and words[-1] in UNITS:
        words.pop()
    return "_".join(words)


def name_of(member: Any) -> str | None:
    """What a member of a list goes by."""
    for name in ("name", "id", "team", "region", "site"):
        found = getattr(member, name, None)
        if isinstance(found, str):
            return found
    provider, model = getattr(member, "provider", None), getattr(member, "model", None)
    return f"{provider}:{model}" if isinstance(provider, str) and isinstance(model, str) else None


@dataclass(frozen=True)
class _Missed:
    """Where a path led nowhere: how deep it came, what was asked there and what is known."""

    steps: tuple[Step, ...]
    path: str
    asked: str
    known: tuple[str, ...]


def _below(value: Any, kinds: tuple[Any, ...], rest: str, steps: tuple[Step, ...], path: str, missed: list) -> Iterator[Place]:
    if not rest:
        yield Place(steps, value, kinds, path)
        return
    model = type(value) if isinstance(value, BaseModel) else next((k for k in kinds if _is_model(k)), None)
    members = next((k for k in kinds if typing.get_origin(k) in (tuple, list)), None)
    if model is not None:
        yield from _field(value, model, rest, steps, path, missed)
    elif isinstance(value, dict) or any(typing.get_origin(k) is dict for k in kinds):
        yield from _key(value or {}, kinds, rest, steps, path, missed)
    elif members is not None:
        yield from _member(value or (), _alternatives(typing.get_args(members)[0]), rest, steps, path, missed)
    else:
        missed.append(_Missed(steps, path, rest, ()))


def _field(value: Any, model: type[BaseModel], rest: str, steps, path: str, missed: list) -> Iterator[Place]:
    token = _TOKEN.match(rest)
    asked = token[0] if token else rest
    name = field_named(model, asked)
    if name is None:
        missed.append(_Missed(steps, path, asked, tuple(model.model_fields)))
        return
    info = model.model_fields[name]
    inner = getattr(value, name) if value is not None else None
    if value is None and not info.is_required():
        inner = info.get_default(call_default_factory=True)
    yield from _below(inner, _alternatives(info.annotation), _after(rest, len(asked)), (*steps, name), _joined(path, name), missed)


def _key(value: dict, kinds: tuple[Any, ...], rest: str, steps, path: str, missed: list) -> Iterator[Place]:
    """A member of an object with keys of the user's own, such as a percentile; a new one may be stated."""
    quoted = _QUOTED.fullmatch(rest)
    key = json.loads(quoted[1]) if quoted else rest
    inner = next((typing.get_args(k)[1] for k in kinds if typing.get_origin(k) is dict), float)
    if "*" in key:
        for name in (n for n in value if fnmatchcase(n, key)):
            yield Place((*steps, name), value[name], _alternatives(inner), _joined(path, name), True)
        return
    yield Place((*steps, key), value.get(key), _alternatives(inner), _joined(path, key), True)


def _member(value: Any, kinds: tuple[Any, ...], rest: str, steps, path: str, missed: list) -> Iterator[Place]:
    names = [name_of(member) if isinstance(member, BaseModel) else None for member in value]
    chosen, left, asked = _chosen(names, rest)
    if not chosen:
        missed.append(_Missed(steps, path, asked, tuple(n for n in names if n)))
    for index in chosen:
        shown = _joined(path, names[index]) if names[index] else f"{path}[{index}]"
        yield from _below(value[index], kinds, left, (*steps, index), shown, missed)


def _chosen(names: list[str | None], rest: str) -> tuple[list[int], str, str]:
    """(members meant, what is left of the path, what was asked): the longest name that the path begins with counts."""
    if index := _INDEX.match(rest):
        number = int(index[1])
        return ([number] if number < len(names) else []), _after(rest, index.end()), index[0]
    if quoted := _QUOTED.match(rest):
        name = json.loads(quoted[1])
        return [i for i, n in enumerate(names) if n == name], _after(rest, quoted.end()), name
    ends = [i for i, sign in enumerate(rest) if sign in ".["] + [len(rest)]
    for end in reversed(ends):
        pattern = rest[:end]
        found = [i for i, n in enumerate(names) if n is not None and (n == pattern or fnmatchcase(n, pattern))]
        if pattern == "*":
            found = list(range(len(names)))
        if found and pattern:
            return found, _after(rest, end), pattern
    return [], "", rest[: ends[0]]


def _after(rest: str, end: int) -> str:
    return rest[end:].removeprefix(".")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """The types of a union, with annotations and None taken off."""
    return tuple(alternatives(kind))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
