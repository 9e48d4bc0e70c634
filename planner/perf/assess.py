"""What one configuration can do for one service: work, latencies and cache per request class, and the rules it breaks.

The makers of candidates and the independent check both call this, so that both mean the same by "can serve".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.perf.ask import CANNOT_SERVE_RPS, WAITING_ROOM, Ask, Limit, Measured, as_asked, ask_of, exempt_classes, moments_of, paced
from planner.perf.latency import answer_ms
from planner.perf.memory import kv_tokens_held, memory_use
from planner.perf.operating_point import DoesNotFit, OperatingPoint, Unpredictable, operating_points_of
from planner.perf.queueing import safe_shares
from planner.perf.replica import Replica
from planner.perf.runs import Run
from planner.perf.safety import safety
from planner.units import MS_PER_SECOND

__all__ = ["LEVELS", "Ask", "Assessment", "Limit", "Measured", "Miss", "ask_of", "assess", "assess_many", "exempt_classes"]

#: Counts of pooled replicas at which the safe share of saturation is tabulated.
LEVELS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


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
    ttft_ms, tpot_ms, end_to_end_ms  without queueing; None: not known, or a TPOT of answers of one token  [ms]
    levels              (N, share of saturation that N pooled replicas may carry)
    broken              rules broken; empty: a candidate as far as performance goes
    """

    can_serve: tuple[bool, ...]
    work_s: tuple[float, ...]
    residence_s: tuple[float, ...]
    kv_tokens: tuple[float, ...]
    kv_capacity_tokens: float | None
    ttft_ms: tuple[float, ...] | None
    tpot_ms: tuple[float | None, ...] | None
    end_to_end_ms: tuple[float, ...] | None
    levels: tuple[tuple[int, float], ...]
    basis: str
    point: OperatingPoint | None
    broken: tuple[Miss, ...]


Case = tuple[Replica | None, Measured | None]


def assess(
    ask: Ask, replica: Replica | None, measured: Measured | None = None, runs: tuple[Run, ...] = ()
) -> Assessment:
    """The assessment of one replica; ``replica`` may be None only where a throughput was measured.

    A measured throughput stands alone: memory and cache then limit nothing, and latencies count only where measured.
    Other measurements replace the formula's figures of the same name. ``runs`` correct the formula. With
    ``ask.confidence`` all figures of the formula are those of the safe end of their band.
    """
    return assess_many(ask, ((replica, measured),), runs)[0]


def assess_many(ask: Ask, cases: Sequence[Case], runs: tuple[Run, ...] = ()) -> tuple[Assessment, ...]:
    """As ``assess`` for each case, with the formulas in a few passes over arrays."""
    drafts = [
        _measured(ask, measured) if point is None else _modelled(ask, replica, point, measured)
        for (replica, measured), point in zip(cases, _points(ask, cases, runs))
    ]
    return _with_levels(ask, drafts)


def _points(ask: Ask, cases: Sequence[Case], runs: tuple[Run, ...]) -> list[OperatingPoint | DoesNotFit | Unpredictable | None]:
    """Operating points, all in one pass; None where one was measured."""
    found: list = [None] * len(cases)
    places: list[int] = []
    for at, (replica, measured) in enumerate(cases):
        if measured is not None and measured.throughput_rps is not None:
            continue
        if replica is None:
            raise ValueError("a replica is needed where no throughput was measured")
        places.append(at)
    lengths = ask.input_tokens, ask.output_tokens, ask.shares
    points = operating_points_of([as_asked(ask, cases[at][0]) for at in places], *lengths, prefix_hit=ask.prefix_hit, runs=runs)
    for at, point in zip(places, points):
        found[at] = point
    return found


@dataclass(frozen=True)
class _Draft:
    """An assessment without its levels; ``judged`` holds (limit, metric per class, exempt classes, their share)."""

    facts: dict[str, Any]
    judged: tuple[tuple[Limit, tuple[float, ...], frozenset[int], float], ...]
    broken: tuple[Miss, ...]


