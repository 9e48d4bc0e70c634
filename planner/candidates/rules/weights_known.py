"""Rule: where storing or copying weights is paid, their size is known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule(unit="GB")
def weights_known(it: Judged) -> Broken | None:
    """Where ``costs.storage`` or copies of weights are charged, the size of the variant's weights is known."""
    if not it.weights_charged or it.weights_gb is not None:
        return None
    text = f"the size of {it.service.model} as {it.configuration.variant} is unknown, and costs charges by it"
    return broken("weights_known", None, None, "GB", text)
