"""Changes of a problem as people write them, ``services.chat.slo.ttft_ms.p95=300`` or ``demand=+20%``, and the problem after them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.documents import Document, from_data, validate
from planner.documents.clean import shortened
from planner.errors import UsageError
from planner.problem.load import LoadedProblem, restated
from planner.problem.paths import DEMAND, Place, places
from planner.problem.prices import change_offers, is_price
from planner.problem.schema import Problem

_RELATIVE = re.compile(r"([+-])\s*(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?\s*%", re.IGNORECASE)
_FACTOR = re.compile(r"\*\s*(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One change: what stands at ``path`` becomes ``value``, or ``factor`` times what it is now; ``said`` is how the factor was written."""

    path: str
    value: Any = None
    factor: float | None = None
    said: str = field(default="", compare=False)

    def __str__(self) -> str:
        if self.factor is not None:
            return f"{self.path}=*{self.factor:.12g}"
        return f"{self.path}={self.value if isinstance(self.value, str) else json.dumps(self.value)}"

    @property
    def written(self) -> str:
        """As the user wrote it."""
        return f"{self.path}={self.said}" if self.said else str(self)


def parse_change(text: str) -> Change:
    """``path=value`` with an absolute value, ``+20%``, ``-20%`` (of what it is now) or ``*1.2``; raises UsageError."""
    path, sign, value = text.partition("=")
    if not sign or not path.strip() or not value.strip():
        raise UsageError(
            f'"{shortened(text)}" is no change', where="--set", hint="PATH=VALUE, such as services.chat.slo.ttft_ms.p95=300 or demand=+20%",
        )
    path, value = path.strip(), value.strip()
    if relative := _RELATIVE.fullmatch(value):
        share = float(relative[2] + (relative[3] or "")) / 100.0
        return _scaled(path, 1.0 + share if relative[1] == "+" else 1.0 - share, value)
    if factor := _FACTOR.fullmatch(value):
        return _scaled(path, float(factor[1] + (factor[2] or "")), value)
    return Change(path, _plain(value))


def patched(loaded: LoadedProblem, changes: Sequence[Change], catalog: Any) -> LoadedProblem:
    """``loaded`` after ``changes``, one after the other; raises UsageError for a path that leads nowhere.

    Prices of the catalogue (``offers.aws:*.spot=+20%``) are changed in the problem, by its seasons or by offers of its own, so
    that a plan can be checked from its problem and the same catalogue. A value that the format does not allow raises InvalidInput.
    """
    after = loaded
    for change in changes:
        data = json.loads(json.dumps(after.document.data))
        _apply(data, after.stated, change, catalog)
        made = from_data(data, after.file)
        document = Document(after.file, made.data, find_places=loaded.document.find_places)
        after = restated(after, validate(document, Problem), document)
    if any(_names_something(change) for change in changes):
        from planner.problem.meaning import check_meaning

        check_meaning(after, catalog)
    return after


def _apply(data: Any, stated: Problem, change: Change, catalog: Any) -> None:
    if change.path == DEMAND or change.path.startswith(f"{DEMAND}."):
        _scale_demand(data, stated, change)
    elif is_price(change.path):
        change_offers(data, stated, change, catalog)
    else:
        for place in places(stated, change.path):
            _put(data, place.steps, _new(place, change), keyed=place.keyed)


def _scale_demand(data: Any, stated: Problem, change: Change) -> None:
    factor = change.factor if change.factor is not None else change.value
    if isinstance(factor, bool) or not isinstance(factor, (int, float)) or not 0 <= factor < math.inf:
        raise UsageError(
            f"demand is a multiplier of at least 0, not {shortened(str(factor))}", where=change.path,
            hint="demand=1.2 or demand=+20%; demand=0 leaves every service without demand, demand.<service>=0 one",
        )
    name = change.path.removeprefix(DEMAND).removeprefix(".") or "*"
    mirrors = {service.name: service.workload.mirrors.service for service in stated.services if service.workload.mirrors is not None}
    if name in mirrors:
        raise UsageError(
            f"{name} has the demand of {mirrors[name]}, which it mirrors", where=change.path, hint=f"services.{name}.workload.mirrors.share",
        )
    groups = {service.name: service.workload.serves.services for service in stated.services if service.workload.serves is not None}
    if name in groups:
        raise UsageError(f"{name} has the demand of {', '.join(groups[name])}, for which it may answer", where=change.path, hint=f"demand.{groups[name][0]}")
    for place in places(stated, f"services.{name}.workload.scale"):
        if stated.services[place.steps[1]].workload.mirrors is None and stated.services[place.steps[1]].workload.serves is None:
            _put(data, place.steps, place.value * factor)


