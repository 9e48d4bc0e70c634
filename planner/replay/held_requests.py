"""Requests that were held back, as the replicas of one period of a plan meet them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from planner.problem.schema import Periods
from planner.problem.service import Service, Workload
from planner.replay.fleets import lengths_of
from planner.replay.sources import LONGEST_S
from planner.simulate.arrivals import SPREAD, Requests, drawn, replayed
from planner.workload import Trace
from planner.workload.clock import Clock, period_of

#: Drawn arrivals of a plan's one period: so many requests, and an hour, since full replicas may take half of one to become as late as they
#: stay; but no more requests than this.
DRAWN_REQUESTS, DRAWN_S, MOST_DRAWN = 20_000, 3600.0, 200_000


@dataclass(frozen=True, eq=False)
class HeldBack:
    """A part of a service's trace, and what the problem takes from the trace.

    own_rate  the trace is the demand, its rates and times of the day; otherwise the problem states rates, and the
              trace tells lengths and burstiness
    faster    so many times as often as the stated rates, in place of requests that are larger than those of the trace
    """

    trace: Trace
    own_rate: bool
    faster: float = 1.0


def tells_rate(stated: Workload) -> bool:
    """Whether the rates of a workload, as the problem states it, are those of its trace."""
    return stated.trace is not None and stated.rate_per_s is None and stated.hourly_shape is None and stated.weekend_factor is None


def held_requests(held: HeldBack, service: Service, periods: Periods, in_cycle: int, rate: float, planned: float) -> tuple[Iterator[Requests], float]:
    """(requests, seconds they last) of one period; ``rate`` is what the plan is made for there, ``planned`` what the part
    of the trace that was planned with shows [requests/s].

    A trace that is the demand is played as it came, only so many times as fast as the plan is scaled; what drifted since
    counts. Where rates are stated, or the held-back part does not reach the period, so many copies of it come at once,
    each begun elsewhere in it, that the rate is the plan's: counts are then as dispersed as in the trace, as the
    problem states of any rate, where a trace played faster would be burstier.
    """
    trace, classes = held.trace, lengths_of(service)
    if held.own_rate and planned > 0.0:
        own = trace if periods.in_cycle == 1 else _of_period(trace, service.workload, periods, in_cycle)
        if own is not None:
            scale = max(rate / planned, own.span_seconds / LONGEST_S)
            return replayed(own.t_seconds, own.input_tokens, own.output_tokens, classes, scale), max(own.span_seconds / scale, 1e-6)
    rate *= held.faster
    mean = max(trace.requests - 1, 1) / max(trace.span_seconds, 1e-6)
    copies = max(1, math.ceil(rate / mean - 1e-9))
    scale = max(rate / (mean * copies), trace.span_seconds / LONGEST_S)
    many = superposed(trace, copies)
    return replayed(many.t_seconds, many.input_tokens, many.output_tokens, classes, scale), max(trace.span_seconds / scale, 1e-6)


def drawn_requests(
    service: Service, rates: Sequence[float], seed: int, names: Sequence[int], requests: int, least_s: float, longest: float
) -> tuple[Iterator[Requests], float]:
    """(requests, seconds they last) of one run, as the problem states them: at least so many, and so long, where that is not too many.

    ``longest`` as of ``drawn``.
    """
    rate = max(sum(rates), 1e-9)
    seconds = min(max(requests / rate, least_s), MOST_DRAWN / rate, LONGEST_S)
    load = service.workload
    dispersion = float(load.dispersion_10s or 1.0)
    return drawn([(0.0, seconds, rates)], lengths_of(service), dispersion, seed, names, spread=SPREAD, longest=longest), seconds


def superposed(trace: Trace, copies: int) -> Trace:
    """``copies`` of a trace at once, the k-th begun k parts of its length later and wrapped around."""
    if copies == 1:
        return trace
    start, span = float(trace.t_seconds[0]), max(trace.span_seconds, 1e-6)
    own = trace.t_seconds - start
    at = np.concatenate([(own + k * span / copies) % span for k in range(copies)])
    order = np.argsort(at, kind="stable")
    given, made = (np.tile(part, copies)[order] for part in (trace.input_tokens, trace.output_tokens))
    return Trace(at[order] + start, given, made, trace.notes)


def _of_period(trace: Trace, load: Workload, periods: Periods, in_cycle: int) -> Trace | None:
    """The requests that came in one period of the cycle, its occurrences one after the other; None where there are too few."""
    weekday = 0 if periods.kind in ("week", "weekday_weekend") else None  # not stated: the first day counts as Monday
    period = period_of(trace.t_seconds, Clock(start_weekday=weekday, utc_offset_hours=load.utc_offset_hours), periods.kind, periods.per_day)
    here = period == in_cycle
    if here.sum() < 2:
        return None
    # Occurrences of the period follow one another, each as long as it is.
    length = 3600.0 * (24 / periods.per_day if periods.kind == "day" else 1)
    since = trace.t_seconds[here] - 3600.0 * load.utc_offset_hours
    occurrence = np.unique(np.floor(since / length), return_inverse=True)[1]
    at = occurrence * length + since % length
    return Trace(at, trace.input_tokens[here], trace.output_tokens[here], trace.notes) if at[-1] > at[0] else None
