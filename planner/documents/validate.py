"""Gives a document its meaning: a frozen pydantic model, or every reason why it has none, each with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from planner.documents.clean import shortened, visible
from planner.documents.document import Document
from planner.documents.located_error import LocatedError, located
from planner.documents.model_fields import choices, fields_of, homes_of, models_at
from planner.documents.near import did_you_mean, nearest
from planner.documents.places import Step
from planner.documents.union_errors import without_union_noise
from planner.documents.wording import not_a_choice, worded
from planner.errors import Fault, InvalidInput

ANNOTATION_PREFIX = "x_"
_MOST_WORDED = 1_000
_NAMED_FIELDS = 15

M = TypeVar("M", bound=BaseModel)


def validate(document: Document, model: type[M], *, context: Mapping[str, Any] | None = None) -> M:
    """``document`` as a ``model``, strictly; raises one ``InvalidInput`` with everything that is wrong.

    Text is no number, ``true`` is no number and 8.5 no count; 8.0 is 8 (the reader already made it so). An object's
    fields that begin with ``x_`` are allowed in every model and left to ``document.data``; other fields that the model
    forbids are faults with a suggestion. ``context`` reaches the model's validators.

    Validation runs in pydantic's strict JSON mode. A ``mode="before"`` validator on a model with tuple fields takes
    that model out of it (lists are then refused): use ``mode="after"``.
    """
    data = document.data
    while True:
        try:
            return model.model_validate_json(json.dumps(data), strict=True, context=context)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        annotations = [located(e, data).steps for e in errors if _is_annotation(e)]
        if not annotations:
            break
        if data is document.data:
            data = json.loads(json.dumps(data))  # a copy; several times faster than deepcopy
        for *parents, key in annotations:
            _at(data, parents).pop(key, None)
    raise InvalidInput(document.file, _faults(document, model, data, errors))


def _faults(document: Document, model: type[BaseModel], data: object, errors: list[Any]) -> list[Fault]:
    faults = []
    for error in _without_echoes(without_union_noise([located(error, data) for error in errors[:_MOST_WORDED]])):
        steps, code, message = _said(error, model)
        faults.append(document.fault(steps, code, visible(message), key=error.about_key))
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))


def _without_echoes(errors: list[LocatedError]) -> list[LocatedError]:
    """A list whose items are refused is counted without them: that it is then too short is no second error."""
    deeper = {error.steps[:depth] for error in errors for depth in range(len(error.steps))}
    return [error for error in errors if error.kind != "too_short" or error.steps not in deeper]


def _said(error: LocatedError, model: type[BaseModel]) -> tuple[tuple[Step, ...], str, str]:
    if error.kind == "extra_forbidden":
        return error.steps, "unknown_field", _unknown_field(model, error)
    if error.kind == "missing":
        info = fields_of(models_at(model, error.location[:-1])).get(str(error.steps[-1]))
        meaning = f" ({info.description})" if info is not None and info.description else ""
        return error.steps, "missing_field", f'the field "{error.steps[-1]}" is required{meaning}'
    if error.kind in ("union_tag_not_found", "union_tag_invalid"):
        return _unknown_kind(model, error)
    code, message = worded(error.kind, error.message, error.context, error.value)
    return (*error.steps, *getattr(error.context.get("error"), "steps", ())), code, message


def _shared(location: Sequence[str | int], place: str) -> int:
    """How many first steps of a place in a document lead to a place in the format, such as ``services[].allow``."""
    taken = [step for step in location if isinstance(step, str)]
    named = place.replace("[]", "").split(".")
    return next((n for n, (one, other) in enumerate(zip(taken, named)) if one != other), min(len(taken), len(named)))


def _unknown_field(model: type[BaseModel], error: LocatedError) -> str:
    name = str(error.steps[-1])
    here = sorted(fields_of(models_at(model, error.location[:-1])))
    homes = {field: places for field, places in homes_of(model).items() if field not in here}
    text = f'unknown field "{shortened(name)}"'
    if name in homes:
        near = sorted(homes[name], key=lambda place: -_shared(error.location[:-1], place))
        places = [f'under "{place}"' if place else "at the top level" for place in near[:2]]
        return f"{text}; it belongs {' or '.join(places)}"
    if nearest(name, here):
        return text + did_you_mean(name, here)
    elsewhere = nearest(name, homes, 1) or _without_unit(name, [*here, *homes])
    if elsewhere:
        place = homes[elsewhere[0]][0] if elsewhere[0] in homes else ""
        return f'{text}; did you mean "{elsewhere[0]}" ' + (f'under "{place}"?' if place else "at the top level?")
    more = ", ..." if len(here) > _NAMED_FIELDS else ""
    known = f"; known here: {', '.join(here[:_NAMED_FIELDS])}{more}" if here else ""
    return f"{text}{known}; notes of your own begin with {ANNOTATION_PREFIX}"


def _without_unit(name: str, names: list[str]) -> tuple[str, ...]:
    """Fields carry their unit (``budget_usd_per_month``); somebody who left it off meant the first that begins so."""
    heads = {one.split("_")[0]: one for one in sorted(set(names), reverse=True) if "_" in one}
    return tuple(heads[head] for head in nearest(name, heads, 1))


def _unknown_kind(model: type[BaseModel], error: LocatedError) -> tuple[tuple[Step, ...], str, str]:
    field = str(error.context.get("discriminator", "")).strip("'")
    if not isinstance(error.value, dict) or not field.isidentifier():
        return error.steps, "not_allowed", error.message
    infos = [fields_of([member]).get(field) for member in models_at(model, error.location)]
    allowed = ", ".join(f'"{value}"' for info in infos if info is not None for value in choices(info))
    steps = (*error.steps, field)
    if field not in error.value:
        return steps, "missing_field", f'the field "{field}" is required; allowed: {allowed}'
    return steps, "not_allowed", not_a_choice(str(error.context.get("expected_tags") or allowed), error.value[field])


def _is_annotation(error: Mapping[str, Any]) -> bool:
    return error["type"] == "extra_forbidden" and str(error["loc"][-1]).startswith(ANNOTATION_PREFIX)


def _at(data: Any, steps: Sequence[Step]) -> Any:
    for step in steps:
        data = data[step]
    return data
