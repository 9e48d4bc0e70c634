"""Rule: nothing is predicted for an accelerator whose memory or bandwidth is unknown."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule()
def accelerator_facts_known(it: Judged) -> Broken | None:
    """Memory and memory bandwidth of the accelerator are known, or a throughput was measured."""
    if it.measured or it.chip is not None:
        return None
    return broken("accelerator_facts_known", None, None, "", it.chip_unknown)
