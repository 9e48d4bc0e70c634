"""Rule: an altered copy of the model is served only where the service allows such a variant."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.patterns import matches_any
from planner.candidates.registry import rule


@rule(of="api")
def api_variant(it: JudgedHosted) -> Broken | None:
    """The host serves the model as published, or says it altered it in a way that ``allow.variants`` names."""
    altered, allowed = it.offer.altered, it.service.allow.variants
    if altered is None or allowed is None or matches_any(allowed, altered):
        return None
    stated = ", ".join(allowed)
    return broken("api_variant", altered, stated, "", f"{it.name} is altered ({altered}); allowed: {stated}")
