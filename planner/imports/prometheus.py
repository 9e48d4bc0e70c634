"""Reads Prometheus range queries (``/api/v1/query_range``) of vLLM's counters and histograms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planner.documents import read
from planner.errors import Fault, InvalidInput
from planner.imports.observed import HOURS, Lengths, Load, hourly

SUCCESS = "vllm:request_success_total"
PROMPT, GENERATED = "vllm:prompt_tokens_total", "vllm:generation_tokens_total"
PROMPT_BUCKETS, GENERATED_BUCKETS = "vllm:request_prompt_tokens_bucket", "vllm:request_generation_tokens_bucket"
# Classes made of histograms: enough to tell short from long, few enough to stay a small problem.
_INPUT_CLASSES, _OUTPUT_CLASSES = 4, 2
HOW = "query the counter itself over a range, such as query_range?query=vllm:request_success_total&start=…&end=…&step=300"


@dataclass(frozen=True)
class Series:
    """One time series: its labels and (unix seconds, value) in order."""

    name: str
    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


def read_series(files: Iterable[str]) -> tuple[Series, ...]:
    """Every series of the answers in ``files``. Raises InvalidInput for what is no range query's answer."""
    return tuple(one for file in files for one in _of_file(file))


def models_in(series: Iterable[Series]) -> tuple[str, ...]:
    """Names under which models were served, sorted."""
    return tuple(sorted({one.labels.get("model_name", "") for one in series if one.name == SUCCESS}))


def load_of(series: Iterable[Series], model: str | None = None) -> Load:
    """The load of one model (all, where none is named), from counters; resets of a counter are seen.

    Raises InvalidInput when the counters that say it are not there.
    """
    own = [one for one in series if model is None or one.labels.get("model_name") == model]
    missing = [name for name in (SUCCESS, PROMPT, GENERATED) if not any(one.name == name for one in own)]
    if missing:
        text = f"{', '.join(missing)} missing; {HOW}"
        raise InvalidInput("metrics", [Fault("", "missing_metric", text)])
    counted, seconds = [0.0] * HOURS, [0.0] * HOURS
    for hour, count, length in _increases(own, SUCCESS):
        counted[hour] += count
        seconds[hour] += length
    parallel = max(1, _most_at_once(own, SUCCESS))
    seconds = [one / parallel for one in seconds]
    requests = sum(counted)
    if requests <= 0.0:
        raise InvalidInput("metrics", [Fault("", "no_requests", "no request was counted in the time that was queried")])
    inputs, outputs = (sum(count for _, count, _ in _increases(own, name)) / requests for name in (PROMPT, GENERATED))
    rates, notes = hourly(counted, seconds)
    classes, more = _classes(own, max(inputs, 1.0), max(outputs, 1.0))
    return Load(rates, classes, sum(seconds), requests, (*notes, *more))


