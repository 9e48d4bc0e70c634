"""Rule: accelerators that the service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.patterns import matches_any
from planner.candidates.registry import rule


@rule()
def allowed_accelerator(it: Judged) -> Broken | None:
    """The accelerator matches ``allow.accelerators`` and none of ``allow.exclude_accelerators``."""
    allow, name = it.service.allow, it.configuration.accelerator
    if allow.accelerators is not None and not matches_any(allow.accelerators, name):
        stated = ", ".join(allow.accelerators)
        return broken("allowed_accelerator", name, stated, "", f"{name}; allowed: {stated}")
    if matches_any(allow.exclude_accelerators, name):
        stated = ", ".join(allow.exclude_accelerators)
        return broken("allowed_accelerator", name, f"not {stated}", "", f"{name} is excluded")
    return None
