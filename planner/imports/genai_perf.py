"""Reads the exports of GenAI-Perf and AIPerf, JSON and CSV: every figure stands beside its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from planner.errors import Fault, InvalidInput
from planner.imports.benchmark import RATE_UNITS, TIME_UNITS, Benchmark, first, in_unit, made

TOOL = "GenAI-Perf / AIPerf"
FIGURES = {
    "ttft_ms": ("time_to_first_token", TIME_UNITS),
    "tpot_ms": ("inter_token_latency", TIME_UNITS),
    "output_tokens_per_s": ("output_token_throughput", RATE_UNITS),
}
LENGTHS = {
    "input_tokens": ("input_sequence_length", "num_input_token"),
    "output_tokens": ("output_sequence_length", "num_output_token"),
}
STATISTICS = ("avg", "mean", "p50", "value")


def is_genai_perf(data: Any) -> bool:
    """Whether a document has the form of an export."""
    return isinstance(data, dict) and any(isinstance(_metrics(data).get(name), dict) for name, _ in FIGURES.values())


def _metrics(data: dict[str, Any]) -> dict[str, Any]:
    """The figures of an export; the first versions of AIPerf keep them under ``records``, with a shorter name for TTFT."""
    inner = data.get("records")
    if not isinstance(inner, dict):
        return data
    return {"time_to_first_token": inner.get("ttft"), **inner}


def is_genai_perf_csv(text: str) -> bool:
    """Whether a text is the CSV export: sections that begin with ``Metric``."""
    return bool(re.match(r"\s*\"?Metric\"?\s*,", text))


def read_genai_perf(data: dict[str, Any], file: str, concurrency: float | None) -> Benchmark:
    """One JSON export; ``concurrency`` where it does not say."""
    config = data.get("input_config") if isinstance(data.get("input_config"), dict) else {}
    data = _metrics(data)
    stated = _numbers(config, "concurrency")
    if len(stated) > 1 and concurrency is None:
        text = f"several concurrencies are stated ({', '.join(f'{one:g}' for one in stated)}); give --concurrency"
        raise InvalidInput(file, [Fault("input_config", "concurrency", text)])
    figures = {}
    for ours, (theirs, units) in FIGURES.items():
        block = data.get(theirs)
        if isinstance(block, dict) and (value := first(block.get(name) for name in STATISTICS)) is not None:
            figures[ours] = in_unit(value, block.get("unit"), units, theirs, file, theirs)
    lengths = {ours: first(_statistic(data.get(name)) for name in names) for ours, names in LENGTHS.items()}
    models = first(_found(config, "model_names")) or first(_found(config, "model"))
    load = first((concurrency, *stated))
    rates = _numbers(config, "request_rate") if load is None else []
    return _made(file, load, rates[0] if len(rates) == 1 else None, figures, lengths, models[0] if isinstance(models, list) and models else models)


def read_genai_perf_csv(text: str, file: str, concurrency: float | None) -> Benchmark:
    """One CSV export; units stand in brackets behind the names of the metrics."""
    import csv
    import io

    figures: dict[str, float] = {}
    lengths: dict[str, Any] = {}
    header: list[str] = []
    for line, row in enumerate(csv.reader(io.StringIO(text)), 1):
        if not row or not row[0].strip():
            continue
        if row[0].strip() == "Metric":
            header = [cell.strip().lower() for cell in row]
            continue
        name, unit = _name_and_unit(row[0])
        value = first(_plain(row[header.index(one)]) for one in STATISTICS if one in header and header.index(one) < len(row))
        for ours, (theirs, units) in FIGURES.items():
            if name == theirs and value is not None:
                figures[ours] = in_unit(value, unit, units, row[0].strip(), file, f"line {line}")
        for ours, names in LENGTHS.items():
            if name in names:
                lengths[ours] = value
    return _made(file, concurrency, None, figures, {ours: lengths.get(ours) for ours in LENGTHS}, None)


def _made(file: str, load: float | None, rate: float | None, figures: dict[str, float], lengths: dict[str, Any], model: Any) -> Benchmark:
    if load is None and rate is None:
        text = "the file does not say how many requests were in flight; give --concurrency"
        raise InvalidInput(file, [Fault("concurrency", "concurrency", text)])
    return made(file, "", tool=TOOL, load=load, open_rate=rate, **figures, **lengths, model=model if isinstance(model, str) else None)


def _statistic(block: Any) -> Any:
    return first(block.get(name) for name in STATISTICS) if isinstance(block, dict) else None


def _found(data: Any, name: str) -> Iterator[Any]:
    """Every value called ``name``, however deep."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == name and not isinstance(value, dict):
                yield value
            else:
                yield from _found(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from _found(value, name)


def _name_and_unit(text: str) -> tuple[str, str | None]:
    """``Time To First Token (ms)`` is (time_to_first_token, ms)."""
    found = re.fullmatch(r"\s*(.*?)\s*(?:\(([^()]*)\))?\s*", text)
    name, unit = found.groups() if found else (text, None)
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"), unit


def _plain(cell: str) -> float | None:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return None


def _numbers(config: dict[str, Any], name: str) -> list[float]:
    """Every positive number called ``name``, in order, each once."""
    stated = (value for value in _found(config, name) if isinstance(value, (int, float)) and not isinstance(value, bool))
    return sorted({float(value) for value in stated if value > 0})
