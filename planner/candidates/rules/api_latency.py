"""Rule: a latency limit is met by a provider API only where its latency is known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.economics.api import known_at


@rule(of="api", unit="ms")
def api_latency(it: JudgedHosted) -> Broken | None:
    """For every latency limit a figure at its percentile or a higher one is known (``apis`` states it) and within it.

    Nothing is asked of the TPOT of answers of one token. No catalogue states latencies of APIs: without the user's figure only services without latency limits are sent there.
    """
    for name in ("ttft_ms", *(("tpot_ms",) if any(c.output_tokens > 1 for c in it.service.workload.classes) else ()), "end_to_end_ms"):
        for key, limit in sorted((getattr(it.service.slo, name) or {}).items()):
            reached = known_at(getattr(it.offer, name), float(key[1:]))
            if reached is None:
                return broken("api_latency", None, limit, "ms", f"{name} of {it.name} at {key} is unknown; the limit is {limit:g} ms")
            if reached > limit:
                return broken("api_latency", reached, limit, "ms", f"{name} of {it.name} at {key} is {reached:g} ms; the limit is {limit:g}")
    return None
