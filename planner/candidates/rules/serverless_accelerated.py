"""Rule: what a serverless service's workers compute with is known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="serverless")
def serverless_accelerated(it: JudgedHosted) -> Broken | None:
    """The accelerators of the service, or the processors of its workers, are facts of the catalogue."""
    if it.offer.accelerator is not None:
        return None
    name = f"{it.offer.provider}:{it.offer.service}"
    text = f"{name} has no accelerators; how fast its processors run a model is unknown"
    if it.offer.accelerated is None:
        text = f"which accelerators {name} has is unknown"
    return broken("serverless_accelerated", None, None, "", text)
