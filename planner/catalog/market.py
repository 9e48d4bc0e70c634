"""What is sold and where: offers, regions and their grids, spot behaviour, commitments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator


from planner.catalog.row import Count, CountOrZero, Date, Kind, Names, NotNegative, Pairs, Positive, Row, Share, Text

GEOS = ("EU", "EFTA", "UK", "US", "Canada", "LATAM", "APAC", "China", "MiddleEast", "Africa")
Geo = Literal["EU", "EFTA", "UK", "US", "Canada", "LATAM", "APAC", "China", "MiddleEast", "Africa"]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Offer(Row):
    """An instance type that a provider sells in a region, with its prices.

    accelerators_per_instance  below 1 for a slice of an accelerator
    memory_gib                 of the host
    *_usd_per_hour             for the whole instance; None: not sold that way, or not known
    spot_kind, spot_as_of      how and when the spot price is known, where it differs from the row
    reserved_kind              how the reserved prices are known, where it differs from the row
    stock                      instances that can be had; None: unknown
    free                       the only way to have a price of 0
    """

    provider: Text
    region: Text
    zone: str | None = None
    instance_type: Text
    accelerator: Text
    accelerators_per_instance: Positive
    vcpus: Positive | None = None
    memory_gib: Positive | None = None
    on_demand_usd_per_hour: NotNegative | None = None
    spot_usd_per_hour: NotNegative | None = None
    reserved_1y_usd_per_hour: NotNegative | None = None
    reserved_3y_usd_per_hour: NotNegative | None = None
    spot_kind: Kind | None = None
    spot_as_of: Date | None = None
    reserved_kind: Kind | None = None
    stock: CountOrZero | None = None
    free: bool = False
    attributes: Pairs = ()

    @property
    def id(self) -> str:
        """``provider:instance_type@region``, and ``/zone`` where one is stated: regions may name zones alike."""
        place = self.region if self.zone is None else f"{self.region}/{self.zone}"
        return f"{self.provider}:{self.instance_type}@{place}"

    @property
    def region_id(self) -> str:
        return f"{self.provider}:{self.region}"

    @property
    def prices(self) -> dict[str, float]:
        """The known prices in USD per instance-hour, by field name."""
        found = ((name, getattr(self, name)) for name in PRICE_FIELDS)
        return {name: price for name, price in found if price is not None}

    @model_validator(mode="after")
    def _priced(self) -> Offer:
        if not self.free and any(price == 0 for price in self.prices.values()):
            raise ValueError("a price of 0 needs free: true; an unknown price is left blank")
        return self


PRICE_FIELDS = (
    "on_demand_usd_per_hour",
    "spot_usd_per_hour",
    "reserved_1y_usd_per_hour",
    "reserved_3y_usd_per_hour",
)


class Region(Row):
    """A provider's region: where it is, and what its electricity and cooling cost the climate.

    country   ISO 3166 code of two letters; None: the seller does not say
    geo       EU holds only members of the European Union: GB is UK, CH and NO are EFTA
    carbon_*  location-based grid intensity, annual mean, g CO2e per kWh
    pue       energy of the site over energy of its machines
    wue_l_per_kwh  litres of water per kWh of the machines
    """

    provider: Text
    region: Text
    location: str | None = None
    country: Country | None = None
    geo: Geo | None = None
    grid_zone: str | None = None
    carbon_average_g_co2e_per_kwh: NotNegative | None = None
    carbon_marginal_g_co2e_per_kwh: NotNegative | None = None
    carbon_year: Count | None = None
    pue: Annotated[float, Field(ge=1)] | None = None
    wue_l_per_kwh: NotNegative | None = None

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.region}"


class RegionHour(Row):
    """Carbon of a grid in one hour of the day (UTC) over its annual mean."""

    grid_zone: Text
    hour_utc: Annotated[int, Field(ge=0, le=23)]
    ratio_to_annual_mean: Positive

    @property
    def id(self) -> str:
        return f"{self.grid_zone}#{self.hour_utc:02d}"


class Spot(Row):
    """How often spot capacity is taken back.

    Without region and instance type, the row is the provider's general rule.

    interruptions_per_month  expected reclaims of one running instance in 730 h
    saving                   share of the on-demand price not paid
    availability             share of time that an instance can be had
    notice_s                 warning before the instance stops
    """

    provider: Text
    region: str | None = None
    instance_type: str | None = None
    interruption_band: str | None = None
    interruptions_per_month: NotNegative | None = None
    saving: Share | None = None
    availability: Share | None = None
    notice_s: NotNegative | None = None

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.instance_type or '*'}@{self.region or '*'}"


class Commitment(Row):
    """A discount for promising to pay for a term.

    scope       pool (one instance type in a region), family (instance types alike, in a region),
                region (anything covered in a region), provider (anything covered, anywhere)
    measure     instances: so many run or are paid; spend: so many USD per hour of covered use
    payment     none, partial or all of the term's price at its start; upfront_share says how much
    discount    off the on-demand price; low and high are the range seen
    applies_to  patterns (``*`` and ``?``) on instance types, or names of accelerators
    flexible    the commitment may move between sizes (family) or anything covered (provider)
    """

    provider: Text
    product: Text
    term_months: Count
    payment: Literal["none", "partial", "all"]
    upfront_share: Share
    scope: Literal["pool", "family", "region", "provider"]
    measure: Literal["instances", "spend"]
    discount: Share
    discount_low: Share | None = None
    discount_high: Share | None = None
    applies_to: Names
    flexible: bool = False
    flexibility: str = ""

    @property
    def id(self) -> str:
        covered = ",".join(self.applies_to)
        return f"{self.provider}:{self.product}:{self.term_months}m:{self.payment}:{covered}"

    @property
    def term_hours(self) -> float:
        """Hours in the term, at 730 h a month."""
        return 730.0 * self.term_months
