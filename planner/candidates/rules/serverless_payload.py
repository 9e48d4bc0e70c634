"""Rule: requests fit what a serverless service takes."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.candidates.worker import request_mb


@rule(of="serverless", unit="MB")
def serverless_payload(it: JudgedHosted) -> Broken | None:
    """The largest request (``request_mb``, else its tokens) is within the service's limit, which is known."""
    size, limit = request_mb(it.service, it.problem), it.offer.max_request_mb
    if limit is None:
        return broken("serverless_payload", size, None, "MB", f"the largest request that {it.name} takes is unknown")
    if size <= limit:
        return None
    return broken("serverless_payload", size, limit, "MB", f"requests of {size:g} MB; {it.name} takes {limit:g}")
