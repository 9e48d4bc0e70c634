"""The user's own measurements of one configuration, which override the formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from planner.perf.calibration import Band
from planner.perf.replica import Replica
from planner.units import MS_PER_SECOND

#: Requests per second at or below which a throughput matrix says "cannot serve" (Mélange's convention).
CANNOT_SERVE_RPS = 1e-5
#: Distance in natural logarithms of tokens and concurrency within which a measured point speaks for a request.
NEAR = 0.1
#: Distance over which a measured point's correction loses its weight against a nearer one.
REACH = 0.7
#: Share of the model's uncertainty (in logarithms) that is left near a measured point, and further away (assumed).
LEFT_NEAR, LEFT_FAR = 0.15, 0.5


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
        left = {"modelled": 1.0, "interpolated": LEFT_FAR, "measured": LEFT_NEAR}[self.basis]
        if left == 1.0:
            return spread
        return Band(*((low**left, high**left) for low, high in (spread.throughput, spread.ttft, spread.tpot)))


Correction.NONE = Correction(1.0, 1.0, 1.0, "modelled")
Correction.MEASURED = Correction(1.0, 1.0, 1.0, "measured")


def correction(
    profile: Profile, replica: Replica, input_tokens: Any, output_tokens: Any, shares: Any, batch: float
) -> Correction:
    """Weighted mean log ratio of measured to modelled values, nearer points counting more.

    Throughput and TPOT stand in for each other where only one was measured.
    """
    from planner.perf.closed_loop import closed_loop

    here = np.log([float((shares * input_tokens).sum()), float((shares * output_tokens).sum()), batch])
    ratios: dict[str, list[tuple[float, float]]] = {"throughput": [], "ttft": [], "tpot": []}
    nearest = np.inf
    for point in profile.points:
        model = closed_loop(replica, point.input_tokens, point.output_tokens, point.concurrency)
        if model is None:
            continue
        there = np.log([point.input_tokens, point.output_tokens, float(model.batch)])
        distance = float(np.abs(here - there).max())
        nearest = min(nearest, distance)
        weight = float(np.exp(-distance / REACH)) + 1e-9
        for name, measured, modelled in (
            ("throughput", point.output_tokens_per_s, model.output_tokens_per_s),
            ("ttft", point.ttft_ms, model.ttft_s * MS_PER_SECOND),
            ("tpot", point.tpot_ms, model.tpot_s * MS_PER_SECOND),
        ):
            if measured is not None and measured > 0.0:
                ratios[name].append((weight, float(np.log(measured / modelled))))
    if not any(ratios.values()):
        return Correction.NONE
    throughput, ttft, tpot = (_mean(ratios[name]) for name in ("throughput", "ttft", "tpot"))
    if throughput is None:
        throughput = -tpot if tpot is not None else 0.0
    if tpot is None:
        tpot = -throughput
    if ttft is None:
        ttft = tpot
    basis = "measured" if nearest <= NEAR else "interpolated"
    return Correction(float(np.exp(throughput)), float(np.exp(ttft)), float(np.exp(tpot)), basis)


def _mean(weighted: list[tuple[float, float]]) -> float | None:
    if not weighted:
        return None
    total = sum(weight for weight, _ in weighted)
    return sum(weight * value for weight, value in weighted) / total
