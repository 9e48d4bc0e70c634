"""Rule: where carbon counts, a hosted service whose emissions nobody states is out."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="hosted")
def hosted_emissions(it: JudgedHosted) -> Broken | None:
    """No cap on carbon, price or offset of it bears on the service: no provider states the emissions of one request."""
    if not it.carbon_counts:
        return None
    return broken("hosted_emissions", None, None, "", f"emissions of {it.name} unknown; {it.carbon_counts}")
