"""Rule: requests fit what an endpoint takes."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Place, broken
from planner.candidates.registry import rule
from planner.candidates.worker import request_mb


@rule(of="pool", unit="MB")
def managed_payload(it: Place) -> Broken | None:
    """The largest request (``request_mb``, else its tokens) is within the endpoint's limit for the way it is asked, which is known."""
    endpoint = it.pool.endpoint
    if endpoint is None:
        return None
    way, limits = endpoint.limits_of(it.service)
    size, limit = request_mb(it.service, it.problem), limits.max_request_mb
    if limit is None:
        return broken("managed_payload", size, None, "MB", f"the largest {way} request that {endpoint.name} takes is unknown")
    if size <= limit:
        return None
    return broken("managed_payload", size, limit, "MB", f"requests of {size:g} MB; {endpoint.name} takes {limit:g} ({way})")