def _new(place: Place, change: Change) -> Any:
    if change.factor is not None:
        return _times(place.value, change.factor, place)
    value = change.value
    items = place.item_kinds
    number = isinstance(value, (int, float)) and (float in place.kinds or int in place.kinds)
    if items is not None and value is not None and not isinstance(value, list) and not number:
        texts = value.split(",") if isinstance(value, str) else [value]
        return [text.strip() if str in items and isinstance(text, str) else _plain(str(text)) for text in texts]
    if value is not None and not isinstance(value, str) and place.kinds == (str,):
        return str(value)
    return value


def _times(value: Any, factor: float, place: Place) -> Any:
    if isinstance(value, (list, tuple)):
        return [_times(one, factor, place) for one in value]
    if isinstance(value, dict):
        return {key: _times(one, factor, place) for key, one in value.items()}
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        what = "nothing" if value is None else f"{shortened(str(value))}, which is no number,"
        raise UsageError(
            f"{what} stands there now, so it cannot be scaled", where=place.path,
            hint="an absolute value; the rates of a trace are scaled by workload.scale or demand",
        )
    return whole_near(value * factor, value) if _is_whole(value, place) else value * factor


def whole_near(value: float, before: float) -> int:
    """The nearest whole number, of two as near the one farther from ``before``: what is counted stays whole."""
    away = math.floor(value + 0.5) if value >= before else math.ceil(value - 0.5)
    return int(away)


def _is_whole(value: Any, place: Place) -> bool:
    """Whether only whole numbers may stand there."""
    kinds = place.item_kinds or place.kinds
    return isinstance(value, int) and int in kinds and float not in kinds


def roundings(loaded: LoadedProblem, changes: Iterable[Change]) -> tuple[str, ...]:
    """Where a share of a whole number is none, what it was taken as, in words."""
    found = []
    for change in changes:
        if change.factor is None or change.path == DEMAND or change.path.startswith(f"{DEMAND}.") or is_price(change.path):
            continue
        for place in places(loaded.stated, change.path):
            now = place.value
            if not isinstance(now, bool) and _is_whole(now, place) and (exact := now * change.factor) != (taken := _times(now, change.factor, place)):
                found.append(f"{place.path}: {now:,} becomes {taken:,}, the whole number nearest to {exact:,.6g}")
    return tuple(found)


def _put(data: Any, steps: Sequence[Any], value: Any, *, keyed: bool = False) -> None:
    """Sets a value in plain data, making the objects on the way.

    None is written as such, since a field that is not there takes its default; a member under a key is taken away.
    """
    *above, last = steps
    for step in above:
        if isinstance(step, int):
            data = data[step]
            continue
        if data.get(step) is None:
            data[step] = {}
        data = data[step]
    if value is None and keyed:
        data.pop(last, None)
    else:
        data[last] = value


def _plain(text: str) -> Any:
    """A value as written: JSON where it is JSON, ``none`` for no such limit, else text."""
    if text.casefold() in ("none", "null"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(found, float) and not math.isfinite(found):
        raise UsageError(f"{text} is no number that can be used", where="--set", hint="a finite number")
    return found


def _scaled(path: str, factor: float, text: str) -> Change:
    if not math.isfinite(factor) or factor < 0:
        raise UsageError(f"{text} would make it negative", where=path, hint="at most -100%")
    return Change(path, factor=factor, said=text)


def _names_something(change: Change) -> bool:
    """Whether a change may have brought in a name, or taken one away, that the catalogue must know."""
    return change.factor is None and not (isinstance(change.value, (int, float)) and not isinstance(change.value, bool))


def parsed(texts: Iterable[str]) -> tuple[Change, ...]:
    """All of ``texts`` as changes, in their order."""
    return tuple(parse_change(text) for text in texts)
