"""What a plain YAML scalar means under the core schema of YAML 1.2, and nothing of YAML 1.1."""

from __future__ import annotations

import re

from planner.documents.numbers import integer, not_finite, real

# YAML 1.2.2, section 10.3.2 (core schema tag resolution). `no`, `12:30:00`, `1_000` and dates are text there.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")


def core_value(text: str) -> str | int | float | bool | None:
    """The value of the unquoted scalar ``text``; raises ``BadNumber`` for one that is no usable number."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] not in "-+.0123456789":
        return text
    if _INTEGER.match(text):
        return integer(text)
    if _OCTAL.match(text):
        return integer(text[2:], 8)
    if _HEXADECIMAL.match(text):
        return integer(text[2:], 16)
    if _FLOAT.match(text):
        return real(text)
    if _NOT_FINITE.match(text):
        raise not_finite(text)
    return text
