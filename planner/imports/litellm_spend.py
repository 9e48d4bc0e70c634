"""Reads LiteLLM's spend log: one row a request with its tokens, its time and what it cost."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.documents import parse_csv
from planner.documents.decode import decode
from planner.documents.limits import MAX_LISTED_CELLS
from planner.documents.read import bytes_of
from planner.errors import Fault, InvalidInput
from planner.imports.observed import HOURS, Lengths, Load, hourly
from planner.units import SECONDS_PER_MONTH

#: What LiteLLM calls an engine of one's own.
OWN_ENGINES = ("hosted_vllm", "vllm", "openai_like", "custom_openai")
_SECONDS_PER_DAY = 86400.0
COLUMNS = ("startTime", "model", "prompt_tokens", "completion_tokens")
_MOST_FAULTS = 20


@dataclass(frozen=True)
class Spent:
    """One request.

    model, group  as the seller calls it, and as it was asked for
    provider      who answered; empty: the log does not say
    """

    unix_seconds: float
    model: str
    input_tokens: int
    output_tokens: int
    usd: float
    group: str = ""
    provider: str = ""

    @property
    def asked(self) -> str:
        """The name that it was asked for under."""
        return self.group or self.model


@dataclass(frozen=True)
class Routed:
    """What a log says of one service; None: no request.

    own, elsewhere    load that engines of one's own answered, and that providers did
    tokens_per_month  of input and output that providers counted, by (provider, model)
    """

    own: Load | None
    elsewhere: Load | None
    tokens_per_month: Mapping[tuple[str, str], tuple[float, float]]


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


def read_spends(files: Iterable[str]) -> tuple[Spent, ...]:
    """Requests of several logs, in order of time."""
    return tuple(sorted((one for file in files for one in read_spend(file)), key=lambda one: one.unix_seconds))


def trace_text(spent: tuple[Spent, ...]) -> str:
    """The requests as a trace; times count from midnight (UTC) of the first day, so that hours stay hours."""
    start = spent[0].unix_seconds // _SECONDS_PER_DAY * _SECONDS_PER_DAY
    lines = [f"{one.unix_seconds - start:.3f},{one.input_tokens},{one.output_tokens}" for one in spent]
    return "\n".join(["t_seconds,input_tokens,output_tokens", *lines]) + "\n"


def names_in(spent: Iterable[Spent]) -> tuple[str, ...]:
    """Names under which models were asked for, sorted: a router's group says for whom; without one, the model does."""
    return tuple(sorted({one.asked for one in spent}))


def routed(spent: tuple[Spent, ...], labels: Mapping[str, Iterable[str]]) -> dict[str, Routed]:
    """Requests by service; ``labels``: the names that each was asked for under. ``NAME-batch`` is its batches."""
    start, end = spent[0].unix_seconds, spent[-1].unix_seconds
    found = {}
    for service, names in labels.items():
        wanted = {*names, f"{service}-batch"}
        mine = [one for one in spent if one.asked in wanted]
        own = [one for one in mine if one.provider in OWN_ENGINES]
        other = [one for one in mine if one.provider not in OWN_ENGINES]
        if mine:
            found[service] = Routed(_load(own, start, end), _load(other, start, end), _tokens(other, end - start))
    return found


def _load(spent: list[Spent], start: float, end: float) -> Load | None:
    """Over the time from the log's first request to its last."""
    if not spent or end <= start:
        return None
    counted, seconds = [0.0] * HOURS, [0.0] * HOURS
    for one in spent:
        counted[_hour(one.unix_seconds)] += 1.0
    at = start
    while at < end:
        until = min(end, (at // 3600.0 + 1.0) * 3600.0)
        seconds[_hour(at)] += until - at
        at = until
    rates, notes = hourly(counted, seconds)
    means = (sum(getattr(one, name) for one in spent) / len(spent) for name in ("input_tokens", "output_tokens"))
    return Load(rates, (Lengths(*means, 1.0),), end - start, float(len(spent)), notes)


def _hour(unix_seconds: float) -> int:
    return int(unix_seconds % _SECONDS_PER_DAY // 3600.0)


def _tokens(spent: list[Spent], seconds: float) -> dict[tuple[str, str], tuple[float, float]]:
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for one in spent:
        key = (one.provider, one.model)
        read, written = found.get(key, (0.0, 0.0))
        found[key] = (read + one.input_tokens, written + one.output_tokens)
    month = SECONDS_PER_MONTH / seconds if seconds > 0.0 else 0.0
    return {key: (read * month, written * month) for key, (read, written) in sorted(found.items())}


def _rows(file: str) -> Iterator[dict[str, Any]]:
    raw = bytes_of(file, "a spend log")
    text = decode(raw, "a spend log")
    if isinstance(text, Fault):
        raise InvalidInput(file, [text])
    head = text.lstrip()[:1]
    if head == "[":
        # Written by a program, a row a request: as long as it likes, and each row is checked on its own.
        yield from _json(text, file, None)
    elif head == "{":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield _json(line, file, number)
    else:
        table = parse_csv(raw, file, COLUMNS, MAX_LISTED_CELLS)
        for row in table.rows:
            yield dict(zip(table.columns, row))


def _json(text: str, file: str, number: int | None) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        words = "this is no JSON" if number is None else "each line must be one JSON object"
        raise InvalidInput(file, [Fault("", "not_json", words, number)]) from None


def _spent(row: dict[str, Any]) -> Spent:
    if not isinstance(row, dict):
        raise ValueError("it is no object")
    counts = [int(row[name]) for name in ("prompt_tokens", "completion_tokens")]
    usd = float(row.get("spend") or 0.0)
    if min(counts) < 0 or not 0.0 <= usd < 1e9:
        raise ValueError("tokens and spend are not negative")
    model, provider = str(row["model"]), str(row.get("custom_llm_provider") or "")
    if not provider and "/" in model:
        provider = model.partition("/")[0]
    return Spent(_unix(row["startTime"]), model, *counts, usd, group=str(row.get("model_group") or ""), provider=provider)


def _unix(value: Any) -> float:
    """ISO 8601, in UTC where it names no zone, or unix seconds."""
    if isinstance(value, (int, float)):
        return float(value)
    moment = datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()
