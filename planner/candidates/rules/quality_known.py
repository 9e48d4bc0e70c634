"""Rule: a floor on quality needs a known quality."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule()
def quality_known(it: Judged) -> Broken | None:
    """Where the service sets a floor, the variant's recovery on its benchmark is known."""
    if it.quality is None or it.quality.value is not None:
        return None
    message = f"what {it.configuration.variant} keeps of {it.service.model}'s quality on {it.quality.benchmark} is unknown"
    return broken("quality_known", None, None, "", message)