def _measured(ask: Ask, measured: Measured) -> _Draft:
    throughput = [rate if rate is not None and rate > CANNOT_SERVE_RPS else None for rate in measured.throughput_rps]
    if len(throughput) != len(ask.shares):
        raise ValueError(f"{len(throughput)} throughputs for {len(ask.shares)} request classes")
    nothing = (0.0,) * len(throughput)
    return _judged(
        ask,
        broken=tuple(_unmeasured(ask, measured)),
        work_s=tuple(math.inf if rate is None else 1.0 / rate for rate in throughput),
        residence_s=nothing,
        kv_tokens=nothing,
        kv_capacity_tokens=None,
        ttft_ms=measured.ttft_ms,
        tpot_ms=paced(ask, measured.tpot_ms or None),
        basis="measured",
        point=None,
    )


def _unmeasured(ask: Ask, measured: Measured) -> Iterator[Miss]:
    """Limits on what the profile does not state: unknown is out, never taken as met."""
    has = {"ttft": bool(measured.ttft_ms), "tpot": paced(ask, measured.tpot_ms or None) is not None}
    has["end_to_end"] = has["ttft"] and has["tpot"]
    lacks = {"ttft": "ttft_ms", "tpot": "tpot_ms", "end_to_end": "ttft_ms or tpot_ms"}
    for limit in ask.limits:
        if not has[limit.rule]:
            text = f"the profile states no {lacks[limit.rule]}, so this limit cannot be judged"
            yield Miss(limit.rule, None, limit.limit_ms, "ms", text)


def _modelled(
    ask: Ask, replica: Replica, point: OperatingPoint | DoesNotFit | Unpredictable, measured: Measured | None
) -> _Draft:
    replica = as_asked(ask, replica)
    if isinstance(point, Unpredictable):
        unknown = Miss(point.rule, None, None, "", point.reason)
        short = None if point.rule == "adapters_known" else _too_long(replica, max(ask.context_tokens, _longest(ask)))
        return _not_assessed(ask, unknown, *(() if short is None else (short,)))
    if isinstance(point, DoesNotFit):
        return _not_assessed(ask, Miss("memory", point.needed_gib, point.limit_gib, "GiB", point.reason))
    short = _context_too_long(ask, replica)
    safe = safety(point.band, ask.confidence)
    ttft = measured.ttft_ms if measured and measured.ttft_ms else tuple(safe.ttft * one for one in point.ttft_ms)
    tpot = measured.tpot_ms if measured and measured.tpot_ms else tuple(safe.tpot * (one or 0.0) for one in point.tpot_ms)
    tpot = paced(ask, tpot)
    return _judged(
        ask,
        work_s=tuple(safe.work * one for one in point.work_s),
        residence_s=tuple(answer_ms(*each) / MS_PER_SECOND for each in zip(ttft, tpot, ask.output_tokens)),
        kv_tokens=point.kv_tokens,
        kv_capacity_tokens=point.kv_capacity_tokens,
        ttft_ms=ttft,
        tpot_ms=tpot,
        basis="measured" if measured and (measured.ttft_ms or measured.tpot_ms) else point.basis,
        point=point,
        broken=() if short is None else (short,),
    )


def _judged(ask: Ask, *, work_s, ttft_ms, tpot_ms, broken: tuple[Miss, ...] = (), **facts) -> _Draft:
    """Which classes meet their limits."""
    end_to_end = None
    if ttft_ms is not None and tpot_ms is not None:
        end_to_end = tuple(answer_ms(a, b, n - 1.0) for a, b, n in zip(ttft_ms, tpot_ms, ask.output_tokens))
    metrics = {"ttft": ttft_ms, "tpot": tpot_ms, "end_to_end": end_to_end}
    judged = tuple(
        (limit, metrics[limit.rule], *exempt_classes(ask, limit)) for limit in ask.limits if metrics[limit.rule]
    )
    misses = [
        [limit for limit, metric, exempt, _ in judged if b not in exempt and metric[b] > limit.allowed_ms]
        for b in range(len(work_s))
    ]
    can_serve = tuple(not miss and math.isfinite(work) for miss, work in zip(misses, work_s))
    if not any(can_serve):
        broken = (*broken, *_nearest_miss(work_s, misses, metrics))
    facts |= {
        "can_serve": can_serve,
        "work_s": tuple(work_s),
        "ttft_ms": ttft_ms,
        "tpot_ms": tpot_ms,
        "end_to_end_ms": end_to_end,
    }
    return _Draft(facts, judged, broken)


