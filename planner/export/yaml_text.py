"""Plain data as YAML that no name can break: every text is quoted, so that none is a number, a date, a tag or an alias."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# Words that a reader of YAML 1.1 takes for a truth value or nothing.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})


def yaml_text(*documents: Any) -> str:
    """One document after the other; the same data gives the same bytes. Raises ``ValueError`` for what is not finite."""
    return "---\n".join("\n".join(_lines(one)) + "\n" for one in documents)


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping) and value:
        return [line for key, member in value.items() for line in _entry(f"{_key(key)}:", member)]
    if _is_list(value) and value:
        return [line for member in value for line in _item(member)]
    return [_scalar(value)]


def _entry(head: str, value: Any) -> list[str]:
    if isinstance(value, Mapping) and value:
        return [head, *(f"  {line}" for line in _lines(value))]
    if _is_list(value) and value:
        return [head, *(f"  {line}" for line in _lines(value))]
    return [f"{head} {_scalar(value)}"]


def _item(value: Any) -> list[str]:
    first, *rest = _lines(value)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS else _quoted(key)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if _is_list(value) else json.dumps(value, allow_nan=False)


def _quoted(text: str) -> str:
    """A double-quoted scalar; what is not printable is written by its code."""
    plain = json.dumps(text, ensure_ascii=False)
    return plain if plain.isprintable() else json.dumps(text)
