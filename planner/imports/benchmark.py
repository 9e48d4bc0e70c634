"""What a benchmark of a served model measured, in the units of this program, whichever tool wrote it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from planner.errors import Fault, InvalidInput

#: Seconds, milliseconds and their like as tools write them, in milliseconds.
TIME_UNITS = {
    "ms": 1.0, "msec": 1.0, "millisecond": 1.0, "milliseconds": 1.0, "s": 1e3, "sec": 1e3, "second": 1e3, "seconds": 1e3,
    "us": 1e-3, "µs": 1e-3, "microseconds": 1e-3, "ns": 1e-6, "nanoseconds": 1e-6,
}  # fmt: skip
#: Rates of tokens as tools write them, in tokens per second.
RATE_UNITS = {
    "tokens/sec": 1.0, "tokens/s": 1.0, "tok/s": 1.0, "tokens per second": 1.0, "per sec": 1.0, "per_s": 1.0,
    "tokens/min": 1.0 / 60.0,
}  # fmt: skip
#: Figures that are times of single requests.
LATENCIES = ("ttft_ms", "tpot_ms")
#: A run whose figures imply this many times more or fewer requests in flight than stated contradicts itself.
CONTRADICTION = 2.0


@dataclass(frozen=True)
class Benchmark:
    """One run of a benchmark against one deployment; None: not measured.

    concurrency  requests in flight, given or by Little's law; None: everything was queued at once
    model, engine  as the tool names them
    notes        what was derived or left out, in words
    """

    tool: str
    input_tokens: float
    output_tokens: float
    concurrency: float | None
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    output_tokens_per_s: float | None = None
    model: str | None = None
    engine: str | None = None
    notes: tuple[str, ...] = ()


def made(file: str, path: str, *, tool: str, load: float | None, open_rate: float | None = None, **figures: Any) -> Benchmark:
    """A benchmark of checked figures.

    load       requests in flight; None: not bounded by the tool
    open_rate  requests per second that were sent; None: as fast as ``load`` allows, or all at once

    Raises InvalidInput where lengths are missing, nothing was measured, or a figure is no positive number.
    """
    faults = []
    for name in ("input_tokens", "output_tokens", "ttft_ms", "tpot_ms", "output_tokens_per_s"):
        value = figures.get(name)
        if value is not None and not (isinstance(value, (int, float)) and math.isfinite(value) and value > 0.0):
            faults.append(_fault(path, "not_positive", f"{name} is {value!r}, which is no positive number"))
        elif value is None and name.endswith("_tokens"):
            faults.append(_fault(path, "missing_length", f"{name} per request cannot be worked out from this file"))
    if all(figures.get(name) is None for name in ("ttft_ms", "tpot_ms", "output_tokens_per_s")):
        faults.append(_fault(path, "nothing_measured", "neither TTFT nor TPOT nor output tokens per second were measured"))
    if load is not None and not (isinstance(load, (int, float)) and math.isfinite(load) and load >= 1.0):
        faults.append(_fault(path, "concurrency", f"a concurrency of {load!r} is no number of at least 1"))
    if faults:
        raise InvalidInput(file, faults)
    notes = list(figures.pop("notes", ()))
    if load is None and open_rate is not None:
        load = _by_littles_law(file, path, open_rate, figures)
        notes.append(f"sent at {open_rate:g} requests/s: {load:.3g} in flight by Little's law")
    if load is None and any(figures.get(name) is not None for name in LATENCIES):
        figures |= dict.fromkeys(LATENCIES)
        notes.append("everything was queued at once: TTFT and TPOT depend on how much that was, and are left out")
        if figures.get("output_tokens_per_s") is None:
            raise InvalidInput(file, [_fault(path, "nothing_measured", "latencies of a full queue say nothing of the deployment")])
    notes += _contradictions(load, figures)
    return Benchmark(tool=tool, concurrency=load, notes=tuple(notes), **figures)


def _by_littles_law(file: str, path: str, rate: float, figures: dict[str, Any]) -> float:
    if figures.get("ttft_ms") is None or figures.get("tpot_ms") is None:
        text = "requests were sent at a rate; TTFT and TPOT are needed to know how many were in flight"
        raise InvalidInput(file, [_fault(path, "concurrency", text)])
    done = figures["output_tokens_per_s"] / figures["output_tokens"] if figures.get("output_tokens_per_s") else rate
    return max(min(rate, done) * _stay_s(figures), 1.0)


def _contradictions(load: float | None, figures: dict[str, Any]) -> list[str]:
    """That throughput and latencies cannot both be of the stated load (Little's law)."""
    if load is None or any(figures.get(name) is None for name in ("ttft_ms", "tpot_ms", "output_tokens_per_s")):
        return []
    implied = figures["output_tokens_per_s"] / figures["output_tokens"] * _stay_s(figures)
    if 1.0 / CONTRADICTION <= implied / load <= CONTRADICTION:
        return []
    return [f"throughput and latencies imply {implied:.3g} requests in flight, {load:g} are stated: they are not of one steady load"]


def _stay_s(figures: dict[str, Any]) -> float:
    """Seconds from a request's arrival to its last token."""
    return (figures["ttft_ms"] + (figures["output_tokens"] - 1.0) * figures["tpot_ms"]) / 1e3


def in_unit(value: Any, unit: str | None, units: dict[str, float], what: str, file: str, path: str) -> float:
    """A figure in this program's unit; raises InvalidInput where its unit is missing or unknown: it is never guessed."""
    known = ", ".join(sorted(units))
    if unit is None or not str(unit).strip():
        text = f"{what} has no unit; state it ({known}) where the tool allows, or in the name of the column"
        raise InvalidInput(file, [_fault(path, "unit_missing", text)])
    factor = units.get(str(unit).strip().lower())
    if factor is None:
        raise InvalidInput(file, [_fault(path, "unit_unknown", f"{what} is in {unit!r}, which is none of {known}")])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidInput(file, [_fault(path, "not_a_number", f"{what} is {value!r}, which is no number")])
    return float(value) * factor


def first(values: Iterable[Any]) -> Any:
    """The first that is not None."""
    return next((value for value in values if value is not None), None)


def _fault(path: str, code: str, message: str) -> Fault:
    return Fault(path, code, message)
