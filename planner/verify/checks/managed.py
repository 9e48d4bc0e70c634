"""Replicas on endpoints that a provider runs: who may use them, and what one request may be."""

from __future__ import annotations

from collections.abc import Iterator

from planner.perf.latency import answer_ms
from planner.units import MS_PER_SECOND
from planner.verify.case import Case
from planner.verify.measure import Seen, at_most, unless
from planner.verify.registry import check

BARE, ENDPOINT = {"real_time", "asynchronous"}, {"managed"}


@check("managed_mode")
def managed_mode(case: Case) -> Iterator[Seen]:
    """Replicas stand on bare machines or endpoints as the modes of their service allow."""
    for p in case.used:
        wanted = BARE if p.pool.endpoint is None else ENDPOINT
        yield unless(not wanted & set(p.service.modes), str(p), f"modes are {', '.join(p.service.modes)}")


@check("managed_payload")
def managed_payload(case: Case) -> Iterator[Seen]:
    """The largest request to an endpoint is within its limit, which is known."""
    for p in case.used:
        if p.pool.endpoint is not None:
            longest = max(c.input_tokens for c in p.service.workload.classes)
            size = p.service.request_mb or longest * case.problem.costs.bytes_per_token / 1e6
            yield from _within(size, p.pool.endpoint.limits_of(p.service)[1].max_request_mb, str(p), "MB")


@check("managed_time")
def managed_time(case: Case) -> Iterator[Seen]:
    """Every class that an endpoint answers is answered within the longest time of a request, which is known."""
    for p in case.used:
        if p.pool.endpoint is not None:
            facts, classes = p.facts, p.service.workload.classes
            if facts.ttft_ms is None or facts.tpot_ms is None:
                times = facts.residence_s
            else:
                times = tuple(answer_ms(a, b, c.output_tokens) / MS_PER_SECOND for c, a, b in zip(classes, facts.ttft_ms, facts.tpot_ms))
            yield unless(not any(times), str(p), "how long a request takes is unknown")
            slowest = max((time for time, can in zip(times, facts.can_serve) if can), default=0.0)
            yield from _within(slowest, p.pool.endpoint.limits_of(p.service)[1].max_processing_s, str(p), "s")


def _within(value: float, limit: float | None, where: str, unit: str) -> Iterator[Seen]:
    yield unless(limit is None, where, "the endpoint's limit is unknown")
    if limit is not None:
        yield at_most(value, limit, where, unit=unit)
