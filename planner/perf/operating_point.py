"""Where one replica works at saturation: seconds per request, latencies, cache and batch, for every request class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.perf.calibration import Band, Efficiency
from planner.perf.coefficients import band, efficiency
from planner.perf.decode import step_s
from planner.perf.footprint import Footprint, footprint
from planner.perf.memory import kv_tokens_held, memory_use
from planner.perf.prefill import prefill_s, prefill_work_s
from planner.perf.profiles import Correction, Profile, ThroughputMatrix, correction
from planner.perf.replica import Replica
from planner.units import MS_PER_SECOND


@dataclass(frozen=True)
class OperatingPoint:
    """One replica at saturation, per request class where a tuple.

    work_s              replica-seconds per request; the replica is saturated when sum of rate x work_s = 1.
                        Infinite where a measured profile says that the class cannot be served.
    residence_s         time a request holds its place: TTFT + output tokens x TPOT
    kv_tokens           cache a request holds at its end, in tokens
    kv_capacity_tokens  cache the replica may fill (0.9 of what memory leaves), in tokens
    ttft_ms             time to first token among ``running_batch`` running requests, without queueing
    tpot_ms             mean time per output token after the first, same for all classes
    end_to_end_ms       ttft_ms + (output tokens - 1) x tpot_ms
    running_batch       requests running at once: the engine's limit, or fewer where the cache is full
    saturation_rps      requests per second of the given mix at saturation
    basis               measured | interpolated | modelled
    band                multipliers that hold the true value in 80 % of cases
    """

    work_s: tuple[float, ...]
    residence_s: tuple[float, ...]
    kv_tokens: tuple[float, ...]
    kv_capacity_tokens: float
    ttft_ms: tuple[float, ...]
    tpot_ms: tuple[float, ...]
    end_to_end_ms: tuple[float, ...]
    running_batch: float
    saturation_rps: float
    basis: str
    band: Band


@dataclass(frozen=True)
class DoesNotFit:
    """Memory of one chip is too small: ``needed_gib`` against ``limit_gib``."""

    needed_gib: float
    limit_gib: float
    reason: str


@dataclass(frozen=True)
class Unpredictable:
    """A fact that the formula needs is unknown, and unknown is never zero."""

    reason: str


def operating_point(
    replica: Replica,
    input_tokens: Any,
    output_tokens: Any,
    shares: Any,
    *,
    prefix_hit: float = 0.0,
    profile: Profile | ThroughputMatrix | None = None,
) -> OperatingPoint | DoesNotFit | Unpredictable:
    """The point of ``replica`` for request classes of mean ``input_tokens`` and ``output_tokens``.

    shares      relative frequency of each class, any positive scale
    prefix_hit  share of input tokens found in the prefix cache, 0 to 1
    profile     the user's own measurements of this configuration; they override the formula
    """
    limit = replica.engine.max_num_seqs
    return operating_points(
        replica, input_tokens, output_tokens, shares, (limit,), prefix_hit=prefix_hit, profile=profile
    )[0]


def operating_points(
    replica: Replica,
    input_tokens: Any,
    output_tokens: Any,
    shares: Any,
    batch_limits: Sequence[int],
    *,
    prefix_hit: float = 0.0,
    profile: Profile | ThroughputMatrix | None = None,
) -> tuple[OperatingPoint | DoesNotFit | Unpredictable, ...]:
    """As ``operating_point`` for each limit on running requests, in one pass."""
    loads = footprint(replica)
    if loads is None:
        name = replica.precision.activations
        reason = f"{replica.chip.name} has no known matrix rate for {name}"
        return (Unpredictable(reason),) * len(batch_limits)
    mix = _Mix.of(input_tokens, output_tokens, shares, prefix_hit)
    uses = [memory_use(replica.with_batch(limit)) for limit in batch_limits]
    held = np.array([kv_tokens_held(replica.architecture, tokens) for tokens in mix.total.tolist()])
    largest = float(held.max())
    fitting = [at for at, use in enumerate(uses) if use.kv_tokens >= largest]
    found: list[OperatingPoint | DoesNotFit] = [_does_not_fit(use, largest) for use in uses]
    if fitting:
        limits = np.array([batch_limits[at] for at in fitting], dtype=float)
        capacity = np.array([uses[at].kv_tokens for at in fitting])
        state = _saturated(loads, efficiency(replica), mix, held, capacity, limits, replica.engine.max_batched_tokens)
        for at, point in zip(fitting, _points(replica, mix, held, capacity, state, profile)):
            found[at] = point
    return tuple(found)


@dataclass(frozen=True)
class _Mix:
    """Request classes: tokens computed, found in cache and generated, and normalised shares."""

    fresh: np.ndarray
    cached: np.ndarray
    output: np.ndarray
    total: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, input_tokens: Any, output_tokens: Any, shares: Any, prefix_hit: float) -> _Mix:
        given = np.maximum(np.atleast_1d(np.asarray(input_tokens, dtype=float)), 1.0)
        output = np.maximum(np.atleast_1d(np.asarray(output_tokens, dtype=float)), 1.0)
        weight = np.atleast_1d(np.asarray(shares, dtype=float))
        cached = np.minimum(prefix_hit * given, given - 1.0)
        return cls(given - cached, cached, output, given + output, weight / weight.sum())


@dataclass(frozen=True)
class _State:
    """Arrays over (batch limit, class), or (batch limit,) for batch, tpot and rate."""

    work_s: np.ndarray
    ttft_s: np.ndarray
    tpot_s: np.ndarray
    batch: np.ndarray


def _saturated(
    loads: Footprint, rate: Efficiency, mix: _Mix, held: np.ndarray, capacity: np.ndarray, limits: np.ndarray, budget: int
) -> _State:
    """Solve for the batch that cache and limit allow: cache held is weighted by how long each class stays.

    TTFT is that of a random arrival: its own prefill, and one decode step of the others per chunk of it.
    """
    steps = mix.output - 1.0
    context = mix.fresh + mix.cached + 0.5 * mix.output
    generated = mix.shares * mix.output
    mean_context = float((generated * context).sum() / generated.sum())
    alone = prefill_s(loads, mix.fresh, mix.cached, rate)
    mean_steps = float((mix.shares * steps).sum())
    mean_fresh = float((mix.shares * mix.fresh).sum())
    chunks = np.ceil(mix.fresh / budget)
    batch = np.maximum(np.minimum(limits, capacity / float((generated * held).sum() / generated.sum())), 1.0)
    for _ in range(2):
        step = step_s(loads, batch, mean_context, rate)
        chunk = np.minimum(max(budget, mean_fresh), mean_fresh * batch)
        reading = prefill_work_s(loads, mix.fresh, mix.cached, np.maximum(chunk[:, None], mix.fresh), rate)
        reading = np.minimum(reading, alone)
        mean_reading = (mix.shares * reading).sum(axis=1)
        cycle = mean_reading + mean_steps * step / batch
        tpot = step / np.maximum(1.0 - mean_reading / cycle * (1.0 - 1.0 / batch), 1e-9)
        ttft = rate.prompt_s + alone + chunks * (step * (1.0 - 1.0 / batch))[:, None]
        stay = mix.shares * (ttft + steps * tpot[:, None])
        mean_held = (stay * held).sum(axis=1) / stay.sum(axis=1)
        batch = np.maximum(np.minimum(limits, capacity / mean_held), 1.0)
    work = reading + steps * (step / batch)[:, None]
    return _State(work / rate.throughput, ttft * rate.ttft, tpot * rate.tpot, batch)


def _points(
    replica: Replica,
    mix: _Mix,
    held: np.ndarray,
    capacity: np.ndarray,
    state: _State,
    profile: Profile | ThroughputMatrix | None,
) -> tuple[OperatingPoint, ...]:
    spread = band(replica)
    kv_tokens = tuple(held.tolist())
    points = []
    for at in range(len(state.batch)):
        fix = Correction.NONE
        work = state.work_s[at]
        if isinstance(profile, ThroughputMatrix):
            work, fix = profile.work_s(len(work)), Correction.MEASURED
        elif profile is not None:
            fix = correction(profile, replica, mix.fresh + mix.cached, mix.output, mix.shares, state.batch[at])
            work = work / fix.throughput
        ttft = state.ttft_s[at] * fix.ttft
        tpot = float(state.tpot_s[at] * fix.tpot)
        residence = ttft + mix.output * tpot
        end_to_end = ttft + (mix.output - 1.0) * tpot
        points.append(
            OperatingPoint(
                work_s=tuple(work.tolist()),
                residence_s=tuple(residence.tolist()),
                kv_tokens=kv_tokens,
                kv_capacity_tokens=float(capacity[at]),
                ttft_ms=tuple((ttft * MS_PER_SECOND).tolist()),
                tpot_ms=(tpot * MS_PER_SECOND,) * len(kv_tokens),
                end_to_end_ms=tuple((end_to_end * MS_PER_SECOND).tolist()),
                running_batch=float(state.batch[at]),
                saturation_rps=float(1.0 / (mix.shares * work).sum()),
                basis=fix.basis,
                band=fix.narrow(spread),
            )
        )
    return tuple(points)


def _does_not_fit(use: Any, tokens: float) -> DoesNotFit:
    if use.kv_safe_gib <= 0.0:
        reason = f"weights, activations and runtime need {use.needed_gib:.1f} GiB of a chip, {use.limit_gib:.1f} are usable"
        return DoesNotFit(use.needed_gib, use.limit_gib, reason)
    per_token = use.kv_safe_gib / max(use.kv_tokens, 1e-9)
    needed = use.needed_gib + tokens * per_token
    reason = f"one request of {tokens:.0f} tokens needs {needed:.1f} GiB of a chip with its cache, {use.limit_gib:.1f} are usable"
    return DoesNotFit(needed, use.limit_gib, reason)
