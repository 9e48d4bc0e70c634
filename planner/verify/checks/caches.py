"""Response caches: at most one a service, and only one that it may have."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.measure import Seen, unless
from planner.verify.registry import check


@check("response_cache")
def response_cache(case: Case) -> Iterator[Seen]:
    """A response cache is one that the service may buy: stated, and within its floors on quality."""
    for part in case.plan.services:
        if part.cache is not None:
            yield unless(part.name not in case.caches, part.name, f"the service may not have a response cache {part.cache!r}")
