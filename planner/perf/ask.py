"""What a service asks of any replica: request classes, latency limits, burstiness, and who may miss a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.perf.host_memory import with_host_memory
from planner.perf.latency import late_by_size, shares_without, without_pace, work_moments
from planner.perf.replica import Replica

#: Share of a TTFT or end-to-end limit kept for waiting: the time without queueing must stay under the rest.
WAITING_ROOM = 0.1
#: Requests per second at or below which a measured throughput says "cannot serve" (Mélange's convention).
CANNOT_SERVE_RPS = 1e-5


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
    prefix_hit      share of input tokens found in the prefix cache                              [1]
    drafts          draft tokens, acceptance and draft cost of speculative decoding; None: none
    confidence      probability with which each prediction must hold; None: nominal
    adapters        LoRA adapters kept loaded, room for their rank, and how much slower a step is with them; None: none
    every_class     every class meets every limit, however few its requests
    host_gib        of weights that an accelerator may keep in host memory where its own is too small
    """

    input_tokens: tuple[float, ...]
    output_tokens: tuple[float, ...]
    shares: tuple[float, ...]
    limits: tuple[Limit, ...]
    dispersion: float
    context_tokens: float
    prefix_hit: float = 0.0
    drafts: tuple[int, float, float] | None = None
    confidence: float | None = None
    adapters: tuple[int, int, float] | None = None
    every_class: bool = False
    host_gib: float = 0.0


@dataclass(frozen=True)
class Measured:
    """A user's own measurement of exactly one configuration, per request class; None: not measured.

    throughput_rps  requests per second of one replica at saturation, of each class alone; None or at most 1e-5
                    for a class: it cannot be served
    any_batch       the measurement states no limit on running requests, and speaks for all of them
    """

    throughput_rps: tuple[float | None, ...] | None = None
    ttft_ms: tuple[float, ...] | None = None
    tpot_ms: tuple[float, ...] | None = None
    source: str = ""
    any_batch: bool = False


def stated_limits(slo: Any) -> tuple[Limit, ...]:
    """The latency limits as they are stated."""
    return tuple(
        Limit(rule, float(key[1:]), float(value))
        for rule, stated in (("ttft", slo.ttft_ms), ("tpot", slo.tpot_ms), ("end_to_end", slo.end_to_end_ms))
        for key, value in sorted((stated or {}).items())
    )


def ask_of(service: Any) -> Ask:
    """What a normalised service (classes inline, dispersion set) asks of its replicas; a TPOT only where an answer has a second token."""
    load = service.workload
    paced = any(c.output_tokens > 1 for c in load.classes)
    limits = tuple(limit for limit in stated_limits(service.slo) if paced or limit.rule != "tpot")
    drafts, serves = service.speculation, load.serves
    longest = max(c.input_tokens + c.output_tokens for c in load.classes)
    return Ask(
        input_tokens=tuple(float(c.input_tokens) for c in load.classes),
        output_tokens=tuple(float(c.output_tokens) for c in load.classes),
        shares=tuple(float(c.share) for c in load.classes),
        limits=limits,
        dispersion=float(load.dispersion_10s),
        context_tokens=float(max(service.context_tokens or 0, longest)),
        prefix_hit=load.prefix_hit,
        drafts=None if drafts is None else (drafts.draft_tokens, drafts.acceptance, drafts.draft_cost),
        confidence=service.confidence,
        adapters=None if serves is None or not serves.max_adapters else (serves.max_adapters, serves.max_rank, serves.slower),
        every_class=serves is not None,
        host_gib=service.allow.host_weights_gib or 0.0,
    )


def as_asked(ask: Ask, replica: Replica) -> Replica:
    """The replica with the service's speculative decoding, the adapters that it keeps loaded, and weights in host memory."""
    engine = replica.engine
    if ask.drafts is not None:
        tokens, acceptance, cost = ask.drafts
        engine = replace(engine, draft_tokens=tokens, draft_acceptance=acceptance, draft_cost=cost)
    if ask.adapters is not None:
        count, rank, slower = ask.adapters
        engine = replace(engine, adapters=count, adapter_rank=rank, slower=slower)
    made = replica if engine is replica.engine else replace(replica, engine=engine)
    return with_host_memory(made, ask.host_gib, ask.context_tokens) if ask.host_gib else made


def exempt_classes(ask: Ask, limit: Limit) -> tuple[frozenset[int], float]:
    """Classes of which ``limit`` asks nothing, or that may miss it by their size (see ``late_by_size``), and the share of the latter.

    None of a group that serves several services may miss it: the few long requests of all may be the many of one. A TPOT is asked of
    answers of more than one token.
    """
    silent = without_pace(ask.output_tokens) if limit.rule == "tpot" else frozenset()
    if ask.every_class:
        return silent, 0.0
    sizes = (
        ask.input_tokens
        if limit.rule == "ttft"
        else tuple(a + b for a, b in zip(ask.input_tokens, ask.output_tokens))
    )
    late, share = late_by_size(sizes, shares_without(ask.shares, silent), limit.percentile)
    return late | silent, share


def paced(ask: Ask, tpot_ms: Sequence[float] | None) -> tuple[float | None, ...] | None:
    """Without those of answers of one token, which have no pace; None: not measured, though somebody has one."""
    silent = without_pace(ask.output_tokens)
    if len(silent) == len(ask.output_tokens):
        return (None,) * len(silent)
    return None if tpot_ms is None else tuple(None if b in silent else one for b, one in enumerate(tpot_ms))


def moments_of(ask: Ask, work_s: Sequence[float], can_serve: Sequence[bool]) -> tuple[float, float]:
    """Mean [s] and squared coefficient of variation of the work of a request that is served.

    What a group of services is sent of each is decided, so its mix is not known. The wait grows with w (D + c²), which is
    w (D - 1) + E[w²] / w and, for D of at least 1, at most D times the largest work in any mix: that stands for all of them.
    """
    if not ask.every_class:
        return work_moments(work_s, ask.shares, can_serve)
    return max((work for work, can in zip(work_s, can_serve) if can), default=0.0), 0.0
