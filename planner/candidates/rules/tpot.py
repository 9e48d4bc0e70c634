"""Rule: the TPOT limit can be met."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, missed
from planner.candidates.registry import rule


@rule(unit="ms")
def tpot(it: Judged) -> Broken | None:
    """Some request class keeps the TPOT limit with the full batch running."""
    return missed(it, "tpot")
