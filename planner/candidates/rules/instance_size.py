"""Rule: replicas fill whole instances without rest."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.economics.pools import Pool


@rule(of="size", unit="accelerators")
def instance_size(accelerators: int, pool: Pool) -> Broken | None:
    """Accelerators of a replica are a power of two that divides those of an instance.

    Then any mix of replicas whose accelerators add up to those of the instances fits on them.
    """
    if accelerators & (accelerators - 1) == 0 and pool.accelerators % accelerators == 0:
        return None
    text = f"a replica of {accelerators} accelerators; {pool.id} has {pool.accelerators} each"
    return broken("instance_size", float(accelerators), float(pool.accelerators), "accelerators", text)
