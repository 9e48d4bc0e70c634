"""Rule: the TTFT limit can be met."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, missed
from planner.candidates.registry import rule


@rule(unit="ms")
def ttft(it: Judged) -> Broken | None:
    """Some request class reaches its first token, without queueing, within nine tenths of the TTFT limit."""
    return missed(it, "ttft")
