"""Rule: requests are answered within the time that a serverless service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.candidates.worker import Worker, slowest_s


@rule(of="worker", unit="s")
def serverless_time(it: Worker) -> Broken | None:
    """Cold start and the slowest class together are within the longest time of a request; all three are known."""
    limit = it.host.offer.max_processing_s
    time = slowest_s(it.judged)
    if time is None:
        return broken("serverless_time", None, limit, "s", f"how long a request takes on {it.judged.configuration} is unknown")
    slowest = it.cold_s + time
    if limit is None:
        return broken("serverless_time", slowest, None, "s", f"how long a request to {it.host.name} may take is unknown")
    if slowest <= limit:
        return None
    text = f"a request takes up to {slowest:.3g} s with its cold start; {it.host.name} ends it after {limit:g}"
    return broken("serverless_time", slowest, limit, "s", text)
