"""Reads JSON as benchmark tools write it: one document or one a line, with NaN and Infinity for what was not measured."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from planner.documents import parse
from planner.documents.json_places import masked
from planner.errors import InvalidInput

_NOT_FINITE = re.compile(r"(?<=[:,\[\s])-?(?:NaN|Infinity)\b")


def results_in(text: str, file: str) -> list[tuple[str, Any]]:
    """(place, document) of each document; the place is empty for a single one, such as ``line 2: `` otherwise.

    Python's writer puts NaN and Infinity where JSON has no number: a rate without limit, a latency of no request. They are
    read as absent. Raises InvalidInput for text that is neither one document nor one a line.
    """
    plain = _without_infinities(text)
    lines = [(number, line) for number, line in enumerate(plain.splitlines(), 1) if line.strip()]
    if len(lines) < 2 or not all(line.strip().startswith("{") and line.strip().endswith("}") for _, line in lines):
        return [("", parse(plain.encode(), file).data)]
    return [(f"line {number}: ", _document(line, number, file)) for number, line in lines]


def _document(line: str, number: int, file: str) -> Any:
    try:
        return parse(line.encode(), file).data
    except InvalidInput as error:
        raise InvalidInput(file, [replace(fault, line=number) for fault in error.faults]) from None


def _without_infinities(text: str) -> str:
    """``text`` with null, of the same length, in place of numbers that are not finite; texts stay as they are."""
    if "NaN" not in text and "Infinity" not in text:
        return text
    hidden = masked(text).split('"')
    end, found = 0, []
    for at, piece in enumerate(hidden):
        begin, end = end, end + len(piece)
        own = text[begin:end]
        found.append(own if at % 2 else _NOT_FINITE.sub(lambda match: "null".ljust(len(match[0])), own))
        end += 1
    return '"'.join(found)
