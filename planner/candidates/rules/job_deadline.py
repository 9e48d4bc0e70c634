"""Rule: a job is done in time."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.jobs import JobCase
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="job", unit="h")
def job_deadline(it: JobCase) -> Broken | None:
    """From its start to its end, with restarts and with what is not there, a run takes no longer than ``deadline_hours``."""
    run, least = (it.fastest, "at least ") if it.run is None else (it.run, "")
    if run is None or run.wall_hours <= it.job.deadline_hours:
        return None
    text = f"{least}{run.wall_hours:,.0f} h on {it.instances} × {it.pool.id}; {it.job.deadline_hours:,.0f} h are given"
    return broken("job_deadline", run.wall_hours, it.job.deadline_hours, "h", text)
