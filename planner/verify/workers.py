"""Serverless workers of a plan, recomputed: what they can carry, how long they are up, and the rules that they break."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from planner.economics.serverless import ServerlessOffer, cold_share, cold_start_s, least_rate
from planner.perf.from_catalog import served_variants
from planner.perf.latency import answer_ms
from planner.perf.stored import stored_gb
from planner.plan.hosted import HostedUse
from planner.problem.hosted import with_half_the_lateness
from planner.problem.service import Service
from planner.units import BYTES_PER_GB, BYTES_PER_GIB
from planner.verify.facts import Broken, Facts, facts_of

#: Loads whose tangents bound the share of time that a worker which stops when idle is up.
TOUCHED_AT = (0.0, 0.25, 0.5, 1.0, 1.75, 3.0)


@dataclass(frozen=True)
class WorkerFacts:
    """What the checks use of the workers of one option; tuples are per request class.

    stay_s      cold start, time of a request and idle timeout: how long it keeps a worker up   [s]
    least_rate  requests/s for each worker that stops when idle
    """

    facts: Facts
    stay_s: tuple[float, ...]
    cold_s: float
    least_rate: float
    broken: tuple[Broken, ...]


def worker_facts(service: Service, use: HostedUse, offer: ServerlessOffer, problem: Any, catalog: Any, pools: Any, peak: float) -> WorkerFacts:
    """The workers that a plan states, judged like replicas with half of the lateness left to cold starts."""
    from planner.verify.case import Configuration

    strict = with_half_the_lateness(service)
    w = use.workers
    configuration = Configuration(w.variant, w.accelerator, 1, 1, w.engine, w.max_num_seqs)
    # Tables of safe shares speak of pooled replicas; workers do not pool, so the rule of one replica is theirs.
    facts = facts_of(strict.model_copy(update={"safe_shares": ()}), configuration, problem, catalog, pools)
    variant = next((v for v in served_variants(catalog, service.model) if v.method == w.variant), None)
    gb = stored_gb(variant)
    known = None not in (offer.cold_start_s, 0.0 if offer.by_request else offer.idle_timeout_s, gb)
    cold = cold_start_s(offer, gb, problem) if known else math.inf
    times = _times(service, facts)
    longest = max((s for s, can in zip(times or (), facts.can_serve) if can), default=0.0)
    tight = [
        0.5 * (1.0 - float(key[1:]) / 100.0)
        for limits in (service.slo.ttft_ms, service.slo.end_to_end_ms)
        for key, ms in (limits or {}).items()
        if ms < 1000.0 * (cold + longest)
    ]
    rate = math.inf
    if known and offer.by_request:
        rate = math.inf if tight else 0.0
    elif known:
        rate = least_rate(offer, cold, service.workload.dispersion_10s or 1.0, min(tight, default=1.0))
    broken = [*facts.broken, *_broken(service, offer, problem, catalog, cold, times, longest, rate, peak, facts, w.max_num_seqs)]
    stay = tuple(cold + s + (0.0 if offer.by_request else offer.idle_timeout_s or 0.0) for s in times or (0.0,) * len(facts.work_s))
    return WorkerFacts(facts, stay, cold, rate, tuple(broken))


def cold_shares(answered: Any, t: int) -> float:
    """Most of the requests of a period that meet a cold start."""
    if answered.offer.by_request:
        return 1.0 if answered.requests_per_s(t) else 0.0
    w = answered.use.workers
    stopping = w.stops_when_idle[t] + w.busy[t]
    if not stopping:
        return 0.0
    spread = answered.service.workload.dispersion_10s or 1.0
    return cold_share(answered.requests_per_s(t) / stopping, answered.offer, answered.workers.cold_s, spread)


def up_share(load: float) -> float:
    """Share of the time that a worker which stops when idle is paid for: the lowest tangent of 1 − e^−A."""
    return min(1.0 - math.exp(-m) * (1.0 + m - load) for m in TOUCHED_AT)


def _times(service: Service, facts: Facts) -> tuple[float, ...] | None:
    if facts.ttft_ms is not None and facts.tpot_ms is not None:
        classes = service.workload.classes
        return tuple(answer_ms(a, b, c.output_tokens) / 1000.0 for c, a, b in zip(classes, facts.ttft_ms, facts.tpot_ms))
    return facts.residence_s if any(facts.residence_s) else None


def _broken(service, offer, problem, catalog, cold, times, longest, rate, peak, facts, batch) -> Iterator[Broken]:
    if offer.accelerator is None:
        yield Broken("serverless_accelerated", "what its workers compute with is unknown")
    if offer.accelerated is False:
        sizes = [gb for v in served_variants(catalog, service.model) if (gb := stored_gb(v)) is not None]
        if offer.max_memory_gib is not None and (not sizes or min(sizes) * BYTES_PER_GB / BYTES_PER_GIB > offer.max_memory_gib):
            yield Broken("serverless_memory", f"the model does not fit {offer.max_memory_gib:g} GiB")
    if offer.usd_per_hour is None:
        yield Broken("serverless_price_known", f"{offer.missing_price} is unknown")
    if offer.cold_start_s is None or (offer.idle_timeout_s is None and not offer.by_request):
        yield Broken("serverless_facts_known", "cold start or idle timeout is unknown")
    size = service.request_mb
    if size is None:
        size = max(c.input_tokens for c in service.workload.classes) * problem.costs.bytes_per_token / 1e6
    if offer.max_request_mb is None or size > offer.max_request_mb:
        yield Broken("serverless_payload", f"requests of {size:g} MB; it takes {offer.max_request_mb}")
    if times is None or offer.max_processing_s is None or cold + longest > offer.max_processing_s:
        yield Broken("serverless_time", f"requests of {longest:g} s after {cold:g} s; the limit is {offer.max_processing_s} s")
    if rate > peak and (offer.kept_usd_per_hour is None or offer.by_request):
        yield Broken("serverless_cold_start", f"cold starts are rare enough from {rate:g} requests/s on, the peak is {peak:g}")
    if offer.requests_per_worker is not None and batch > offer.requests_per_worker:
        yield Broken("serverless_concurrency", f"a batch of {batch}; a worker is sent {offer.requests_per_worker} at once")
    if offer.by_request and (offer.max_concurrency is None or peak * (cold + longest) > offer.max_concurrency):
        yield Broken("serverless_concurrency", f"{peak * (cold + longest):g} requests at once; it takes {offer.max_concurrency}")
    if facts.preparation_usd > 0:
        yield Broken("serverless_prepared", "the variant has to be prepared")
    allow = service.allow
    vendor = getattr(catalog.accelerator(offer.accelerator or ""), "vendor", "unknown")
    if allow.vendors is not None and not _any(allow.vendors, vendor):
        yield Broken("worker_accelerator", f"made by {vendor}")
    named = allow.accelerators is None or _any(allow.accelerators, offer.accelerator or "")
    if not named or _any(allow.exclude_accelerators, offer.accelerator or ""):
        yield Broken("worker_accelerator", f"{offer.accelerator} is not allowed")
    if allow.tp is not None and 1 not in allow.tp:
        yield Broken("worker_accelerator", "a worker has one accelerator")
    if service.quality is not None:
        floors = service.quality.min is not None or service.quality.mean is not None
        if floors and facts.quality is None:
            yield Broken("hosted_quality", "the variant's recovery is unknown")
        elif service.quality.min is not None and facts.quality < service.quality.min:
            yield Broken("hosted_quality", f"{facts.quality:.4g} is under the floor {service.quality.min:.4g}")


def _any(patterns, name: str) -> bool:
    return any(fnmatchcase(name.casefold(), p.casefold()) for p in patterns)
