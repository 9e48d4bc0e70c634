"""Rule: under a cap on one-off work, the work on a variant is known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule(unit="USD")
def preparation_known(it: Judged) -> Broken | None:
    """Where ``limits.one_off_usd`` is set, the cost of preparing the variant is known."""
    if it.one_off_cap is None or it.variant is None or it.preparation_usd is not None:
        return None
    message = f"the cost of preparing {it.configuration.variant} is unknown, and limits.one_off_usd caps such costs"
    return broken("preparation_known", None, it.one_off_cap, "USD", message)
