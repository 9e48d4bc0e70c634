"""Rule: the configuration serves anything at all."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, missed
from planner.candidates.registry import rule


@rule(unit="requests/s")
def throughput(it: Judged) -> Broken | None:
    """A measured throughput is above 1e-5 requests per second for some request class."""
    return missed(it, "throughput")
