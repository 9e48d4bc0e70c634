"""Rule: what a serverless worker runs needs no preparation."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.candidates.worker import Worker


@rule(of="worker", unit="USD")
def serverless_prepared(it: Worker) -> Broken | None:
    """The variant can be had ready-made: work on one is planned for own replicas only."""
    usd = it.judged.preparation_usd
    if not usd:
        return None
    text = f"{it.judged.configuration.variant} has to be prepared for {usd:,.0f} USD, which is planned for own replicas only"
    return broken("serverless_prepared", usd, 0.0, "USD", text)
