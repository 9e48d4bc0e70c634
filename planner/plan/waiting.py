"""What a plan says of the worth of letting work wait."""

from __future__ import annotations

from pydantic import Field

from planner.plan.part import Part


class Waiting(Part):
    """What it saves to let work wait within its window, against a checked plan that serves it as it comes."""

    as_it_comes_usd_per_month: float | None = Field(description="cost of the plan in which nothing waits; None: there is none")
    as_it_comes_bound_usd_per_month: float | None
    saved_usd_per_month: float | None
    as_it_comes_carbon_kg_per_month: float | None = None
    saved_carbon_kg_per_month: float | None = None
    message: str = Field("", description="why there is no such plan")