def _increases(series: list[Series], name: str) -> Iterable[tuple[int, float, float]]:
    """(hour of the day, increase, seconds) between each two samples; a counter that fell began again at zero."""
    for one in series:
        if one.name != name:
            continue
        for (before, old), (after, new) in zip(one.samples, one.samples[1:]):
            middle = (before + after) / 2.0
            yield int(middle % 86400.0 // 3600.0), new - old if new >= old else new, after - before


def _most_at_once(series: list[Series], name: str) -> int:
    """Series of one counter that cover the same time: several engines, several reasons to finish."""
    spans = sorted((edge, step) for one in series if one.name == name and len(one.samples) > 1
                   for edge, step in ((one.samples[0][0], 1), (one.samples[-1][0], -1)))  # fmt: skip
    at_once = most = 0
    for _, step in spans:
        at_once += step
        most = max(most, at_once)
    return most


def _classes(series: list[Series], inputs: float, outputs: float) -> tuple[tuple[Lengths, ...], tuple[str, ...]]:
    """Lengths from the histograms where they were queried, taken as independent; one class of the means elsewhere."""
    first, second = _histogram(series, PROMPT_BUCKETS, inputs, _INPUT_CLASSES), _histogram(series, GENERATED_BUCKETS, outputs, _OUTPUT_CLASSES)
    if len(first) == len(second) == 1:
        return (Lengths(inputs, outputs, 1.0),), (f"lengths are means: query {PROMPT_BUCKETS} and {GENERATED_BUCKETS} for classes",)
    found = [Lengths(mean, other, share * part) for mean, share in first for other, part in second]
    total = math.fsum(one.share for one in found)
    exact = [Lengths(one.input_tokens, one.output_tokens, one.share / total) for one in found[:-1]]
    last = 1.0 - math.fsum(one.share for one in exact)
    note = "input and output lengths are taken as independent: histograms do not tell more"
    return (*exact, Lengths(found[-1].input_tokens, found[-1].output_tokens, last)), (note,)


def _histogram(series: list[Series], name: str, mean: float, most: int) -> list[tuple[float, float]]:
    """(mean, share) of at most ``most`` classes whose mean is ``mean``, from cumulative buckets."""
    upper: dict[float, float] = {}
    for one in series:
        if one.name == name and one.labels.get("le") not in (None, "+Inf") and len(one.samples) > 1:
            grown = sum(new - old if new >= old else new for (_, old), (_, new) in zip(one.samples, one.samples[1:]))
            upper[float(one.labels["le"])] = upper.get(float(one.labels["le"]), 0.0) + grown
    edges = sorted(upper)
    cells = [(math.sqrt(max(1.0, low) * high), upper[high] - (upper[low] if low else 0.0)) for low, high in zip([0.0, *edges], edges)]
    cells = [(middle, count) for middle, count in cells if count > 0.0]
    total = sum(count for _, count in cells)
    if not total:
        return [(mean, 1.0)]
    merged = _merged(cells, total, most)
    scale = mean / sum(middle * count / total for middle, count in merged)
    return [(max(1.0, middle * scale), count / total) for middle, count in merged]


def _merged(cells: list[tuple[float, float]], total: float, most: int) -> list[tuple[float, float]]:
    """Neighbouring cells put together into classes of about equal share, the means kept."""
    found: list[tuple[float, float]] = []
    held: list[tuple[float, float]] = []
    for cell in cells:
        held.append(cell)
        if sum(count for _, count in held) >= total / most * 0.999 and len(found) < most - 1:
            found.append(_mean(held))
            held = []
    return [*found, _mean(held)] if held else found


def _mean(cells: list[tuple[float, float]]) -> tuple[float, float]:
    count = sum(one for _, one in cells)
    return sum(middle * one for middle, one in cells) / count, count


def _of_file(file: str) -> Iterable[Series]:
    data = read(file).data
    answers = data if isinstance(data, list) else [data]
    for at, one in enumerate(answers):
        found = one.get("data") if isinstance(one, dict) else None
        if not isinstance(found, dict) or found.get("resultType") != "matrix" or not isinstance(found.get("result"), list):
            raise InvalidInput(file, [Fault(f"[{at}]" if isinstance(data, list) else "", "not_a_range", f"this is no answer of a range query; {HOW}")])
        for number, series in enumerate(found["result"]):
            yield _series(series, file, number)


def _series(data: Any, file: str, number: int) -> Series:
    place = f"data.result[{number}]"
    labels = data.get("metric") if isinstance(data, dict) else None
    if not isinstance(labels, dict) or "__name__" not in labels:
        raise InvalidInput(file, [Fault(f"{place}.metric", "no_name", f"the series has no name, as after rate() or sum(); {HOW}")])
    try:
        samples = [(float(at), float(value)) for at, value in data["values"]]
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(file, [Fault(f"{place}.values", "not_samples", "each sample is [unix seconds, \"value\"]")]) from None
    known = tuple((at, value) for at, value in samples if math.isfinite(at) and math.isfinite(value))
    if any(after <= before for (before, _), (after, _) in zip(known, known[1:])):
        raise InvalidInput(file, [Fault(f"{place}.values", "not_in_order", "samples must be in order of time")])
    return Series(str(labels["__name__"]), {str(key): str(value) for key, value in labels.items()}, known)
