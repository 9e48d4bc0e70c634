"""Rule: variants of the model that the service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.patterns import matches_any
from planner.candidates.registry import rule
from planner.perf.from_catalog import NATIVE


@rule()
def allowed_variant(it: Judged) -> Broken | None:
    """The variant matches ``allow.variants``, where ``native`` means the model as published."""
    allowed, name = it.service.allow.variants, it.configuration.variant
    if allowed is None or matches_any(allowed, name):
        return None
    if it.variant is not None and it.variant.native and matches_any(allowed, NATIVE):
        return None
    stated = ", ".join(allowed)
    return broken("allowed_variant", name, stated, "", f"{name}; allowed: {stated}")
