"""Reads GuideLLM's reports, of its first schema (strategy under ``args``) and of the later ones (under ``config``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.errors import Fault, InvalidInput
from planner.imports.benchmark import RATE_UNITS, TIME_UNITS, Benchmark, first, in_unit, made

TOOL = "GuideLLM"
#: Metrics by the names that they had, with the unit that the name states.
TTFT, TPOT = "time_to_first_token", ("inter_token_latency", "time_per_output_token")
THROUGHPUT = "output_tokens_per_second"


def is_guidellm(data: Any) -> bool:
    """Whether a document has the form of a report."""
    return isinstance(data, dict) and isinstance(data.get("benchmarks"), list)


def read_guidellm(data: dict[str, Any], file: str) -> list[Benchmark]:
    """Every benchmark of a report; raises InvalidInput for an empty one."""
    if not data["benchmarks"]:
        raise InvalidInput(file, [Fault("benchmarks", "nothing_measured", "the report holds no benchmark")])
    return [_one(data, one, file, f"benchmarks[{at}]") for at, one in enumerate(data["benchmarks"])]


def _one(report: dict[str, Any], one: Any, file: str, path: str) -> Benchmark:
    if not isinstance(one, dict) or not isinstance(one.get("metrics"), dict):
        raise InvalidInput(file, [Fault(path, "metrics", "this benchmark has no metrics")])
    metrics = one["metrics"]
    stated = first(_under(one, place, "strategy") for place in ("config", "args", "scheduler"))
    strategy = stated if isinstance(stated, dict) else {"type_": stated}
    kind = str(first(strategy.get(name) for name in ("type_", "type", "kind")) or "")
    streams = first(strategy.get(name) for name in ("streams", "max_concurrency", "concurrency"))
    load, rate = _load(kind, streams, first((strategy.get("rate"), _under(one, "config", "rate"))), metrics, file, path)
    return made(
        file, path, tool=TOOL, load=load, open_rate=rate,
        input_tokens=_count(metrics, ("prompt_token_count", "prompt_tokens_count", "prompt_tokens")),
        output_tokens=_count(metrics, ("output_token_count", "output_tokens_count", "output_tokens")),
        ttft_ms=_timed(metrics, (TTFT,), file, path), tpot_ms=_timed(metrics, TPOT, file, path),
        output_tokens_per_s=_throughput(metrics, file, path), model=_model(report, one),
    )  # fmt: skip


def _load(kind: str, streams: Any, rate: Any, metrics: dict[str, Any], file: str, path: str) -> tuple[float | None, float | None]:
    """(requests in flight, requests sent per second) of a strategy."""
    if kind == "synchronous":
        return 1.0, None
    if kind == "concurrent" and isinstance(streams, (int, float)):
        return float(streams), None
    seen = _mean(metrics.get("request_concurrency"))
    if kind == "throughput":
        bound = float(streams) if isinstance(streams, (int, float)) else seen
        return (None if bound is None else max(bound, 1.0)), None
    if seen is not None:
        return max(seen, 1.0), None
    if isinstance(rate, (int, float)):
        return None, float(rate)
    text = f"the strategy {kind!r} says neither how many requests were in flight nor at which rate they came"
    raise InvalidInput(file, [Fault(path, "concurrency", text)])


def _timed(metrics: dict[str, Any], names: tuple[str, ...], file: str, path: str) -> float | None:
    for name in names:
        for field, value in metrics.items():
            unit = field.removeprefix(name)
            if unit != field and unit.lstrip("_") in (*TIME_UNITS, "") and _mean(value) is not None:
                return in_unit(_mean(value), unit.lstrip("_"), TIME_UNITS, field, file, f"{path}.metrics.{field}")
    return None


def _throughput(metrics: dict[str, Any], file: str, path: str) -> float | None:
    value = _mean(metrics.get(THROUGHPUT))
    return None if value is None else in_unit(value, "tokens/sec", RATE_UNITS, THROUGHPUT, file, f"{path}.metrics.{THROUGHPUT}")


def _count(metrics: dict[str, Any], names: tuple[str, ...]) -> float | None:
    return first(_mean(_per_request(metrics.get(name))) for name in names)


def _per_request(value: Any) -> Any:
    """Later schemas hold sums per second beside the distribution per request."""
    return value.get("per_request", value) if isinstance(value, dict) else value


def _mean(value: Any) -> float | None:
    """The mean over successful requests, else their median."""
    if not isinstance(value, dict):
        return None
    done = value.get("successful", value)
    found = first(done.get(name) for name in ("mean", "median", "p50")) if isinstance(done, dict) else None
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def _under(one: dict[str, Any], place: str, name: str) -> Any:
    inner = one.get(place)
    return inner.get(name) if isinstance(inner, dict) else None


def _model(report: dict[str, Any], one: dict[str, Any]) -> str | None:
    places = (_under(one, "worker", "backend_model"), _under(one, "config", "model"), _under(one, "backend", "model"))
    found = first((*places, _under(report, "args", "model"), _under(report, "config", "model")))
    return found if isinstance(found, str) else None
