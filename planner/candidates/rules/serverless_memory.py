"""Rule: the model fits the memory of a serverless service without accelerators."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.units import BYTES_PER_GB, BYTES_PER_GIB


@rule(of="serverless", unit="GiB")
def serverless_memory(it: JudgedHosted) -> Broken | None:
    """Weights of the smallest variant allowed fit the service's memory; where accelerators hold them the rule ``memory`` judges."""
    limit = it.offer.max_memory_gib
    if it.offer.accelerated is not False or limit is None:
        return None
    if it.smallest_gb is None:
        return broken("serverless_memory", None, limit, "GiB", f"the size of {it.service.model} is unknown; {it.name} has {limit:g} GiB")
    gib = it.smallest_gb * BYTES_PER_GB / BYTES_PER_GIB
    if gib <= limit:
        return None
    text = f"{it.service.model} takes {gib:.1f} GiB at the least; {it.offer.provider}:{it.offer.service} has {limit:g}"
    return broken("serverless_memory", gib, limit, "GiB", text)
