"""The user's own measurements of one configuration, which override the formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from planner.perf.calibration import Band
from planner.perf.closed_loop import closed_loop
from planner.perf.replica import Replica
from planner.units import MS_PER_SECOND

#: Requests per second at or below which a throughput matrix says "cannot serve" (Mélange's convention).
CANNOT_SERVE_RPS = 1e-5
#: Distance, as a sum of natural logarithms of tokens and concurrency, within which a point is the request itself.
NEAR = 0.1
#: Distance over which a point's weight falls against a nearer one.
REACH = 0.5
#: Distance over which what a measured TTFT says of another fades (waiting depends on the load as much as on the
#: configuration); throughput and TPOT keep their ratio. Chosen by cross-validation on benchmarks of several points.
TTFT_FADES = 6.0
#: Share of the band's width, in logarithms, left near a measured point and further away (same cross-validation).
LEFT_NEAR, LEFT_FAR = 0.25, 0.6
METRICS = ("throughput", "ttft", "tpot")


@dataclass(frozen=True)
class MeasuredPoint:
    """One benchmark result; ``concurrency`` None means everything queued at once (maximum load)."""

    input_tokens: float
    output_tokens: float
    concurrency: float | None = None
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    output_tokens_per_s: float | None = None


@dataclass(frozen=True)
class Profile:
    """Measured points of exactly one configuration."""

    points: tuple[MeasuredPoint, ...]


@dataclass(frozen=True)
class ThroughputMatrix:
    """Requests per second that one replica serves of each class alone, in the order of the classes."""

    requests_per_s: tuple[float, ...]

    def work_s(self, classes: int) -> np.ndarray:
        """Replica-seconds per request; infinite at or below 1e-5 requests per second."""
        if len(self.requests_per_s) != classes:
            raise ValueError(f"{len(self.requests_per_s)} throughputs for {classes} request classes")
        rate = np.asarray(self.requests_per_s, dtype=float)
        return np.where(rate > CANNOT_SERVE_RPS, 1.0 / np.maximum(rate, CANNOT_SERVE_RPS), np.inf)


@dataclass(frozen=True)
class Correction:
    """Measured over modelled, and how near the measurement lies."""

    throughput: float
    ttft: float
    tpot: float
    basis: str

    NONE: ClassVar[Correction]
    MEASURED: ClassVar[Correction]

    def narrow(self, spread: Band) -> Band:
        """The band around a corrected prediction."""
        left = left_of_band(self.basis)
        if left == 1.0:
            return spread
        return Band(*((low**left, high**left) for low, high in (spread.throughput, spread.ttft, spread.tpot)))


Correction.NONE = Correction(1.0, 1.0, 1.0, "modelled")
Correction.MEASURED = Correction(1.0, 1.0, 1.0, "measured")


def left_of_band(basis: str) -> float:
    """Share of the band's width, in logarithms, that is left: measured | interpolated | modelled."""
    return {"modelled": 1.0, "interpolated": LEFT_FAR, "measured": LEFT_NEAR}[basis]


def correction(
    profile: Profile, replica: Replica, input_tokens: Any, output_tokens: Any, shares: Any, batch: float
) -> Correction:
    """Ratio of measured to modelled values at the profile's points, nearer points counting more.

    Throughput and TPOT stand in for each other where only one was measured.
    """
    here = np.log([float((shares * input_tokens).sum()), float((shares * output_tokens).sum()), batch])
    there, ratios = [], []
    for point in profile.points:
        model = closed_loop(replica, point.input_tokens, point.output_tokens, point.concurrency)
        if model is None:
            continue
        there.append(np.log([point.input_tokens, point.output_tokens, float(model.batch)]))
        measured = (point.output_tokens_per_s, point.ttft_ms, point.tpot_ms)
        modelled = (model.output_tokens_per_s, model.ttft_s * MS_PER_SECOND, model.tpot_s * MS_PER_SECOND)
        ratios.append([np.nan if not a else float(np.log(a / b)) for a, b in zip(measured, modelled)])
    if not ratios or np.isnan(ratios).all():
        return Correction.NONE
    distance = np.abs(np.array(there) - here).sum(axis=1)
    throughput, ttft, tpot = (
        log_correction(metric, distance, column) for metric, column in zip(METRICS, np.array(ratios).T)
    )
    throughput = throughput if throughput is not None else -(tpot or 0.0)
    tpot = tpot if tpot is not None else -throughput
    ttft = ttft if ttft is not None else tpot
    basis = "measured" if distance.min() <= NEAR else "interpolated"
    return Correction(float(np.exp(throughput)), float(np.exp(ttft)), float(np.exp(tpot)), basis)


def log_correction(metric: str, distance: Sequence[float], log_ratio: Sequence[float]) -> float | None:
    """Log of what to multiply a prediction of ``metric`` with; None when no ratio is known (NaN)."""
    known = ~np.isnan(log_ratio)
    if not known.any():
        return None
    far, ratio = np.asarray(distance)[known], np.asarray(log_ratio)[known]
    weight = np.exp(-(far - far.min()) / REACH)
    fade = np.exp(-far.min() / TTFT_FADES) if metric == "ttft" else 1.0
    return float((weight * ratio).sum() / weight.sum() * fade)
