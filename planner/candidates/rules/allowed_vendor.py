"""Rule: makers of accelerators that the service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.patterns import matches_any
from planner.candidates.registry import rule


@rule()
def allowed_vendor(it: Judged) -> Broken | None:
    """The accelerator's maker is one of ``allow.vendors``; absent when the service names none."""
    allowed = it.service.allow.vendors
    if allowed is None or matches_any(allowed, it.vendor):
        return None
    message = f"made by {it.vendor}; allowed: {', '.join(allowed)}"
    return broken("allowed_vendor", it.vendor, ", ".join(allowed), "", message)
