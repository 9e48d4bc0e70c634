"""Where one replica works at saturation: seconds per request, latencies, cache and batch, for every request class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import numpy as np

from planner.perf.calibration import Band, Efficiency
from planner.perf.coefficients import band, efficiency
from planner.perf.footprint import Footprint, footprint
from planner.perf.memory import adapter_bytes, kv_tokens_held, memory_use
from planner.perf.prefill import prefill_s, prefill_work_s
from planner.perf.replica import Engine, Replica
from planner.perf.runs import Learned, Run, learned
from planner.perf.speculation import Speculation, token_s
from planner.units import MS_PER_SECOND


@dataclass(frozen=True)
class OperatingPoint:
    """One replica at saturation, per request class where a tuple.

    work_s              replica-seconds per request; the replica is saturated when sum of rate x work_s = 1
    residence_s         time a request holds its place: TTFT + output tokens x TPOT, or TTFT where that is all there is
    kv_tokens           cache a request holds at its end, in tokens
    kv_capacity_tokens  cache the replica may fill (0.9 of what memory leaves), in tokens
    ttft_ms             time to first token among ``running_batch`` running requests, without queueing
    tpot_ms             mean time per output token after the first, same for all classes; None: an answer has one token
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
    tpot_ms: tuple[float | None, ...]
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
    """A fact that the formula needs is unknown, and unknown is never zero; ``rule`` asks for it."""

    reason: str
    rule: str = "precision_supported"


def operating_point(
    replica: Replica,
    input_tokens: Any,
    output_tokens: Any,
    shares: Any,
    *,
    prefix_hit: float = 0.0,
    runs: tuple[Run, ...] = (),
) -> OperatingPoint | DoesNotFit | Unpredictable:
    """The point of ``replica`` for request classes of mean ``input_tokens`` and ``output_tokens``.

    shares      relative frequency of each class, any positive scale
    prefix_hit  share of input tokens found in the prefix cache, 0 to 1
    runs        the user's own measurements, of this configuration or its neighbours; they correct the formula
    """
    limit = replica.engine.max_num_seqs
    return operating_points(
        replica, input_tokens, output_tokens, shares, (limit,), prefix_hit=prefix_hit, runs=runs
    )[0]


def operating_points(
    replica: Replica,
    input_tokens: Any,
    output_tokens: Any,
    shares: Any,
    batch_limits: Sequence[int],
    *,
    prefix_hit: float = 0.0,
    runs: tuple[Run, ...] = (),
) -> tuple[OperatingPoint | DoesNotFit | Unpredictable, ...]:
    """As ``operating_point`` for each limit on running requests, in one pass."""
    each = [replica.with_batch(limit) for limit in batch_limits]
    return operating_points_of(each, input_tokens, output_tokens, shares, prefix_hit=prefix_hit, runs=runs)


def operating_points_of(
    replicas: Sequence[Replica],
    input_tokens: Any,
    output_tokens: Any,
    shares: Any,
    *,
    prefix_hit: float = 0.0,
    runs: tuple[Run, ...] = (),
) -> tuple[OperatingPoint | DoesNotFit | Unpredictable, ...]:
    """As ``operating_point`` for each of many replicas, in one pass; a thousand take a few hundredths of a second."""
    mix = _Mix.of(input_tokens, output_tokens, shares, prefix_hit)
    found: list[Any] = [None] * len(replicas)
    alike: dict[tuple, _Facts | Unpredictable] = {}
    fitting: list[tuple[int, _Facts, float]] = []
    for at, replica in enumerate(replicas):
        key = _but_batch(replica)
        if key not in alike:
            alike[key] = _facts(replica, mix, runs)
        facts = alike[key]
        if isinstance(facts, Unpredictable):
            found[at] = facts
            continue
        use = memory_use(replica)
        if use.kv_tokens < max(facts.held):
            found[at] = _does_not_fit(use, max(facts.held))
        else:
            fitting.append((at, facts, use.kv_tokens))
    if fitting:
        places, facts, capacity = zip(*fitting)
        state = _saturated(mix, facts, np.array(capacity), [replicas[at].engine for at in places])
        for at, point in zip(places, _points([replicas[at] for at in places], mix, facts, capacity, state)):
            found[at] = point
    return tuple(found)


@dataclass(frozen=True)
class _Facts:
    """What replicas that differ only in their engine's limits have in common; ``held`` per class."""

    loads: Footprint
    rate: Efficiency
    band: Band
    held: tuple[float, ...]
    learned: Learned | None


def _but_batch(replica: Replica) -> tuple:
    engine = replica.engine
    parts = (id(replica.architecture), id(replica.chip), replica.precision, replica.tp, replica.pp, replica.ep)
    return (*parts, engine.name, engine.version)


def _facts(replica: Replica, mix: _Mix, runs: tuple[Run, ...]) -> _Facts | Unpredictable:
    loads = footprint(replica.with_batch(1))
    if loads is None:
        return Unpredictable(f"{replica.chip.name} has no known matrix rate for {replica.precision.activations}")
    if adapter_bytes(replica) is None:
        return Unpredictable(f"what adapters of {replica.architecture.name} take in memory is unknown: its layers are not all alike and dense", "adapters_known")
    held = tuple(kv_tokens_held(replica.architecture, tokens) for tokens in mix.total.tolist())
    own = learned(runs, replica.with_batch(1)) if runs else None
    rate = efficiency(replica) if own is None else own.efficiency(efficiency(replica))
    return _Facts(loads, rate, band(replica), held, own)


