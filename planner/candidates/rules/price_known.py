"""Rule: there is a known price at which the service may buy."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Place, broken
from planner.candidates.registry import rule


@rule(of="pool")
def price_known(it: Place) -> Broken | None:
    """The pool is owned, or its price is known on demand, by a commitment on offer or held, or as spot that is allowed."""
    pool, spot = it.pool, it.service.spot
    if pool.owned is not None or pool.on_demand is not None or it.terms_offered:
        return None
    if pool.spot is not None:
        if spot.allowed and spot.max_share > 0:
            return None
        message = f"{pool.id} is sold as spot only, which is not allowed"
        return broken("price_known", "spot", "firm", "", message)
    return broken("price_known", None, None, "", f"{pool.id} has no price under the commitments offered")
