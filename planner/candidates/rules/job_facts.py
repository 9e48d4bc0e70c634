"""Rule: nothing is worked out from unknown facts."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.jobs import JobCase
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="job")
def job_facts(it: JobCase) -> Broken | None:
    """Shape of the model (and of its teacher), 16-bit rate and memory of the accelerator are known."""
    return broken("job_facts", None, None, "", it.unknown) if it.unknown else None
