"""Rule: numbers of pipeline stages that the service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule(unit="stages")
def allowed_pp(it: Judged) -> Broken | None:
    """The number of pipeline stages is one of ``allow.pp``; absent when the service names none."""
    allowed, pp = it.service.allow.pp, it.configuration.pp
    if allowed is None or pp in allowed:
        return None
    stated = ", ".join(map(str, allowed))
    return broken("allowed_pp", float(pp), stated, "stages", f"pp {pp}; allowed: {stated}")
