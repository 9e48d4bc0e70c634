"""Rule: no variant under the floor on quality."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule(unit="score")
def quality_min(it: Judged) -> Broken | None:
    """Base score times recovery is at least ``quality.min``; absent when the service sets none."""
    floor = None if it.service.quality is None else it.service.quality.min
    if floor is None or it.quality is None or it.quality.value is None or it.quality.value >= floor:
        return None
    message = f"{it.configuration.variant} reaches {it.quality.value:.4g} on {it.quality.benchmark}; the floor is {floor:.4g}"
    return broken("quality_min", it.quality.value, floor, "score", message)
