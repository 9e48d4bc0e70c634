"""Rule: what a service requires of whoever sees its requests holds for a hosted service."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="hosted")
def hosted_attributes(it: JudgedHosted) -> Broken | None:
    """The user states of the provider (``vendors``) every attribute that the service requires."""
    missing = sorted(set(it.service.requires) - it.attributes)
    if not missing:
        return None
    stated = ", ".join(missing)
    return broken("hosted_attributes", None, stated, "", f"{it.offer.provider} is not known to have: {stated}")
