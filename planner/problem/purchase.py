"""How capacity may be bought: commitments offered and held, owned hardware, own price rows, start-up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from planner.problem.base import Count, Frozen, Name, NonNegative, Positive, PositiveCount, Share
from planner.problem.costs import Figure
from planner.problem.defaults import default


class Scope(Frozen):
    """What a commitment covers; all selectors that are given must match. Patterns may hold ``*``."""

    provider: Name | None = None
    region: Name | None = None
    accelerator: Name | None = Field(None, description="the family: instances of any size with this accelerator")
    instance_type: Name | None = None


class CommitmentOffer(Frozen):
    """A commitment that may be bought: counted in instances, or in USD per hour of spend."""

    name: Name
    scope: Scope
    measure: Literal["instances", "accelerators", "spend"] = Field(
        description="instances of one pool; accelerators of a family, any size; USD per hour of covered price"
    )
    term_months: PositiveCount
    discount: Share | None = Field(None, description="off the on-demand price of what is covered")
    usd_per_hour: Positive | None = Field(None, description="price of one unit, instead of a discount")
    beyond: Literal["on_demand", "discounted"] = Field(
        "on_demand",
        description="spend above the commitment: at on-demand price (savings plan) or still discounted (minimum spend)",
    )
    upfront_share: Share = Field(0.0, description="share of the term's price paid on day one")
    min_units: Positive | None = Field(None, description="smallest amount sold; spend that stays discounted needs one")
    max_units: NonNegative | None = Field(None, description="instances, accelerators or USD per hour")

    @model_validator(mode="after")
    def _price(self) -> CommitmentOffer:
        if (self.discount is None) == (self.usd_per_hour is None):
            raise ValueError("give exactly one of discount and usd_per_hour")
        if self.measure == "spend" and self.discount is None:
            raise ValueError("a spend commitment needs a discount")
        if self.beyond == "discounted" and (self.measure != "spend" or self.min_units is None):
            raise ValueError("beyond: discounted is for a spend commitment with min_units")
        if None not in (self.min_units, self.max_units) and self.min_units > self.max_units:
            raise ValueError(f"min_units {self.min_units:g} is above max_units {self.max_units:g}")
        return self


class HeldCommitment(Frozen):
    """A commitment already held: sunk, used first at zero marginal price until full or expired."""

    name: Name
    scope: Scope
    measure: Literal["instances", "accelerators", "spend"]
    amount: NonNegative = Field(description="instances, accelerators, or USD per hour of covered price")
    discount: Share = Field(0.0, description="for spend: off the on-demand price of what is covered")
    usd_per_month: NonNegative = Field(0.0, description="what is paid for it in any case; shown, never decided")
    start_month: Count = Field(0, description="first month of the horizon in which it runs, counted from 0")
    end_month: Count | None = Field(None, description="first month in which it no longer runs; None: beyond the horizon")

    @model_validator(mode="after")
    def _window(self) -> HeldCommitment:
        if self.end_month is not None and self.end_month <= self.start_month:
            raise ValueError("end_month must come after start_month")
        return self

    @model_validator(mode="after")
    def _whole(self) -> HeldCommitment:
        if self.measure != "spend" and self.amount != int(self.amount):
            raise ValueError(f"amount {self.amount:g} of {self.measure} is no whole number; only spend may be any amount")
        return self


class Commitments(Frozen):
    """Which commitments may be bought, and which are held."""

    offered: bool = Field(default("commitments.offered"), description="use the catalogue's reserved prices")
    max_term_months: PositiveCount | None = Field(None, description="no longer terms than this")
    allow_beyond_horizon: bool = default("commitments.allow_beyond_horizon")
    offers: tuple[CommitmentOffer, ...] = ()
    held: tuple[HeldCommitment, ...] = ()


class Financing(Frozen):
    """Cost of money for what is paid before it is used."""

    annual_rate: Annotated[float, Field(ge=0, le=1)] = default("financing.annual_rate")


class Buy(Frozen):
    """Instances that may be bought beside those owned: a decision, with its capital and the space it needs."""

    max_instances: PositiveCount
    usd_per_accelerator: Figure = Field(0.0, description="price of a card; with usd_per_instance the price of an instance")
    usd_per_instance: NonNegative = Field(0.0, description="chassis, network, installation")
    life_years: Annotated[float, Field(gt=0, le=30)] = Field(
        default("buy.life_years"), description="capital is spread over it; within a longer horizon it is bought again"
    )
    salvage_share: Share = Field(default("buy.salvage_share"), description="of the price, got back at the end of its life")
    usd_per_kw_month: Figure = Field(0.0, description="space and power feed, for the most that an instance draws")
    delivery_month: Count = Field(0, description="first month in which it runs and is paid for, counted from 0")

    @model_validator(mode="after")
    def _priced(self) -> Buy:
        if self.usd_per_accelerator == 0 and self.usd_per_instance == 0:
            raise ValueError("give usd_per_accelerator or usd_per_instance: an unknown price is not a price of 0")
        return self


class Partner(Frozen):
    """Capacity that partners share: ours in some hours of the day, against a contribution once it is used at all."""

    hours_utc: tuple[Annotated[int, Field(ge=0, le=23)], ...] = Field(
        tuple(range(24)), min_length=1, description="hours of the day in which it is ours; a period counts if all its hours are"
    )
    usd_per_month: NonNegative


class Owned(Frozen):
    """Hardware already owned, whose purchase is sunk, or that may be bought; energy and upkeep are paid in any case."""

    name: Name
    site: Name = Field("owned", description="region name; provider:region of the catalogue gives its grid and PUE")
    country: Name | None = None
    geo: Name | None = None
    accelerator: Name
    accelerators_per_instance: PositiveCount
    instances: Count
    electricity_usd_per_kwh: NonNegative
    upkeep_usd_per_hour: NonNegative = Field(0.0, description="per instance in use: hands, parts, space")
    pue: Annotated[float, Field(ge=1, le=5)] | None = None
    g_co2e_per_kwh: NonNegative | None = None
    host_w_per_accelerator: NonNegative | None = None
    power_cap_kw: Positive | None = None
    power_off: bool = Field(False, description="unused instances are switched off and draw nothing")
    buy: Buy | None = Field(None, description="more of them may be bought; absent: only those owned")
    partner: Partner | None = Field(None, description="it is shared with partners; absent: it is ours alone")

    @model_validator(mode="after")
    def _bought_is_switched_off(self) -> Owned:
        if self.buy is not None and not self.power_off:
            raise ValueError("buy needs power_off: true; instances that are bought and left on unused are not planned")
        if self.partner is not None and (self.buy is not None or not self.power_off):
            raise ValueError("partner needs power_off: true (what others use is theirs to pay) and no buy")
        return self


class OwnOffer(Frozen):
    """A price row of the user's own: a new pool, or other prices for a pool of the catalogue."""

    provider: Name
    region: Name
    instance_type: Name
    accelerator: Name
    accelerators_per_instance: PositiveCount
    on_demand_usd_per_hour: NonNegative | None = None
    spot_usd_per_hour: NonNegative | None = None
    reserved_1y_usd_per_hour: NonNegative | None = None
    reserved_3y_usd_per_hour: NonNegative | None = None
    spot_availability: Annotated[float, Field(gt=0, le=1)] | None = None
    spot_interruptions_per_month: NonNegative | None = None
    zone: Name | None = None
    memory_gib: Positive | None = Field(None, description="of its host")
    stock: Count | None = Field(None, description="instances obtainable at once; None: assumed obtainable")
    free: bool = Field(False, description="says that a price of 0 is meant")
    source: Name = "user"
    as_of: Name = "stated in the problem"

    @property
    def id(self) -> str:
        """``provider:instance_type@region``, and ``/zone`` where one is stated: as the catalogue names its offers."""
        place = self.region if self.zone is None else f"{self.region}/{self.zone}"
        return f"{self.provider}:{self.instance_type}@{place}"


class OwnAccelerator(Frozen):
    """An accelerator the catalogue lacks; unknown facts stay unknown."""

    name: Name
    vendor: Name = "unknown"
    memory_gib: Positive | None = None
    memory_bandwidth_gb_per_s: Positive | None = None
    fp16_tflops: Positive | None = None
    bf16_tflops: Positive | None = None
    fp8_tflops: Positive | None = None
    int8_tops: Positive | None = None
    tdp_w: Positive | None = None
    idle_w: NonNegative | None = None
    processor: bool = Field(False, description="a host's processors, no card: the widest band of predictions")


class Offers(Frozen):
    """Which pools of the catalogue are considered, and pools of the user's own."""

    catalog: bool = Field(True, description="false: only the pools listed here and owned ones")
    only: tuple[Name, ...] | None = Field(None, description="patterns on provider:instance_type@region")
    exclude: tuple[Name, ...] = ()
    own: tuple[OwnOffer, ...] = ()
    accelerators: tuple[OwnAccelerator, ...] = ()


class StartUp(Frozen):
    """What a start costs: the hours an instance is paid before it serves."""

    hours: NonNegative = default("start_up.hours")
    spot_restart_hours: NonNegative = default("spot.restart_hours")
