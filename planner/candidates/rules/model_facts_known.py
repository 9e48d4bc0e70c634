"""Rule: nothing is predicted for a model whose shape is unknown."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule()
def model_facts_known(it: Judged) -> Broken | None:
    """Size, shape and precision of what is served are known, or a throughput was measured."""
    if it.measured:
        return None
    if it.variant is None:
        name = it.configuration.variant
        message = f"the catalogue has no variant {name} of {it.service.model}, and no throughput was measured"
        return broken("model_facts_known", None, None, "", message)
    if it.variant.unknown:
        return broken("model_facts_known", None, None, "", it.variant.unknown)
    return None
