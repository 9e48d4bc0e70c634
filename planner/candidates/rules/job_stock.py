"""Rule: there are as many instances as a job takes at once."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.jobs import JobCase
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="job", unit="instances")
def job_stock(it: JobCase) -> Broken | None:
    """The instances of a job are no more than the pool's stock, or than are owned."""
    pool = it.pool
    there = min((pool.owned_at(t) for t in range(len(pool.available))), default=0) if pool.available else pool.owned
    most = pool.stock if pool.owned is None else there
    if most is None or it.instances <= most:
        return None
    return broken("job_stock", float(it.instances), float(most), "instances", f"{it.instances} instances; {pool.id} has {most}")
