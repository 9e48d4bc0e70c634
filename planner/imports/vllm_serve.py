"""Reads the result files of ``vllm bench serve`` (and of SGLang's tool of the same form)."""

from __future__ import annotations

import math
from typing import Any

from planner.errors import Fault, InvalidInput
from planner.imports.benchmark import TIME_UNITS, Benchmark, in_unit, made

TOOL = "vllm bench serve"
#: Statistics in the order in which they are preferred: work adds up in means.
STATISTICS = ("mean", "avg", "median", "p50")
#: Stated and recomputed throughput may differ by this share before the file contradicts itself.
AGREEMENT = 0.02


def is_vllm(data: Any) -> bool:
    """Whether a document has the form of one result."""
    return isinstance(data, dict) and "completed" in data and ("total_output_tokens" in data or "total_output" in data)


def read_vllm(data: dict[str, Any], file: str, path: str = "") -> Benchmark:
    """One result; latencies carry their unit in the name of their field, and throughput follows from counts and duration."""
    completed, duration = _number(data, "completed"), _number(data, "duration")
    given, made_tokens = _number(data, "total_input_tokens"), _number(data, "total_output_tokens")
    if not completed or not duration:
        text = "no request was completed, or the duration is missing"
        raise InvalidInput(file, [Fault(path or "completed", "nothing_measured", text)])
    throughput = None if made_tokens is None else made_tokens / duration
    stated = _number(data, "output_throughput")
    if throughput and stated and abs(stated / throughput - 1.0) > AGREEMENT:
        text = f"output_throughput {stated:g} is not total_output_tokens / duration = {throughput:g}: which unit is it in?"
        raise InvalidInput(file, [Fault(f"{path}output_throughput", "contradiction", text)])
    failed = _number(data, "failed") or 0.0
    notes = (f"{failed:.0f} requests failed",) if failed else ()
    rate = None if data.get("request_rate") in (None, "inf", "Infinity") else _rate(data["request_rate"], file, path)
    return made(
        file, path, tool=TOOL, load=_number(data, "max_concurrency"), open_rate=rate if rate and math.isfinite(rate) else None,
        input_tokens=None if given is None else given / completed,
        output_tokens=None if made_tokens is None else made_tokens / completed,
        ttft_ms=_latency(data, ("ttft",), file, path), tpot_ms=_latency(data, ("tpot", "itl"), file, path),
        output_tokens_per_s=throughput, model=data.get("model_id"), engine=_engine(data.get("backend")), notes=notes,
    )  # fmt: skip


def _latency(data: dict[str, Any], names: tuple[str, ...], file: str, path: str) -> float | None:
    """A latency by its field, such as ``mean_ttft_ms``; a field without unit is refused."""
    for name in names:
        for statistic in STATISTICS:
            for field, value in data.items():
                unit = field.removeprefix(f"{statistic}_{name}")
                if unit != field and unit.lstrip("_") in (*TIME_UNITS, "") and value is not None:
                    return in_unit(value, unit.lstrip("_"), TIME_UNITS, field, file, f"{path}{field}")
    return None


def _rate(value: Any, file: str, path: str) -> float:
    """Requests per second, which the tool writes as a number or as text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InvalidInput(file, [Fault(f"{path}request_rate", "not_a_number", f"request_rate is {value!r}, which is no number")]) from None


def _engine(backend: Any) -> str | None:
    """The engine, where the backend's name says it; ``openai`` is any."""
    text = str(backend or "").lower()
    return next((name for word, name in (("vllm", "vLLM"), ("sglang", "SGLang"), ("tensorrt", "TensorRT-LLM")) if word in text), None)


def _number(data: dict[str, Any], name: str) -> float | None:
    value = data.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
