"""Rule: several instances need a network whose speed is known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.jobs import JobCase
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="job", unit="GB/s")
def job_network(it: JobCase) -> Broken | None:
    """More than one instance only where ``network_gb_per_s`` is stated; reading alone needs none."""
    if it.instances == 1 or not it.job.exchanges or it.job.network_gb_per_s is not None:
        return None
    text = f"{it.instances} instances exchange gradients over a network whose speed is not stated (network_gb_per_s)"
    return broken("job_network", None, None, "GB/s", text)
