"""Limits over the whole fleet: money, carbon, quotas, configurations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from planner.problem.base import Count, Frozen, Name, NonNegative, PositiveCount, Share
from planner.problem.defaults import default


class Quota(Frozen):
    """At most so many instances or accelerators running at once in what the selectors match; all that are given must match."""

    name: Name | None = None
    provider: Name | None = None
    region: Name | None = Field(None, description="provider:region, region, country or EU, US, …")
    accelerator: Name | None = None
    instance_type: Name | None = None
    purchase: Literal["firm", "spot"] | None = Field(None, description="None: both together")
    max_instances: Count | None = None
    max_accelerators: Count | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Quota:
        if (self.max_instances is None) == (self.max_accelerators is None):
            raise ValueError("give exactly one of max_instances and max_accelerators")
        return self


class RegionLimit(Frozen):
    """Carbon cap of the pools in one region."""

    region: Name
    carbon_kg_per_month: NonNegative


class TeamLimit(Frozen):
    """Budget of one team's services, by the linear share of what they use."""

    team: Name
    budget_usd_per_month: NonNegative


class SiteLimit(Frozen):
    """Power of one site, over all owned pools that stand there."""

    site: Name
    power_kw: NonNegative


class Limits(Frozen):
    """Caps over everything; None is no such limit."""

    budget_usd_per_month: NonNegative | None = Field(None, description="cap on the total that is minimised")
    horizon_usd: NonNegative | None = Field(None, description="cap on the total over the horizon")
    upfront_usd: NonNegative | None = Field(None, description="cap on cash paid upfront for commitments and hardware")
    one_off_usd: NonNegative | None = Field(None, description="cap on one-off work: preparing variants, set-up, jobs that are run once")
    carbon_kg_per_month: NonNegative | None = None
    regions: tuple[RegionLimit, ...] = ()
    teams: tuple[TeamLimit, ...] = ()
    quotas: tuple[Quota, ...] = ()
    sites: tuple[SiteLimit, ...] = Field((), description="power of sites with owned hardware")
    max_configurations: PositiveCount | None = Field(None, description="over all services")
    max_changes: Count | None = Field(None, description="deployments started, stopped or resized against existing")
    shortage: Literal["forbidden", "by_priority"] = Field(
        default("limits.shortage"),
        description="by_priority: when stock is short, serve as much as possible of the first priority, then the next",
    )


class Offsets(Frozen):
    """Certificates bought for emissions."""

    usd_per_tonne: NonNegative
    share: Share = Field(1.0, description="of emissions that is offset at least")
    inside_cap: bool = Field(
        default("offsets.inside_cap"), description="limits.carbon_kg_per_month counts what is left after offsets, so more may be bought"
    )


class Contract(Frozen):
    """Electricity bought for a place by contract: what the market-based figure counts there."""

    place: Name
    g_co2e_per_kwh: NonNegative


class Carbon(Frozen):
    """How emissions are counted and priced."""

    intensity: Literal["average", "marginal"] = default("carbon.intensity")
    price_usd_per_tonne: NonNegative = default("carbon.price_usd_per_tonne")
    embodied: bool = default("carbon.embodied")
    offsets: Offsets | None = None
    contracts: tuple[Contract, ...] = Field((), description="market-based emissions are shown beside the others, never capped")
    embodied_years: Annotated[float, Field(gt=0, le=30)] = default("carbon.embodied_years")


class Energy(Frozen):
    """Power assumptions where the catalogue is silent."""

    busy_share_of_tdp: Annotated[float, Field(gt=0, le=1.5)] = default("energy.busy_share_of_tdp")
    idle_share_of_tdp: Annotated[float, Field(gt=0, le=1)] = default("energy.idle_share_of_tdp")
    host_w_per_accelerator: NonNegative = default("energy.host_w")
    pue: Annotated[float, Field(ge=1, le=5)] = default("energy.pue")
