"""JSON text to plain data: the fast scanner first, and a second, slower look only when something is wrong."""

from __future__ import annotations

import json
import re
from itertools import accumulate

from planner.documents.json_places import TextFinder, faults_of, masked
from planner.documents.limits import MAX_DEPTH, MAX_KEY_CHARS, MAX_NODES
from planner.documents.numbers import BadNumber, integer, real
from planner.errors import Fault

_BRACKETS = re.compile(r"[^\[\]{}]+")
_LONG_DIGITS = re.compile(r"\d{19}")
_RISKY_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_STEP_OF = {"[": 1, "{": 1, "]": -1, "}": -1}


def parse_json(text: str) -> tuple[object, list[Fault]]:
    """The value of ``text`` and no faults, or ``None`` and what is wrong.

    Refuses what the standard reader lets pass: duplicate keys, NaN and infinities, numbers beyond double range,
    lone surrogates, NUL, nesting and sizes beyond ``limits``.
    """
    hidden = masked(text)
    pieces = hidden.split('"')
    outside = "".join(pieces[::2])
    fault = _too_many(outside) or _too_deep(text, hidden, outside)
    if fault:
        return None, [fault]
    suspicions: list[str] = []
    if max(map(len, pieces[1::2]), default=0) > MAX_KEY_CHARS:
        suspicions.append("text length")
    if "\\u" in text and _RISKY_ESCAPE.search(text):
        suspicions.append("escape")
    parse_int = _quiet(integer, suspicions) if _LONG_DIGITS.search(outside) else None
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object_hook(suspicions),
            parse_float=_quiet(real, suspicions),
            parse_int=parse_int,
            parse_constant=suspicions.append,
        )
    except json.JSONDecodeError as error:
        return None, [_syntax_fault(text, error)]
    if suspicions:
        faults = faults_of(text)
        if faults:
            return None, faults
    return data, []


def _too_many(outside: str) -> Fault | None:
    """Every value but the first stands after a comma or first in its container (unless that is empty)."""
    opened = outside.count("[") + outside.count("{") - outside.count("[]") - outside.count("{}")
    nodes = 1 + outside.count(",") + opened
    if nodes <= MAX_NODES:
        return None
    return Fault("", "too_many_values", f"the file holds {nodes:,} values; the limit is {MAX_NODES:,}; split the problem")


def _too_deep(text: str, hidden: str, outside: str) -> Fault | None:
    """Checked before parsing, because the scanner recurses once per bracket."""
    brackets = _BRACKETS.sub("", outside)
    if len(brackets) <= MAX_DEPTH or max(accumulate(map(_STEP_OF.__getitem__, brackets))) <= MAX_DEPTH:
        return None
    depth = 0
    for match in re.finditer(r'"[^"]*"?|[\[\]{}]', hidden):
        depth += _STEP_OF.get(match[0], 0)
        if depth > MAX_DEPTH:
            line, column = TextFinder(text)(match.start())
            return Fault("", "too_deep", f"brackets are nested more than {MAX_DEPTH} deep here; the limit is {MAX_DEPTH}", line, column)
    return None


def _object_hook(suspicions: list[str]):
    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            suspicions.append("duplicate key")
        return members

    return build


def _quiet(convert, suspicions: list[str]):
    """Lets parsing go on, so that syntax errors come first and all bad numbers are reported together."""

    def number(text: str):
        try:
            return convert(text)
        except BadNumber:
            suspicions.append("number")
            return 0

    return number


def _syntax_fault(text: str, error: json.JSONDecodeError) -> Fault:
    at = error.pos
    here = text[at : at + 1]
    before = text[:at].rstrip(" \t\r\n")
    line, column = TextFinder(text)(at)
    if error.msg.startswith("Extra data"):
        code, message = "second_document", "the document ends before this point and something follows; a file holds one document"
    elif error.msg.startswith("Invalid control"):
        code, message = "syntax", f"a control character (code {ord(here)}) stands inside quoted text; write it as \\n, \\t or \\u{ord(here):04x}"
    elif error.msg.startswith("Unterminated string"):
        code, message = "truncated", "the text that starts at this quote is never closed; the file may be cut short"
    elif not text[at:].strip():
        code, message = "truncated", "the file ends in the middle of the document; it may be cut short"
    elif error.msg.startswith("Illegal trailing comma") or (here in ("}", "]") and before.endswith(",")):
        code, message = "trailing_comma", "a comma before a closing bracket is not allowed in JSON; remove it"
    elif here == "'":
        code, message = "syntax", 'single quotes are not allowed in JSON; write "..."'
    elif here in ("/", "#"):
        code, message = "syntax", "comments are not allowed in JSON; remove it or use YAML"
    else:
        code, message = "syntax", f"not valid JSON here: {error.msg[0].lower()}{error.msg[1:]}"
    return Fault("", code, message, line, column)
