"""Rule: requests are answered within the time that an endpoint allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule
from planner.candidates.worker import slowest_s
from planner.economics.pools import Pool


@rule(of="placed", unit="s")
def managed_time(it: Judged, pool: Pool) -> Broken | None:
    """The slowest class is answered at the full batch within the longest time of a request; both are known."""
    if pool.endpoint is None:
        return None
    way, limits = pool.endpoint.limits_of(it.service)
    limit, slowest = limits.max_processing_s, slowest_s(it)
    if slowest is None:
        return broken("managed_time", None, limit, "s", f"how long a request takes on {it.configuration} is unknown")
    if limit is None:
        return broken("managed_time", slowest, None, "s", f"how long a {way} request to {pool.endpoint.name} may take is unknown")
    if slowest <= limit:
        return None
    text = f"a request takes up to {slowest:.3g} s; {pool.endpoint.name} ends it after {limit:g} ({way})"
    return broken("managed_time", slowest, limit, "s", text)
