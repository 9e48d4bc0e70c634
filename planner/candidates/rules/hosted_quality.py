"""Rule: a floor on quality holds for what a hosted service serves."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="hosted", unit="score")
def hosted_quality(it: JudgedHosted) -> Broken | None:
    """Where the service sets a floor, the quality is known (the model as published, or stated) and at least ``quality.min``."""
    if it.quality is None:
        return None
    if it.quality.value is None:
        return broken("hosted_quality", None, None, "score", f"what {it.name} reaches on {it.quality.benchmark} is unknown")
    floor = it.service.quality.min
    if floor is None or it.quality.value >= floor:
        return None
    text = f"{it.name} reaches {it.quality.value:.4g} on {it.quality.benchmark}; the floor is {floor:.4g}"
    return broken("hosted_quality", it.quality.value, floor, "score", text)
