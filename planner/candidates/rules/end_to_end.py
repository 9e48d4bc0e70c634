"""Rule: the end-to-end limit can be met."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, missed
from planner.candidates.registry import rule


@rule(unit="ms")
def end_to_end(it: Judged) -> Broken | None:
    """Some request class is done, without queueing, within nine tenths of the end-to-end limit."""
    return missed(it, "end_to_end")
