"""Rule: what is charged beside machines is known where it is charged at all."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Place, broken
from planner.candidates.registry import rule
from planner.economics.charges import charges_unknown


@rule(of="pool")
def charges_known(it: Place) -> Broken | None:
    """Where ``costs`` states storage, egress, transfer or load balancing anywhere, it states it for this place too."""
    unknown = charges_unknown(it.problem.costs, it.pool)
    if not unknown:
        return None
    text = f"costs states {', '.join(unknown)} for other places but not for {it.pool.region}; 0 says that it is free"
    return broken("charges_known", None, None, "", text)
