"""Rule: a serverless service takes as many requests at once as come, one or few to a worker."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.candidates.worker import Worker, slowest_s


@rule(of="worker", unit="requests")
def serverless_concurrency(it: Worker) -> Broken | None:
    """A worker runs no more requests at once than the service sends it; paid by request, those at once in the busiest period fit its limit."""
    offer, limit = it.host.offer, it.judged.configuration.max_num_seqs
    if offer.requests_per_worker is not None and limit > offer.requests_per_worker:
        text = f"a batch of {limit}; {it.host.name} sends a worker {offer.requests_per_worker} at once (batch_limits)"
        return broken("serverless_concurrency", float(limit), float(offer.requests_per_worker), "requests", text)
    slowest = slowest_s(it.judged)
    if not offer.by_request or slowest is None:
        return None
    at_once = it.host.peak_per_s * (it.cold_s + slowest)
    if offer.max_concurrency is None:
        return broken("serverless_concurrency", at_once, None, "requests", f"how many requests {it.host.name} takes at once is unknown")
    if at_once <= offer.max_concurrency:
        return None
    text = f"{at_once:.3g} requests at once in the busiest period; {it.host.name} takes {offer.max_concurrency}"
    return broken("serverless_concurrency", at_once, float(offer.max_concurrency), "requests", text)