def _columns(each: Sequence[Any], of: type) -> Any:
    """Equal dataclasses of numbers as one of columns (replica, 1)."""
    values = attrgetter(*(field.name for field in fields(of)))
    return of(*np.array([values(one) for one in each], dtype=float).T[:, :, None])


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
    """Arrays over (replica, class), or (replica,) for tpot and batch."""

    work_s: np.ndarray
    ttft_s: np.ndarray
    tpot_s: np.ndarray
    batch: np.ndarray


def _saturated(mix: _Mix, facts: Sequence[_Facts], capacity: np.ndarray, engines: Sequence[Engine]) -> _State:
    """Solve for the batch that cache and limit allow: cache held is weighted by how long each class stays.

    TTFT is that of a random arrival: its own prefill, and one decode step of the others per chunk of it.
    Loads and rates are columns (replica, 1) against rows of classes.
    """
    loads = _columns([one.loads for one in facts], Footprint)
    rate = _columns([one.rate for one in facts], Efficiency)
    held, capacity = np.array([one.held for one in facts]), capacity[:, None]
    limits = np.array([[engine.max_num_seqs] for engine in engines], dtype=float)
    drafts = np.array([(engine.draft_tokens, engine.draft_acceptance, engine.draft_cost) for engine in engines])
    speculation = Speculation(*drafts.T[:, :, None])
    budget = np.array([[engine.max_batched_tokens] for engine in engines], dtype=float)
    steps = mix.output - 1.0
    generated = mix.shares * mix.output / (mix.shares * mix.output).sum()
    mean_context = float((generated * (mix.fresh + mix.cached + 0.5 * mix.output)).sum())
    mean_steps, mean_fresh = float((mix.shares * steps).sum()), float((mix.shares * mix.fresh).sum())
    alone = prefill_s(loads, mix.fresh, mix.cached, rate)
    chunks = np.ceil(mix.fresh / budget)
    batch = np.maximum(np.minimum(limits, capacity / _mean(generated * held)), 1.0)
    for _ in range(2):
        step = token_s(loads, batch, mean_context, rate, speculation)
        chunk = np.maximum(np.minimum(np.maximum(budget, mean_fresh), mean_fresh * batch), mix.fresh)
        reading = np.minimum(prefill_work_s(loads, mix.fresh, mix.cached, chunk, rate), alone)
        mean_reading = _mean(mix.shares * reading)
        cycle = mean_reading + mean_steps * step / batch
        tpot = step / np.maximum(1.0 - mean_reading / cycle * (1.0 - 1.0 / batch), 1e-9)
        ttft = rate.prompt_s + alone + chunks * step * (1.0 - 1.0 / batch)
        stay = mix.shares * (ttft + steps * tpot)
        batch = np.maximum(np.minimum(limits, capacity * _mean(stay) / _mean(stay * held)), 1.0)
    work = reading + steps * step / batch
    # Adapters stretch every step alike, so nothing but the clock changes.
    slower = np.array([[engine.slower] for engine in engines])
    return _State(slower * work / rate.throughput, slower * ttft * rate.ttft, (slower * tpot * rate.tpot)[:, 0], batch[:, 0])


def _mean(weighted: np.ndarray) -> np.ndarray:
    """Sum over classes, kept as a column."""
    return weighted.sum(axis=1, keepdims=True)


def _points(
    replicas: Sequence[Replica], mix: _Mix, facts: Sequence[_Facts], capacity: Sequence[float], state: _State
) -> tuple[OperatingPoint, ...]:
    tpot = state.tpot_s[:, None]
    residence = state.ttft_s + np.where(mix.output > 1.0, mix.output, 0.0) * tpot
    end_to_end = state.ttft_s + (mix.output - 1.0) * tpot
    columns = [array.tolist() for array in (state.work_s, residence, state.ttft_s * MS_PER_SECOND, end_to_end * MS_PER_SECOND)]
    tpot_ms, rps = (state.tpot_s * MS_PER_SECOND).tolist(), (1.0 / (mix.shares * state.work_s).sum(axis=1)).tolist()
    known = [_known(replica, mix, one, float(batch)) for replica, one, batch in zip(replicas, facts, state.batch)]
    return tuple(
        OperatingPoint(
            work_s=tuple(columns[0][at]),
            residence_s=tuple(columns[1][at]),
            kv_tokens=facts[at].held,
            kv_capacity_tokens=float(capacity[at]),
            ttft_ms=tuple(columns[2][at]),
            tpot_ms=tuple(tpot_ms[at] if tokens > 1.0 else None for tokens in mix.output),
            end_to_end_ms=tuple(columns[3][at]),
            running_batch=float(state.batch[at]),
            saturation_rps=rps[at],
            basis=known[at][0],
            band=known[at][1],
        )
        for at in range(len(replicas))
    )


def _known(replica: Replica, mix: _Mix, facts: _Facts, batch: float) -> tuple[str, Band]:
    """(basis, band) of one replica's figures."""
    if facts.learned is None:
        return "modelled", facts.band
    given, made = float((mix.shares * (mix.fresh + mix.cached)).sum()), float((mix.shares * mix.output).sum())
    return facts.learned.at(replica, given, made, batch, facts.band)


def _does_not_fit(use: Any, tokens: float) -> DoesNotFit:
    if use.kv_safe_gib <= 0.0:
        reason = f"weights, activations and runtime need {use.needed_gib:.1f} GiB of a chip"
        reason += f", {use.limit_gib:.1f} are usable"
        return DoesNotFit(use.needed_gib, use.limit_gib, reason)
    per_token = use.kv_safe_gib / max(use.kv_tokens, 1e-9)
    needed = use.needed_gib + tokens * per_token
    reason = f"one request of {tokens:.0f} tokens needs {needed:.1f} GiB of a chip with its cache"
    reason += f", {use.limit_gib:.1f} are usable"
    return DoesNotFit(needed, use.limit_gib, reason)
