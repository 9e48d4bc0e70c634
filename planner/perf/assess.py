"""What one configuration can do for one service: work, latencies and cache per request class, and the rules it breaks.

The makers of candidates and the independent check both call this, so that both mean the same by "can serve".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.perf.latency import work_moments
from planner.perf.memory import kv_tokens_held, memory_use
from planner.perf.operating_point import DoesNotFit, OperatingPoint, Unpredictable, operating_point
from planner.perf.profiles import CANNOT_SERVE_RPS
from planner.perf.queueing import safe_share
from planner.perf.replica import Replica
from planner.units import MS_PER_SECOND

#: Counts of pooled replicas at which the safe share of saturation is tabulated.
LEVELS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
#: Share of a TTFT or end-to-end limit kept for waiting: the time without queueing must stay under the rest.
WAITING_ROOM = 0.1
#: Shares are compared with this much room for rounding.
SHARE_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Limit:
    """A latency limit: ``rule`` is ttft, tpot or end_to_end, ``percentile`` such as 95."""

    rule: str
    percentile: float
    limit_ms: float

    @property
    def allowed_ms(self) -> float:
        """What the time without queueing may be."""
        return self.limit_ms if self.rule == "tpot" else (1.0 - WAITING_ROOM) * self.limit_ms


@dataclass(frozen=True)
class Ask:
    """What a service asks of any replica; tuples are per request class.

    dispersion      index of dispersion of arrivals over 10 s                                    [1]
    context_tokens  longest request that must fit                                               [tokens]
    """

    input_tokens: tuple[float, ...]
    output_tokens: tuple[float, ...]
    shares: tuple[float, ...]
    limits: tuple[Limit, ...]
    dispersion: float
    context_tokens: float


@dataclass(frozen=True)
class Measured:
    """A user's own measurement of exactly one configuration, per request class; None: not measured.

    throughput_rps  requests per second of one replica at saturation, of each class alone; None or at most 1e-5
                    for a class: it cannot be served
    """

    throughput_rps: tuple[float | None, ...] | None = None
    ttft_ms: tuple[float, ...] | None = None
    tpot_ms: tuple[float, ...] | None = None
    source: str = ""


@dataclass(frozen=True)
class Miss:
    """One rule that is broken, with the value reached and what is allowed."""

    rule: str
    value: float | None
    limit: float | None
    unit: str
    message: str

    @property
    def relative_miss(self) -> float | None:
        """How far the value is beyond the limit, as a share of it; None where either has no number."""
        if self.value is None or not self.limit:
            return None
        return abs(self.value - self.limit) / abs(self.limit)


@dataclass(frozen=True)
class Assessment:
    """One configuration for one service; tuples are per request class.

    can_serve           whether a class's latency limits can be met at all and its throughput is not nil
    work_s              replica-seconds per request at saturation; infinite where it cannot be served      [s]
    residence_s         time a request holds its cache; 0 where the cache is not limited                   [s]
    kv_tokens           cache that a request holds; 0 where the cache is not limited                       [tokens]
    kv_capacity_tokens  safe cache of one replica; None: not limited                                       [tokens]
    ttft_ms, tpot_ms, end_to_end_ms  without queueing; None: not known                                     [ms]
    levels              (N, share of saturation that N pooled replicas may carry)
    broken              rules broken; empty: a candidate as far as performance goes
    """

    can_serve: tuple[bool, ...]
    work_s: tuple[float, ...]
    residence_s: tuple[float, ...]
    kv_tokens: tuple[float, ...]
    kv_capacity_tokens: float | None
    ttft_ms: tuple[float, ...] | None
    tpot_ms: tuple[float, ...] | None
    end_to_end_ms: tuple[float, ...] | None
    levels: tuple[tuple[int, float], ...]
    basis: str
    point: OperatingPoint | None
    broken: tuple[Miss, ...]


def ask_of(service: Any) -> Ask:
    """What a normalised service (classes inline, dispersion set) asks of its replicas."""
    load, slo = service.workload, service.slo
    limits = tuple(
        Limit(rule, float(key[1:]), float(value))
        for rule, stated in (("ttft", slo.ttft_ms), ("tpot", slo.tpot_ms), ("end_to_end", slo.end_to_end_ms))
        for key, value in sorted((stated or {}).items())
    )
    longest = max(c.input_tokens + c.output_tokens for c in load.classes)
    return Ask(
        input_tokens=tuple(float(c.input_tokens) for c in load.classes),
        output_tokens=tuple(float(c.output_tokens) for c in load.classes),
        shares=tuple(float(c.share) for c in load.classes),
        limits=limits,
        dispersion=float(load.dispersion_10s),
        context_tokens=float(max(service.context_tokens or 0, longest)),
    )


def assess(ask: Ask, replica: Replica | None, measured: Measured | None = None) -> Assessment:
    """The assessment of one replica; ``replica`` may be None only where a throughput was measured.

    A measured throughput stands alone: memory and cache then limit nothing, and latencies count only where measured.
    Other measurements replace the formula's figures of the same name.
    """
    if measured is not None and measured.throughput_rps is not None:
        return _measured(ask, measured)
    if replica is None:
        raise ValueError("a replica is needed where no throughput was measured")
    point = operating_point(replica, ask.input_tokens, ask.output_tokens, ask.shares)
    if isinstance(point, Unpredictable):
        return _not_assessed(ask, Miss("precision_supported", None, None, "", point.reason))
    if isinstance(point, DoesNotFit):
        return _not_assessed(ask, Miss("memory", point.needed_gib, point.limit_gib, "GiB", point.reason))
    short = _context_too_long(ask, replica)
    ttft = measured.ttft_ms if measured and measured.ttft_ms else point.ttft_ms
    tpot = measured.tpot_ms if measured and measured.tpot_ms else point.tpot_ms
    basis = "measured" if measured and (measured.ttft_ms or measured.tpot_ms) else point.basis
    return _judged(
        ask,
        work_s=point.work_s,
        residence_s=tuple((a + n * b) / MS_PER_SECOND for a, b, n in zip(ttft, tpot, ask.output_tokens)),
        kv_tokens=point.kv_tokens,
        kv_capacity_tokens=point.kv_capacity_tokens,
        ttft_ms=ttft,
        tpot_ms=tpot,
        basis=basis,
        point=point,
        broken=() if short is None else (short,),
    )


def exempt_classes(ask: Ask, limit: Limit) -> tuple[frozenset[int], float]:
    """Classes that may miss ``limit``, and their share: the largest, up to half of what the percentile leaves out.

    A p95 limit lets 5 % of requests be late. Half of that is kept for waiting; the other half may go to classes
    that are late by their size alone. Size is input tokens for TTFT, input and output tokens otherwise.
    """
    sizes = (
        ask.input_tokens
        if limit.rule == "ttft"
        else tuple(a + b for a, b in zip(ask.input_tokens, ask.output_tokens))
    )
    room = 0.5 * (1.0 - limit.percentile / 100.0) + SHARE_TOLERANCE
    exempt: set[int] = set()
    total = 0.0
    for b in sorted(range(len(sizes)), key=lambda b: (-sizes[b], b)):
        if total + ask.shares[b] > room:
            break
        exempt.add(b)
        total += ask.shares[b]
    return frozenset(exempt), total


def _measured(ask: Ask, measured: Measured) -> Assessment:
    throughput = tuple(rate if rate is not None and rate > CANNOT_SERVE_RPS else None for rate in measured.throughput_rps)
    if len(throughput) != len(ask.shares):
        raise ValueError(f"{len(throughput)} throughputs for {len(ask.shares)} request classes")
    nothing = (0.0,) * len(throughput)
    return _judged(
        ask,
        work_s=tuple(math.inf if rate is None else 1.0 / rate for rate in throughput),
        residence_s=nothing,
        kv_tokens=nothing,
        kv_capacity_tokens=None,
        ttft_ms=measured.ttft_ms,
        tpot_ms=measured.tpot_ms,
        basis="measured",
        point=None,
        broken=(),
    )


def _judged(ask: Ask, *, work_s, ttft_ms, tpot_ms, broken, **facts) -> Assessment:
    """Which classes meet their limits, and the share of saturation that keeps them there."""
    end_to_end = None
    if ttft_ms is not None and tpot_ms is not None:
        end_to_end = tuple(a + max(n - 1.0, 0.0) * b for a, b, n in zip(ttft_ms, tpot_ms, ask.output_tokens))
    metrics = {"ttft": ttft_ms, "tpot": tpot_ms, "end_to_end": end_to_end}
    judged = [(limit, metrics[limit.rule], *exempt_classes(ask, limit)) for limit in ask.limits if metrics[limit.rule]]
    misses = [
        [limit for limit, metric, exempt, _ in judged if b not in exempt and metric[b] > limit.allowed_ms]
        for b in range(len(work_s))
    ]
    can_serve = tuple(not miss and math.isfinite(work) for miss, work in zip(misses, work_s))
    if not any(can_serve):
        broken = (*broken, *_nearest_miss(work_s, misses, metrics))
    levels = tuple((count, 0.0) for count in LEVELS)
    if not broken:
        levels, late = _levels(ask, judged, work_s, can_serve)
        broken = late
    return Assessment(
        can_serve=can_serve,
        work_s=tuple(work_s),
        ttft_ms=ttft_ms,
        tpot_ms=tpot_ms,
        end_to_end_ms=end_to_end,
        levels=levels,
        broken=broken,
        **facts,
    )


def _levels(ask: Ask, judged, work_s, can_serve) -> tuple[tuple[tuple[int, float], ...], tuple[Miss, ...]]:
    """The least share over the limits at each level, and the limits under which nothing may be carried."""
    mean, scv = work_moments(work_s, ask.shares, can_serve)
    least = np.ones(len(LEVELS))
    late = []
    for limit, metric, exempt, exempt_share in judged:
        held = [metric[b] for b, can in enumerate(can_serve) if can and b not in exempt]
        if limit.rule == "tpot" or not held or mean <= 0.0:
            continue
        slack_ms = limit.limit_ms - max(held)
        share = safe_share(
            LEVELS,
            work_s_mean=mean,
            work_scv=scv,
            dispersion=ask.dispersion,
            slack_s=slack_ms / MS_PER_SECOND,
            percentile=min(limit.percentile + 100.0 * exempt_share, 100.0),
        )
        if share[-1] <= 0.0:
            late.append(_too_late(limit, max(held), "leaves no time to wait"))
        least = np.minimum(least, share)
    return tuple(zip(LEVELS, least.tolist())), tuple(late)


def _nearest_miss(work_s, misses, metrics) -> tuple[Miss, ...]:
    """The limits that stop the class which comes nearest to being served."""
    reachable = [b for b, work in enumerate(work_s) if math.isfinite(work)]
    if not reachable:
        return (Miss("throughput", None, None, "requests/s", "its measured throughput is nil for every class"),)
    nearest = min(reachable, key=lambda b: max(metrics[m.rule][b] / m.allowed_ms for m in misses[b]))
    return tuple(_too_late(limit, metrics[limit.rule][nearest], "") for limit in misses[nearest])


_WORDS = {"ttft": "TTFT", "tpot": "TPOT", "end_to_end": "end-to-end time"}


def _too_late(limit: Limit, value: float, why: str) -> Miss:
    room = "" if limit.rule == "tpot" else f" less {WAITING_ROOM:.0%} for waiting"
    text = f"{_WORDS[limit.rule]} of {value:,.4g} ms without queueing; p{limit.percentile:g} limit {limit.limit_ms:,.4g} ms{room}"
    return Miss(limit.rule, value, limit.allowed_ms, "ms", f"{text}: {why}" if why else text)


def _context_too_long(ask: Ask, replica: Replica) -> Miss | None:
    """The longest request that must fit, where it is longer than the classes."""
    use = memory_use(replica)
    held = kv_tokens_held(replica.architecture, ask.context_tokens)
    if held <= use.kv_tokens:
        return None
    needed = use.needed_gib + use.kv_safe_gib * held / max(use.kv_tokens, 1e-9)
    text = f"a request of {ask.context_tokens:,.0f} tokens needs {needed:,.1f} GiB of a chip, {use.limit_gib:,.1f} are usable"
    return Miss("memory", needed, use.limit_gib, "GiB", text)


def _not_assessed(ask: Ask, miss: Miss) -> Assessment:
    count = len(ask.shares)
    return Assessment(
        can_serve=(False,) * count,
        work_s=(math.inf,) * count,
        residence_s=(0.0,) * count,
        kv_tokens=(0.0,) * count,
        kv_capacity_tokens=None,
        ttft_ms=None,
        tpot_ms=None,
        end_to_end_ms=None,
        levels=tuple((level, 0.0) for level in LEVELS),
        basis="modelled",
        point=None,
        broken=(miss,),
    )
