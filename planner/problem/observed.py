"""Demand as a trace or a summary beside the problem shows it."""

from __future__ import annotations

from pathlib import Path

from planner.problem.normalise import Observed
from planner.problem.schema import Periods
from planner.problem.service import RequestClass, Workload


def from_trace(file: Path, load: Workload, periods: Periods) -> Observed:
    """Rates per period, length classes and burstiness of a trace of requests."""
    from planner.workload.burstiness import index_of_dispersion
    from planner.workload.lengths import joint_histogram
    from planner.workload.rates import series_of_trace
    from planner.workload.trace import read_trace

    trace = read_trace(file)
    rates, mean, notes = _per_period(series_of_trace(trace), load, periods)
    return Observed(
        rates=rates,
        mean_per_s=mean,
        classes=_classes(joint_histogram(trace.input_tokens, trace.output_tokens), load),
        dispersion_10s=index_of_dispersion(trace.t_seconds),
        notes=trace.notes,
        rate_notes=notes,
    )


def from_summary(file: Path, load: Workload, periods: Periods) -> Observed:
    """Rates per period, length classes and burstiness that a published summary states."""
    from planner.workload.summary import read_summary

    summary = read_summary(file)
    rates, mean, notes = None, summary.mean_per_s, ()
    if summary.rates is not None:
        rates, seen, notes = _per_period(summary.rates, load, periods)
        mean = summary.mean_per_s if summary.mean_per_s is not None else seen
    elif mean is not None:
        rates = (mean,) * periods.in_cycle
    return Observed(
        rates=rates,
        mean_per_s=mean,
        classes=None if summary.classes is None else _classes(summary.classes, load),
        dispersion_10s=summary.dispersion_10s,
        notes=summary.notes,
        rate_notes=notes,
    )


def _per_period(series, load: Workload, periods: Periods):
    """(rate per period, mean, notes); periods that the data does not reach take its mean."""
    from planner.workload.clock import Clock
    from planner.workload.rates import rate_per_period, with_mean_for_unknown

    clock = Clock(utc_offset_hours=load.utc_offset_hours)
    found = with_mean_for_unknown(rate_per_period(series, periods.kind, clock, periods.per_day))
    known = None if found.mean_per_s is None else found.rate_per_s
    return known, found.mean_per_s, found.notes


def _classes(lengths, load: Workload) -> tuple[RequestClass, ...]:
    from planner.workload.lengths import merged

    few = merged(lengths, load.max_classes)
    return tuple(
        RequestClass(name=name, input_tokens=i, output_tokens=o, share=share)
        for name, i, o, share in zip(few.names, few.input_tokens, few.output_tokens, few.share)
    )
