"""Rule: cold starts are rare enough for the latency limits."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.candidates.worker import Worker


@rule(of="worker", unit="requests/s")
def serverless_cold_start(it: Worker) -> Broken | None:
    """In the busiest period one worker at least stays up often enough, or workers can be kept up at a known price.

    Half of the requests that may miss a limit may do so for a cold start; how many meet one falls with the rate. Where each
    request has a worker of its own any may meet one, so the limits must bear it.
    """
    offer = it.host.offer
    if offer.by_request:
        if it.least_rate == 0.0:
            return None
        text = f"a cold start of {it.cold_s:.3g} s breaks the latency limit, and any request may meet one"
        return broken("serverless_cold_start", it.cold_s, None, "s", text)
    if it.least_rate <= it.host.peak_per_s or offer.kept_usd_per_hour is not None:
        return None
    text = (
        f"a cold start of {it.cold_s:.3g} s breaks the latency limit, and is met too often under {it.least_rate:.3g} requests/s;"
        f" the busiest period has {it.host.peak_per_s:.3g}, and no price of a worker kept up is known"
    )
    return broken("serverless_cold_start", it.host.peak_per_s, it.least_rate, "requests/s", text)
