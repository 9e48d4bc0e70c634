"""Rule: a provider API is sold through the whole horizon."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.economics.api import retired_by


@rule(of="api")
def api_sold(it: JudgedHosted) -> Broken | None:
    """The provider has announced no end of sale before the horizon, counted from the month of the catalogue, ends."""
    months = it.problem.horizon.months
    if not retired_by(it.offer.retires_on, it.edition, months):
        return None
    text = f"{it.name} ends on {it.offer.retires_on}; the horizon is {months} months from {it.edition} on"
    return broken("api_sold", it.offer.retires_on, f"{months} months from {it.edition}", "", text)
