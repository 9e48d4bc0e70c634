"""Serverless workers that a service may be sent to: every service with a price, every variant on it, judged by every rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from planner.candidates.apis import emissions_count, longest_request
from planner.candidates.candidate import Broken
from planner.candidates.hosted import Hosted, HostedRejection, JudgedHosted, Workers
from planner.candidates.judged import Judged, Quality
from planner.candidates.registry import rules_of
from planner.candidates.worker import Worker, slowest_s, times_s
from planner.economics.api import attributes_of
from planner.economics.serverless import ServerlessOffer, cold_start_s, least_rate, moved_bytes, request_usd, serverless_offers
from planner.perf.stored import stored_gb
from planner.problem.hosted import with_half_the_lateness
from planner.problem.service import Service
from planner.units import MS_PER_SECOND

SERVERLESS = "serverless"
#: Judges a service's workers on an accelerator: one for each variant and batch limit to be considered.
JudgeWorkers = Callable[[Service, str], Iterator[Judged]]


def serverless_options(
    service: Service, problem, catalog, peak_per_s: float, variants, judge: JudgeWorkers
) -> tuple[tuple[Hosted, ...], tuple[HostedRejection, ...]]:
    """(options, rejections), sorted by name.

    variants    of the service's model that it allows
    judge       makes and judges the replicas that workers are, for the service with half the lateness
    """
    if SERVERLESS not in service.modes:
        return (), ()
    sizes = [gb for variant in variants if (gb := stored_gb(variant)) is not None]
    kept, rejected = [], []
    for offer in serverless_offers(problem, catalog):
        host = JudgedHosted(
            service=service, problem=problem, mode=SERVERLESS, offer=offer, quality=None,
            carbon_counts=emissions_count(service, problem), longest=longest_request(service), edition=catalog.edition,
            attributes=attributes_of(problem, offer.provider), smallest_gb=min(sizes, default=None), peak_per_s=peak_per_s,
        )  # fmt: skip
        broken = tuple(b for of in ("hosted", "serverless") for r in rules_of(of) if (b := r.check(host)) is not None)
        if broken:
            rejected.append(HostedRejection(service.name, SERVERLESS, offer.id, broken))
            continue
        for found in _by_variant(host, judge):
            (kept if isinstance(found, Hosted) else rejected).append(found)
    return tuple(kept), tuple(rejected)


def _by_variant(host: JudgedHosted, judge: JudgeWorkers) -> Iterator[Hosted | HostedRejection]:
    """For each variant the worker with the batch limit that asks for the least work, or why there is none."""
    strict = with_half_the_lateness(host.service)
    best: dict[str, tuple[float, Hosted]] = {}
    refused: dict[str, tuple[int, HostedRejection]] = {}
    for judged in judge(strict, host.offer.accelerator):
        variant = judged.configuration.variant
        name = f"{host.offer.id} {variant}"
        worker = _worker(host, judged)
        broken = _broken(worker)
        if broken:
            rejection = HostedRejection(host.service.name, SERVERLESS, name, broken)
            if variant not in refused or len(broken) < refused[variant][0]:
                refused[variant] = len(broken), rejection
            continue
        option = _option(worker, name)
        classes = host.service.workload.classes
        work = sum(c.share * w for c, w, can in zip(classes, option.workers.work_s, option.workers.can_serve) if can)
        if variant not in best or work < best[variant][0]:
            best[variant] = work, option
    for variant in sorted({*best, *refused}):
        yield best[variant][1] if variant in best else refused[variant][1]


def _worker(host: JudgedHosted, judged: Judged) -> Worker:
    gb = stored_gb(judged.variant)
    cold = float("inf") if gb is None else cold_start_s(host.offer, gb, host.problem)
    service = host.service
    limits = [
        (float(key[1:]), ms)
        for values in (service.slo.ttft_ms, service.slo.end_to_end_ms)
        for key, ms in (values or {}).items()
        if ms < MS_PER_SECOND * (cold + (slowest_s(judged) or 0.0))
    ]
    # Half of those that may be late are left to cold starts.
    allowed = min((0.5 * (1.0 - percentile / 100.0) for percentile, _ in limits), default=1.0)
    if gb is None:
        return Worker(host, judged, cold, 0.0)
    if host.offer.by_request:  # any request may be the first of its worker
        return Worker(host, judged, cold, 0.0 if allowed >= 1.0 else float("inf"))
    return Worker(host, judged, cold, least_rate(host.offer, cold, service.workload.dispersion_10s or 1.0, allowed))


def _broken(worker: Worker) -> tuple[Broken, ...]:
    wrong = [b for r in rules_of("replica") if (b := r.check(worker.judged)) is not None]
    return (*wrong, *(b for r in rules_of("worker") if (b := r.check(worker)) is not None))


def _option(worker: Worker, name: str) -> Hosted:
    host, found = worker.host, worker.judged.assessment
    offer: ServerlessOffer = host.offer
    quality = worker.judged.quality
    asked = host.service.quality is not None and (host.service.quality.min is not None or host.service.quality.mean is not None)
    capacity = found.kv_capacity_tokens
    times = times_s(worker.judged)
    priced = host.offer.by_request
    return Hosted(
        service=host.service.name,
        mode=SERVERLESS,
        name=name,
        usd_per_request=tuple(
            request_usd(offer, worker.cold_s + time, moved_bytes(host.service, c, host.problem)) if priced else 0.0
            for c, time in zip(host.service.workload.classes, times)
        ),
        tokens=tuple(c.input_tokens + c.output_tokens for c in host.service.workload.classes),
        quality=quality.value if asked and isinstance(quality, Quality) else None,
        offer=offer,
        assumptions=(
            *(("a cold start is paid with every request",) if priced else ()),
            "performance of a worker as of a replica of its own, workers not pooled",
            f"a worker starts within {worker.cold_s:.3g} s: {offer.cold_start_s:g} s and its weights",
        ),
        workers=Workers(
            configuration=worker.judged.configuration,
            can_serve=found.can_serve,
            work_s=tuple(w if can else 0.0 for w, can in zip(found.work_s, found.can_serve)),
            stay_s=tuple(worker.cold_s + time + (0.0 if priced else offer.idle_timeout_s) for time in times),
            cache=tuple(r * k / capacity if capacity else 0.0 for r, k in zip(found.residence_s, found.kv_tokens)),
            share=max(share for count, share in found.levels if count <= 1),
            cold_s=worker.cold_s,
            least_rate=worker.least_rate,
            kept=offer.kept_usd_per_hour is not None and not priced,
            by_request=priced,
        ),
    )


def as_worker(judged: Judged) -> Judged:
    """A replica judged as a worker: no pool of the problem has to offer its accelerator."""
    return replace(judged, offered=True)
