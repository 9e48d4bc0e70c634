"""Reads LiteLLM's spend log: one row a request with its tokens, its time and what it cost."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planner.documents import parse, parse_csv
from planner.documents.decode import decode
from planner.documents.read import bytes_of
from planner.errors import Fault, InvalidInput

COLUMNS = ("startTime", "model", "prompt_tokens", "completion_tokens")
_MOST_FAULTS = 20


@dataclass(frozen=True)
class Spent:
    """One request."""

    unix_seconds: float
    model: str
    input_tokens: int
    output_tokens: int
    usd: float


def read_spend(file: str) -> tuple[Spent, ...]:
    """Requests in order of time, from JSON (a list, or one object a line) or CSV; failed ones without tokens are left out.

    Raises InvalidInput for rows without a time, a model or tokens.
    """
    faults: list[Fault] = []
    found = []
    for at, row in enumerate(_rows(file)):
        try:
            one = _spent(row)
        except (KeyError, TypeError, ValueError) as error:
            faults.append(Fault(f"[{at}]", "bad_row", f"a row needs {', '.join(COLUMNS)}: {error}"))
            if len(faults) >= _MOST_FAULTS:
                break
        else:
            found += [one] if one.input_tokens > 0 and one.output_tokens > 0 else []
    if faults:
        raise InvalidInput(file, faults)
    if len(found) < 2:
        raise InvalidInput(file, [Fault("", "no_requests", "the log holds fewer than two requests with tokens")])
    return tuple(sorted(found, key=lambda one: one.unix_seconds))


def trace_text(spent: tuple[Spent, ...]) -> str:
    """The requests as a trace; times count from midnight (UTC) of the first day, so that hours stay hours."""
    start = spent[0].unix_seconds // 86400.0 * 86400.0
    lines = [f"{one.unix_seconds - start:.3f},{one.input_tokens},{one.output_tokens}" for one in spent]
    return "\n".join(["t_seconds,input_tokens,output_tokens", *lines]) + "\n"


def _rows(file: str) -> Iterator[dict[str, Any]]:
    raw = bytes_of(file, "a spend log")
    text = decode(raw, "a spend log")
    if isinstance(text, Fault):
        raise InvalidInput(file, [text])
    head = text.lstrip()[:1]
    if head == "[":
        data = parse(raw, file if file.endswith(".json") else f"{file}.json").data
        yield from data
    elif head == "{":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError:
                    raise InvalidInput(file, [Fault("", "not_json", "each line must be one JSON object", number)]) from None
    else:
        table = parse_csv(raw, file, COLUMNS)
        for row in table.rows:
            yield dict(zip(table.columns, row))


def _spent(row: dict[str, Any]) -> Spent:
    if not isinstance(row, dict):
        raise ValueError("it is no object")
    counts = [int(row[name]) for name in ("prompt_tokens", "completion_tokens")]
    usd = float(row.get("spend") or 0.0)
    if min(counts) < 0 or not 0.0 <= usd < 1e9:
        raise ValueError("tokens and spend are not negative")
    return Spent(_unix(row["startTime"]), str(row["model"]), *counts, usd)


def _unix(value: Any) -> float:
    """ISO 8601, in UTC where it names no zone, or unix seconds."""
    if isinstance(value, (int, float)):
        return float(value)
    moment = datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()
