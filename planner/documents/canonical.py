"""One spelling for every value, so that equal content has equal bytes and an equal digest."""

from __future__ import annotations

import hashlib
import json
import math


def canonical_json(obj: object) -> str:
    """``obj`` as JSON with sorted keys, no spaces and shortest exact floats; -0.0 is 0.0.

    Raises ``ValueError`` for NaN and infinities and ``TypeError`` for keys that are not text and for values that JSON
    does not have, instead of writing something that reads back differently.
    """
    return json.dumps(_plain(obj), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(obj: object) -> str:
    """SHA-256 of ``canonical_json(obj)``, hexadecimal."""
    return hashlib.sha256(canonical_json(obj).encode("utf-8")).hexdigest()


def _plain(value: object) -> object:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is float:
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot be written as JSON")
        return value + 0.0  # -0.0 + 0.0 is 0.0
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"JSON keys are text, not {type(key).__name__}")
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return _plain(float(value))
    raise TypeError(f"{type(value).__name__} has no JSON form")