def _with_levels(ask: Ask, drafts: Sequence[_Draft]) -> tuple[Assessment, ...]:
    """The least share over the limits at each level; a limit under which nothing may be carried is broken."""
    rows: list[tuple[int, Limit, float]] = []
    cases: list[tuple[float, float, float, float]] = []
    for at, draft in enumerate(drafts):
        can_serve = draft.facts["can_serve"]
        mean, scv = moments_of(ask, draft.facts["work_s"], can_serve)
        for limit, metric, exempt, exempt_share in () if draft.broken else draft.judged:
            held = [metric[b] for b, can in enumerate(can_serve) if can and b not in exempt]
            if limit.rule != "tpot" and held and mean > 0.0:
                slack = (limit.limit_ms - max(held)) / MS_PER_SECOND
                rows.append((at, limit, max(held)))
                cases.append((mean, scv, slack, min(limit.percentile + 100.0 * exempt_share, 100.0)))
    least = np.ones((len(drafts), len(LEVELS)))
    late: dict[int, tuple[Miss, ...]] = {}
    if rows:
        mean, scv, slack, percentile = zip(*cases)
        shares = safe_shares(
            LEVELS, work_s_mean=mean, work_scv=scv, dispersion=max(ask.dispersion, 1.0) if ask.every_class else ask.dispersion, slack_s=slack, percentile=percentile
        )
        for (at, limit, value), share in zip(rows, shares):
            least[at] = np.minimum(least[at], share)
            if share[-1] <= 0.0:
                late[at] = (*late.get(at, ()), _too_late(limit, value, "leaves no time to wait"))
    return tuple(
        Assessment(
            levels=tuple(zip(LEVELS, (0.0,) * len(LEVELS) if draft.broken else share)),
            broken=draft.broken or late.get(at, ()),
            **draft.facts,
        )
        for at, (draft, share) in enumerate(zip(drafts, least.tolist()))
    )


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
    """The longest request that must fit, where it is longer than the classes (which the operating point has seen to)."""
    return None if ask.context_tokens <= _longest(ask) else _too_long(replica, ask.context_tokens)


def _longest(ask: Ask) -> float:
    return max(a + b for a, b in zip(ask.input_tokens, ask.output_tokens))


def _too_long(replica: Replica, tokens: float) -> Miss | None:
    """What one request of ``tokens`` lacks in memory."""
    use = memory_use(replica)
    held = kv_tokens_held(replica.architecture, tokens)
    if held <= use.kv_tokens:
        return None
    needed = use.needed_gib + use.kv_safe_gib * held / max(use.kv_tokens, 1e-9)
    text = f"a request of {tokens:,.0f} tokens needs {needed:,.1f} GiB of a chip, {use.limit_gib:,.1f} are usable"
    return Miss("memory", needed, use.limit_gib, "GiB", text)


def _not_assessed(ask: Ask, *misses: Miss) -> _Draft:
    count = len(ask.shares)
    facts = {
        "can_serve": (False,) * count,
        "work_s": (math.inf,) * count,
        "residence_s": (0.0,) * count,
        "kv_tokens": (0.0,) * count,
        "kv_capacity_tokens": None,
        "ttft_ms": None,
        "tpot_ms": None,
        "end_to_end_ms": None,
        "basis": "modelled",
        "point": None,
    }
    return _Draft(facts, (), misses)
