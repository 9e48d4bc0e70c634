"""Reads one fact of a catalogue row, whatever its type: attribute or key, number or text, or unknown."""

from __future__ import annotations

import re
from typing import Any


def known(row: Any, *names: str) -> Any:
    """The first of ``names`` that is stated; None when none is."""
    for name in names:
        found = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
        if found is not None and found != "" and found == found:  # a NaN differs from itself
            return found
    return None


def number(row: Any, *names: str, default: float | None = None) -> float | None:
    """As a number; a text that is none ("varies") is unknown."""
    found = known(row, *names)
    if found is None:
        return default
    if found in ("true", "false"):
        return float(found == "true")
    try:
        return float(found)
    except (TypeError, ValueError):
        return None


def text(row: Any, *names: str) -> str | None:
    """As text, whole numbers without a decimal point."""
    found = known(row, *names)
    if found is None:
        return None
    return str(int(found)) if isinstance(found, float) and found.is_integer() else str(found)


def first_int(words: str) -> int | None:
    """The first whole number in a text."""
    found = re.search(r"\d+", words)
    return int(found.group()) if found else None


def named_int(words: str, name: str) -> int | None:
    """The whole number behind ``name`` in a text such as "128 nope+64 rope / v128"."""
    found = re.search(rf"\b{name}\s*(\d+)", words)
    return int(found.group(1)) if found else None


def mean_of_range(words: str | None) -> float | None:
    """The mean of the numbers in a text such as "1-4 (variable)"."""
    numbers = [int(n) for n in re.findall(r"\d+", words or "")]
    return sum(numbers) / len(numbers) if numbers else None
