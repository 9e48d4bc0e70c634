"""Rule: the memory that adapters take is known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, missed
from planner.candidates.registry import rule


@rule()
def adapters_known(it: Judged) -> Broken | None:
    """Where adapters are kept loaded, the shape of the model says what they take: dense layers, all alike."""
    return missed(it, "adapters_known")
