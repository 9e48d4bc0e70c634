"""One complaint about a value that fits no member of a union, instead of one per member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planner.documents.located_error import LocatedError
from planner.documents.places import Step
from planner.documents.wording import NO_MEMBER, expected

_Members = dict[str, list[LocatedError]]


def without_union_noise(errors: Sequence[LocatedError]) -> list[LocatedError]:
    """``errors``, keeping of every union the member that the value resembles most.

    When the value has another type than every member, one error of kind ``NO_MEMBER`` lists what they allow.
    """
    kept = list(errors)
    for point, members in _unions(errors).items():
        everything = [error for group in members.values() for error in group]
        if all(_is_flat(error, point) for error in everything):
            said = [_one_of(everything)]
        else:
            best = min(members.values(), key=lambda group: _distance(group, point))
            said = [_with_all_choices(error, everything) for error in best]
        noise = {id(error) for error in everything}
        kept = [error for error in kept if id(error) not in noise] + said
    return kept


def _unions(errors: Sequence[LocatedError]) -> dict[tuple[Step, ...], _Members]:
    """Place of a union -> its members' errors; only where several members complain."""
    unions: dict[tuple[Step, ...], _Members] = {}
    for error in errors:
        if error.labels:
            before, label = error.labels[0]
            unions.setdefault(error.steps[:before], {}).setdefault(label, []).append(error)
    return {point: members for point, members in unions.items() if len(members) > 1}


def _is_flat(error: LocatedError, point: tuple[Step, ...]) -> bool:
    """The value itself is of the wrong type or none of the choices, as opposed to something inside it."""
    return error.steps == point and (expected(error.kind) is not None or "expected" in error.context)


def _distance(group: Sequence[LocatedError], point: tuple[Step, ...]) -> tuple[int, int]:
    """How unlike the member the value is: another type, then a wrong fixed value (its kind), then how many errors."""
    wrong = sum(2 * _is_flat(e, point) + (e.kind == "literal_error" and len(e.steps) == len(point) + 1) for e in group)
    return wrong, len(group)


def _one_of(errors: Sequence[LocatedError]) -> LocatedError:
    wanted = [expected(error.kind) or str(error.context["expected"]).replace("'", '"') for error in errors]
    return replace(errors[0], kind=NO_MEMBER, context={"wanted": list(dict.fromkeys(wanted))})


def _with_all_choices(error: LocatedError, everything: Sequence[LocatedError]) -> LocatedError:
    if error.kind != "literal_error":
        return error
    choices = dict.fromkeys(str(e.context["expected"]) for e in everything if e.kind == "literal_error" and e.steps == error.steps)
    return replace(error, context={"expected": ", ".join(choices)})
