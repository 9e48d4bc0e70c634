"""Scenarios of a sweep: grids of values, a file of named ones, or draws; each with an id that depends on its content alone."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Any

from planner.documents import Document, digest
from planner.documents.clean import shortened
from planner.documents.numbers import whole
from planner.errors import Fault, InvalidInput, UsageError
from planner.problem.patch import Change, parse_change, parsed

#: More scenarios than this are taken for a slip of the pen.
MOST = 100_000
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})(%?):({_NUMBER})(%?):({_NUMBER})(%?)")
_UNIFORM = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")
_SPREAD = re.compile(rf"(?:\+-|±)\s*({_NUMBER})%")
_DIGITS = 6


@dataclass(frozen=True)
class Scenario:
    """Changes of the base problem under a name; ``weight`` is its probability up to a factor."""

    name: str
    changes: tuple[Change, ...]
    weight: float = 1.0

    def id(self, base: str) -> str:
        """A digest of what is asked: the base (problem, catalogue, how it is solved) and the changes, not the name."""
        asked = [[change.path, change.factor, whole(change.value) if isinstance(change.value, float) else change.value] for change in self.changes]
        return digest({"base": base, "changes": asked})[:16]

    def settings(self) -> dict[str, str]:
        """Values as written, by path."""
        return {change.path: str(change).partition("=")[2] for change in self.changes}


def grid(over: Sequence[str]) -> tuple[Scenario, ...]:
    """Every combination of the values in ``PATH=from:to:step`` or ``PATH=a,b,c``, the last path fastest."""
    axes = [_axis(text) for text in over]
    if math.prod(map(len, axes)) > MOST:
        raise UsageError(f"{math.prod(map(len, axes)):,} scenarios are more than {MOST:,}", where="--over", hint="a coarser step")
    return tuple(Scenario(", ".join(map(str, chosen)), chosen) for chosen in product(*axes))


def listed(document: Document) -> tuple[Scenario, ...]:
    """The scenarios of a file: ``{"scenarios": [{"name", "set": {path: value}, "weight"}]}``, or that list alone."""
    rows = document.data.get("scenarios") if isinstance(document.data, dict) else document.data
    if not isinstance(rows, list) or not rows:
        raise InvalidInput(document.file, [Fault("", "no_scenarios", 'a list of {"name": …, "set": {PATH: VALUE}} is needed')])
    faults, found = [], []
    for index, row in enumerate(rows):
        try:
            found.append(_stated(row, index))
        except (UsageError, ValueError) as error:
            faults.append(document.fault(("scenarios", index) if isinstance(document.data, dict) else (index,), "not_a_scenario", str(error)))
    if len({one.name for one in found}) < len(found):
        faults.append(Fault("", "duplicate_name", "two scenarios share a name"))
    if faults:
        raise InvalidInput(document.file, faults)
    return tuple(found)


def drawn(vary: Sequence[str], count: int, seed: int) -> tuple[Scenario, ...]:
    """``count`` draws: ``PATH=a..b`` evenly between, ``PATH=+-20%`` a lognormal factor of that spread around what it is now.

    Each number depends on seed, path and the draw's number alone, so that more draws keep the earlier ones.
    """
    if not vary:
        raise UsageError("nothing varies", where="--monte-carlo", hint="--vary demand=+-20% or --vary PATH=a..b")
    if not 1 <= count <= MOST:
        raise UsageError(f"{count} draws; 1 to {MOST:,} are possible", where="--monte-carlo", hint="such as 1000")
    draws = [_draw(text) for text in vary]
    return tuple(Scenario(f"draw {n + 1}", tuple(draw(random.Random(f"{seed}/{path}/{n}")) for path, draw in draws)) for n in range(count))


def _axis(text: str) -> tuple[Change, ...]:
    path, sign, values = text.partition("=")
    if not sign or not path.strip() or not values.strip():
        raise UsageError(f'"{shortened(text)}" is no range', where="--over", hint="PATH=from:to:step or PATH=a,b,c")
    texts = list(_steps(values.strip(), text)) if ":" in values and _RANGE.fullmatch(values.strip()) else values.split(",")
    return parsed(f"{path}={value.strip()}" for value in texts)


def _steps(values: str, text: str) -> Iterator[str]:
    """Values from the first to the last, both included, exact in decimals."""
    first, mark, last, _, step, _ = _RANGE.fullmatch(values).groups()
    try:
        at, end, width = Decimal(first), Decimal(last), Decimal(step)
    except InvalidOperation:
        raise UsageError(f'"{shortened(text)}" is no range', where="--over", hint="PATH=from:to:step") from None
    if width == 0 or (end - at) / width < 0 or (end - at) / width > MOST:
        raise UsageError(f'"{shortened(text)}" never ends', where="--over", hint="a step from the first value towards the last")
    for number in range(int((end - at) / width) + 1):
        value = at + number * width
        yield f"{value:+f}%" if mark else f"{value:f}"


def _stated(row: Any, index: int) -> Scenario:
    if not isinstance(row, dict) or not isinstance(row.get("set", {}), (dict, list)):
        raise ValueError('a scenario is {"name": …, "set": {PATH: VALUE}}')
    settings = row.get("set", {})
    texts = settings if isinstance(settings, list) else None
    changes = parsed(map(str, texts)) if texts is not None else tuple(_change(path, value) for path, value in settings.items())
    weight = row.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or weight < 0:
        raise ValueError("a weight is a number of at least 0")
    unknown = sorted(key for key in row if key not in ("name", "set", "weight") and not key.startswith("x_"))
    if unknown:
        raise ValueError(f"unknown field {shortened(unknown[0])}; known here: name, set, weight")
    return Scenario(str(row.get("name") or f"scenario {index + 1}"), changes, float(weight))


def _change(path: str, value: Any) -> Change:
    return parse_change(f"{path}={value}") if isinstance(value, str) else Change(path, value)


def _draw(text: str) -> tuple[str, Any]:
    path, _, spec = text.partition("=")
    spec = spec.strip()
    if uniform := _UNIFORM.fullmatch(spec):
        low, high = float(uniform[1]), float(uniform[2])
        return path, lambda chance: Change(path, _rounded(chance.uniform(low, high)))
    if spread := _SPREAD.fullmatch(spec):
        # A lognormal factor with mean 1 and this coefficient of variation.
        sigma = math.sqrt(math.log1p((float(spread[1]) / 100.0) ** 2))
        return path, lambda chance: Change(path, factor=_rounded(chance.lognormvariate(-0.5 * sigma * sigma, sigma)))
    raise UsageError(f'"{shortened(text)}" says not how it varies', where="--vary", hint="PATH=a..b or PATH=+-20%")


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
