"""Mean request rates per period of a cycle, from a trace or from rates per window; a gap is unknown, never zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.workload.clock import Clock, Cycle, period_of, periods_in
from planner.workload.trace import Trace

WINDOW_SECONDS = 600.0
# A silence this long is worth a word: it is counted as no demand, and may be missing data.
_REPORTED_SILENCE_SECONDS = 3600.0


@dataclass(frozen=True)
class RateSeries:
    """Mean requests per second in consecutive windows, the first of which begins at ``start_seconds``.

    rate_per_s        one per window; ``None`` where nothing was observed
    observed_seconds  how much of each window was observed, 0 where the rate is ``None``
    """

    window_seconds: float
    rate_per_s: tuple[float | None, ...]
    observed_seconds: tuple[float, ...]
    start_seconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeriodRates:
    """Mean requests per second in each period of a cycle (UTC); ``None`` where no window fell into it.

    mean_per_s  over all observed time, ``None`` when there is none
    """

    rate_per_s: tuple[float | None, ...]
    observed_hours: tuple[float, ...]
    mean_per_s: float | None
    notes: tuple[str, ...] = ()

    @property
    def unknown(self) -> tuple[int, ...]:
        """The periods without data."""
        return tuple(period for period, rate in enumerate(self.rate_per_s) if rate is None)


def series_of_rates(rate_per_s: Sequence[float | None], window_seconds: float = WINDOW_SECONDS, gaps: Sequence[int] = ()) -> RateSeries:
    """The series of published rates; the windows numbered in ``gaps`` and those that are ``None`` are unknown."""
    missing = set(gaps)
    known = tuple(None if i in missing or rate is None else float(rate) for i, rate in enumerate(rate_per_s))
    notes = (f"{known.count(None)} of {len(known)} windows have no data; they count as unknown",) if None in known else ()
    return RateSeries(window_seconds, known, tuple(0.0 if rate is None else window_seconds for rate in known), notes=notes)


def series_of_trace(trace: Trace, window_seconds: float = WINDOW_SECONDS, gaps: Sequence[tuple[float, float]] = ()) -> RateSeries:
    """The series of a trace, observed from its first arrival to its last, less the ``gaps`` (from, to) in seconds.

    The last arrival ends the observation and is not counted, so a steady stream of n requests over T seconds has the
    rate (n - 1)/T; a single instant has no rate. Silence between arrivals counts as no demand unless it is a gap.
    """
    times = trace.t_seconds
    first, last = float(times[0]), float(times[-1])
    origin = np.floor(first / window_seconds) * window_seconds
    windows = int((last - origin) // window_seconds) + 1
    edges = origin + window_seconds * np.arange(windows + 1)
    observed = np.minimum(edges[1:], last) - np.maximum(edges[:-1], first)
    counted = times[:-1]
    for start, end in _disjoint(gaps):
        observed -= np.clip(np.minimum(np.minimum(edges[1:], last), end) - np.maximum(np.maximum(edges[:-1], first), start), 0, None)
        counted = counted[(counted < start) | (counted >= end)]
    # A sliver of rounding is no observation.
    observed = np.where(observed > 1e-9 * window_seconds, observed, 0.0)
    counts = np.bincount(((counted - origin) // window_seconds).astype(np.int64), minlength=windows)[:windows]
    rates = tuple(float(n / s) if s > 0 else None for n, s in zip(counts, observed))
    return RateSeries(window_seconds, rates, tuple(map(float, observed)), float(origin), trace.notes + _silence(times, gaps))


def rate_per_period(series: RateSeries, cycle: Cycle, clock: Clock = Clock(), per_day: int = 24) -> PeriodRates:
    """The observed mean rate in each period of ``cycle``; a window belongs to the period of its middle.

    Where the weekday of the first day is unknown, weekdays and weekend days are taken alike and a note says so.
    """
    notes = series.notes
    if cycle in ("weekday_weekend", "week") and clock.start_weekday is None:
        daily = rate_per_period(series, "day", clock)
        days = periods_in(cycle) // 24
        note = "the weekday of the first day is not known: weekdays and weekend days are assumed alike"
        return replace(daily, rate_per_s=daily.rate_per_s * days, observed_hours=daily.observed_hours * days, notes=(*notes, note))
    seconds = np.array(series.observed_seconds)
    requests = np.array([0.0 if rate is None else rate for rate in series.rate_per_s]) * seconds
    middle = series.start_seconds + (np.arange(len(seconds)) + 0.5) * series.window_seconds
    period = period_of(middle, clock, cycle, per_day)
    count = periods_in(cycle, per_day)
    total = np.bincount(period, requests, minlength=count)
    observed = np.bincount(period, seconds, minlength=count)
    return PeriodRates(
        tuple(float(n / s) if s > 0 else None for n, s in zip(total, observed)),
        tuple(float(s / 3600.0) for s in observed),
        float(requests.sum() / seconds.sum()) if seconds.sum() > 0 else None,
        notes,
    )


def with_mean_for_unknown(rates: PeriodRates) -> PeriodRates:
    """``rates`` with the observed mean assumed in periods without data, and a note; unchanged when there is no mean."""
    if not rates.unknown or rates.mean_per_s is None:
        return rates
    filled = tuple(rates.mean_per_s if rate is None else rate for rate in rates.rate_per_s)
    note = f"{len(rates.unknown)} of {len(filled)} periods have no data; the observed mean of {rates.mean_per_s:.4g} requests/s is assumed there"
    return replace(rates, rate_per_s=filled, notes=(*rates.notes, note))


def _disjoint(gaps: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end in sorted(gaps):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif end > start:
            joined.append((start, end))
    return joined


def _silence(times: np.ndarray, gaps: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    pauses = np.diff(times)
    if not len(pauses) or gaps or pauses.max() < _REPORTED_SILENCE_SECONDS:
        return ()
    at = int(np.argmax(pauses))
    return (f"no requests for {pauses[at]:.0f} s after second {times[at]:.0f}; counted as no demand, state it as a gap if data is missing",)
