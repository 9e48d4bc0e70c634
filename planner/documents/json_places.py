"""A second, slower pass over JSON text that knows where everything stands; run only when a place must be named."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from planner.documents.clean import shortened
from planner.documents.limits import MAX_FAULTS, MAX_KEY_CHARS, MAX_TEXT_CHARS
from planner.documents.numbers import BadNumber, integer, not_finite, real
from planner.documents.places import ROOT, Places, path_text
from planner.errors import Fault

_TOKEN = re.compile(r'"[^"]*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


class TextFinder:
    """Offset in a text to (line, column), both 1-based."""

    def __init__(self, text: str) -> None:
        self._starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def __call__(self, offset: object) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def masked(text: str) -> str:
    """``text``, equally long, with escaped backslashes and quotes blanked: every quote left opens or closes a string."""
    return text.replace("\\\\", "__").replace('\\"', "__") if "\\" in text else text


def places_of(text: str) -> Places:
    """The place of every value of valid JSON ``text``."""
    return _scan(text)[0]


def faults_of(text: str) -> list[Fault]:
    """Everything in grammatical JSON ``text`` that must not be used, in the order of the file."""
    return _scan(text)[1]


def _scan(text: str) -> tuple[Places, list[Fault]]:
    finder = TextFinder(text)
    places = Places(finder)
    faults: list[Fault] = []
    # One frame per open container: [node, next index or None for an object, pending key, its offset, key -> offset].
    stack: list[list] = []

    def fault(node: int, offset: int, code: str, message: str) -> None:
        if len(faults) < MAX_FAULTS:
            line, column = finder(offset)
            faults.append(Fault(path_text(places.steps(node)), code, message, line, column))

    def begin_value(offset: int) -> int:
        if not stack:
            places.set_value(ROOT, offset)
            return ROOT
        frame = stack[-1]
        if frame[1] is None:
            node = places.add(frame[0], frame[2], offset, frame[3])
            frame[2] = None
            return node
        frame[1] += 1
        return places.add(frame[0], frame[1] - 1, offset)

    for match in _TOKEN.finditer(masked(text)):
        offset = match.start()
        head = text[offset]
        if head == "{" or head == "[":
            stack.append([begin_value(offset), None if head == "{" else 0, None, 0, {}])
        elif head == "}" or head == "]":
            stack.pop()
        elif head == '"':
            value = _text(text[offset : match.end()])
            frame = stack[-1] if stack else None
            if frame is not None and frame[1] is None and frame[2] is None:
                first = frame[4].setdefault(value, offset)
                frame[2], frame[3] = value, offset
                if first != offset:
                    line, column = finder(first)
                    here = places.add(frame[0], value, offset, offset)
                    fault(here, offset, "duplicate_key",
                          f'the key "{shortened(value)}" appears twice: here and at line {line}, column {column}; keep one')
                _check_text(frame[0], offset, value, MAX_KEY_CHARS, "key", fault)
            else:
                _check_text(begin_value(offset), offset, value, MAX_TEXT_CHARS, "text", fault)
        elif head not in ":,":
            _check_number(begin_value(offset), offset, match[0], fault)
    return places, faults


def _text(token: str) -> str:
    return json.loads(token, strict=False) if "\\" in token else token[1:-1]


def _check_text(node: int, offset: int, value: str, most: int, kind: str, fault) -> None:
    if len(value) > most:
        fault(node, offset, "text_too_long", f"a {kind} of {len(value):,} characters; the limit is {most:,}")
    if "\0" in value:
        fault(node, offset, "nul_character", f"the {kind} holds a NUL character; remove it")
    if any("\ud800" <= char <= "\udfff" for char in value):
        fault(node, offset, "not_utf8", f"the {kind} holds half of a surrogate pair (\\ud800-\\udfff), which is not a character; remove it")


def _check_number(node: int, offset: int, token: str, fault) -> None:
    try:
        if token in ("NaN", "Infinity", "-Infinity"):
            raise not_finite(token)
        if token not in ("true", "false", "null"):
            (integer if token.lstrip("-").isdigit() else real)(token)
    except BadNumber as error:
        fault(node, offset, error.code, str(error))
