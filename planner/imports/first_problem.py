"""Writes a good first problem from little: a model, a load, limits that can be met, and what to change next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.imports.observed import Load

# Limits that people set for chat when they set any; looser than any healthy deployment, so that a first plan exists.
FIRST_LIMITS = {"ttft_ms": 2000.0, "tpot_ms": 100.0}


@dataclass(frozen=True)
class First:
    """What is known of the service.

    model         a name of the catalogue or the overlay
    load          seen, or None where ``trace`` names a file or the rest is stated
    trace         file beside the problem
    whole_day     whether load or trace cover a day, so that its hours can be told apart
    rate_per_s, input_tokens, output_tokens   stated by hand
    ttft_ms, tpot_ms   limits at the 95th percentile
    regions       patterns; empty: anywhere
    vendors       makers of accelerators; empty: any
    paid_now_usd_per_month  what is paid today
    """

    name: str
    model: str
    load: Load | None = None
    trace: str | None = None
    whole_day: bool = True
    rate_per_s: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    regions: Sequence[str] = ()
    vendors: Sequence[str] = ()
    budget_usd_per_month: float | None = None
    paid_now_usd_per_month: float | None = None


def first_problem(first: First) -> dict[str, Any]:
    """The problem as its format has it; where the hours are known they are its periods."""
    limits = {"ttft_ms": first.ttft_ms or FIRST_LIMITS["ttft_ms"], "tpot_ms": first.tpot_ms or FIRST_LIMITS["tpot_ms"]}
    service: dict[str, Any] = {
        "name": first.name, "model": first.model, "workload": _workload(first),
        "slo": {name: {"p95": value} for name, value in limits.items()},
    }  # fmt: skip
    allowed = {"regions": list(first.regions), "vendors": list(first.vendors)}
    if any(allowed.values()):
        service["allow"] = {name: values for name, values in allowed.items() if values}
    found: dict[str, Any] = {"schema_version": 1, "name": first.name}
    if first.whole_day and (first.load is not None or first.trace is not None):
        found["periods"] = {"kind": "day", "per_day": 24 if first.load is not None else 6}
    found["services"] = [service]
    if first.budget_usd_per_month is not None:
        found["limits"] = {"budget_usd_per_month": first.budget_usd_per_month}
    if first.paid_now_usd_per_month is not None:
        found["paid_now_usd_per_month"] = first.paid_now_usd_per_month
    return found


def _workload(first: First) -> Mapping[str, Any]:
    if first.trace is not None:
        return {"trace": first.trace}
    if first.load is not None:
        classes = [
            {"input_tokens": one.input_tokens, "output_tokens": one.output_tokens, "share": one.share} for one in first.load.classes
        ]
        return {"rate_per_s": list(first.load.hourly_per_s), "classes": classes}
    stated = {"input_tokens": first.input_tokens, "output_tokens": first.output_tokens, "share": 1.0}
    return {"rate_per_s": first.rate_per_s, "classes": [stated]}
