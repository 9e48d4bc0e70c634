"""Reads the cells of one row that say how much is asked: lengths, load, and what shortens the work."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from planner.perf.spelling import number_in, text_in

#: Columns that a table may have besides: share of input tokens found in the prefix cache, and speculative decoding.
OPTIONAL = ("prefix_hit", "draft_tokens", "draft_acceptance", "draft_cost")
#: Longest input or output that is taken at its word, in tokens.
MOST_TOKENS = 100_000_000


def lengths_in(given: Any, made: Any, metric: str) -> tuple[float, float, str] | str:
    """(input tokens, output tokens, what was assumed), or why they cannot be read."""
    tokens: dict[str, float | None] = {}
    for name, cell in (("output", made), ("input", given)):
        written, value = text_in(cell), number_in(cell)
        if written is not None and value is None and written.casefold() not in ("nan", "none", "null"):
            return f"{name} length {written!r} is no number"
        least = 1.0 if name == "output" else 0.0
        if value is not None and not least <= value <= MOST_TOKENS:
            return f"{name} length {value:g} is out of range"
        tokens[name] = value
    if tokens["output"] is None:
        return "output length is unknown"
    if metric == "tpot" and tokens["output"] <= 1.0:
        return "one output token leaves no time per further token"
    if tokens["input"] is None:
        return tokens["output"], tokens["output"], "input length assumed equal to output length"
    return max(tokens["input"], 1.0), tokens["output"], ""


def load_in(cell: Any) -> tuple[float, str] | str:
    """(load, full | open | closed), or why it cannot be read: a number of requests, ``max``, or ``qps:RATE``."""
    load = (text_in(cell) or "").casefold()
    if not load:
        return "load is blank; write a number of requests, max, or qps: and requests per second"
    if load == "max":
        return math.inf, "full"
    rate, kind = (number_in(load[4:]), "open") if load.startswith("qps:") else (number_in(load), "closed")
    if rate is None or rate <= 0.0:
        return f"load {text_in(cell)!r} is neither a positive number, max, nor qps: and a positive number"
    return rate, kind


def extras_in(cells: Sequence[Any]) -> tuple[float, ...] | str:
    """Prefix hit and the figures of speculative decoding, blank ones 0; or which one is out of its range."""
    found = []
    for name, cell in zip(OPTIONAL, cells):
        value = 0.0 if text_in(cell) is None else number_in(cell)
        most = math.inf if name in ("draft_tokens", "draft_cost") else 1.0
        if value is None or not 0.0 <= value <= most:
            return f"{name} {text_in(cell)!r} is no number from 0{'' if math.isinf(most) else ' to 1'}"
        found.append(value)
    return tuple(found)
