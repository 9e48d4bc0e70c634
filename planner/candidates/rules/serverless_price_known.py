"""Rule: a serverless worker has a known price."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="serverless")
def serverless_price_known(it: JudgedHosted) -> Broken | None:
    """The price of a worker is known: of its accelerator, and of processors and memory where they are charged apart."""
    if it.offer.accelerator is None or it.offer.usd_per_hour is not None:
        return None
    text = f"{it.offer.missing_price} of {it.name} is unknown (serverless.usd_per_hour states what a worker costs)"
    return broken("serverless_price_known", None, None, "", text)
