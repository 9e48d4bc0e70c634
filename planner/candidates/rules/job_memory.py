"""Rule: a job's state and activations fit each accelerator."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.jobs import JobCase
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="job", unit="GiB")
def job_memory(it: JobCase) -> Broken | None:
    """Weights, gradients and optimizer as ZeRO shares them, and a micro-batch's activations, fit nine tenths of the memory."""
    run = it.run or it.fastest
    if run is None or run.memory_gib <= run.limit_gib:
        return None
    text = f"{run.memory_gib:.1f} GiB on each of {it.instances * it.pool.accelerators} {it.pool.accelerator}; {run.limit_gib:.1f} may be filled"
    return broken("job_memory", run.memory_gib, run.limit_gib, "GiB", text)
