"""Rule: what a job rents has a known price."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.jobs import JobCase
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="job")
def job_price(it: JobCase) -> Broken | None:
    """The pool is owned, or sold on demand, or as spot where the job runs on spot."""
    pool = it.pool
    if pool.owned is not None or (pool.on_demand if it.firm else pool.spot) is not None:
        return None
    return broken("job_price", None, None, "", f"{pool.id} has no price {'on demand' if it.firm else 'as spot'}")
