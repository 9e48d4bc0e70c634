"""The format of a private overlay: a user's own prices, machines, models and measurements."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from planner.catalog.hardware import Accelerator, Model
from planner.catalog.market import Commitment, Country, Geo, Offer, Region, Spot
from planner.catalog.row import Count, Date, Kind, NotNegative, Positive, Text
from planner.catalog.usage import ApiPrice, Variant

OVERLAY_VERSION = 1
OVERLAY_SOURCE = "overlay"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class NegotiatedPrice(_Strict):
    """Prices agreed for one offer, or for every offer that a pattern (``*``, ``?``) matches.

    offer   an offer's id ``provider:instance_type@region``, or a pattern on ids
    *_usd_per_hour  replace the listed price of the whole instance; None: as listed
    """

    offer: Text
    on_demand_usd_per_hour: NotNegative | None = None
    spot_usd_per_hour: NotNegative | None = None
    reserved_1y_usd_per_hour: NotNegative | None = None
    reserved_3y_usd_per_hour: NotNegative | None = None
    stock: Annotated[int, Field(ge=0)] | None = None
    free: bool | None = None


class Discount(_Strict):
    """A share off a provider's listed prices; never taken off a price that was itself negotiated.

    share    between 0 and 1: 0.12 is twelve per cent
    prices   which of them it applies to
    offers   a pattern on offer ids, every offer of the provider by default
    """

    provider: Text
    share: Annotated[float, Field(gt=0, lt=1)]
    prices: tuple[Literal["on_demand", "spot", "reserved"], ...] = Field(("on_demand",), strict=False, min_length=1)
    offers: Text = "*"


class OwnedPool(_Strict):
    """Machines already owned: the purchase is sunk, energy and upkeep are not.

    site                  a name of one's own, or ``provider:region`` for that region's grid and PUE
    upkeep_usd_per_hour   per instance in use
    power_cap_kw          of the whole site, None: none
    power_off             unused machines are switched off and draw nothing
    """

    name: Text
    site: Text = "owned"
    country: Country | None = None
    geo: Geo | None = None
    accelerator: Text
    accelerators_per_instance: Count
    instances: Annotated[int, Field(ge=0)]
    electricity_usd_per_kwh: NotNegative
    upkeep_usd_per_hour: NotNegative = 0.0
    pue: Annotated[float, Field(ge=1, le=5)] | None = None
    g_co2e_per_kwh: NotNegative | None = None
    host_w_per_accelerator: NotNegative | None = None
    power_cap_kw: Positive | None = None
    power_off: bool = False
    private: Literal[True] = True


class _Own(BaseModel):
    """Mixed into a row of the catalogue: strict, from the overlay, dated and private unless it says more."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    source: Text = OVERLAY_SOURCE
    as_of: Date | None = Field(None, description="the overlay's date when left out")
    kind: Kind = "published"
    private: Literal[True] = True


class OwnOffer(_Own, Offer):
    """An offer that the catalogue lacks."""


class OwnRegion(_Own, Region):
    """A region that the catalogue lacks."""


class OwnAccelerator(_Own, Accelerator):
    """An accelerator that the catalogue lacks."""


class OwnModel(_Own, Model):
    """A model that the catalogue lacks, with its architecture written out."""


class OwnSpot(_Own, Spot):
    """Spot behaviour of one's own experience; replaces the catalogue's row of the same offer."""


class OwnCommitment(_Own, Commitment):
    """A commitment offered to this user."""


class OwnVariant(_Own, Variant):
    """A recovery measured by this user; replaces the catalogue's row of the same model, method and benchmark."""

    kind: Kind = "measured"


class OwnApiPrice(_Own, ApiPrice):
    """A token price of one's own; replaces the catalogue's row of the same provider and model."""


class ConfiguredModel(_Strict):
    """A model read from a Hugging Face ``config.json`` that lies beside or below the overlay."""

    name: Text
    config: Text
    params_b: Positive | None = None
    active_params_b: Positive | None = None


class Overlay(_Strict):
    """A private overlay. ``as_of`` dates every fact in it that carries no date of its own."""

    schema_version: Literal[1] = OVERLAY_VERSION
    as_of: Date
    note: str = ""
    prices: tuple[NegotiatedPrice, ...] = Field((), strict=False)
    discounts: tuple[Discount, ...] = Field((), strict=False)
    offers: tuple[OwnOffer, ...] = Field((), strict=False)
    regions: tuple[OwnRegion, ...] = Field((), strict=False)
    accelerators: tuple[OwnAccelerator, ...] = Field((), strict=False)
    models: tuple[OwnModel, ...] = Field((), strict=False)
    model_configs: tuple[ConfiguredModel, ...] = Field((), strict=False)
    spot: tuple[OwnSpot, ...] = Field((), strict=False)
    commitments: tuple[OwnCommitment, ...] = Field((), strict=False)
    variants: tuple[OwnVariant, ...] = Field((), strict=False)
    api_prices: tuple[OwnApiPrice, ...] = Field((), strict=False)
    owned: tuple[OwnedPool, ...] = Field((), strict=False)
