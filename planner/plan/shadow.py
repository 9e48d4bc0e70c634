"""What a plan says of the cost of shadow deployments."""

from __future__ import annotations

from pydantic import Field

from planner.plan.part import Part


class Shadow(Part):
    """What mirroring costs, against a checked plan in which nothing is mirrored; machines are shared, so no single row of the cost says it."""

    services: tuple[str, ...] = Field(description="that answer mirrored requests")
    without_usd_per_month: float | None = Field(description="cost of the plan in which nothing is mirrored; None: there is none")
    without_bound_usd_per_month: float | None
    extra_usd_per_month: float | None = Field(description="this plan's cost less that one's, averaged over the horizon")
    message: str = Field("", description="why there is no such plan")
