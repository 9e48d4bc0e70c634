"""Rule: the model and one request fit the memory."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, missed
from planner.candidates.registry import rule


@rule(unit="GiB")
def memory(it: Judged) -> Broken | None:
    """Weights, activations, runtime and the cache of one longest request fit the usable memory of each chip."""
    return missed(it, "memory")
