"""What is paid beside machines: storage, traffic, load balancing, licences, people, monitoring, support, fixed sums."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from planner.problem.base import Frozen, Name, NonNegative, Positive, PositiveCount
from planner.problem.defaults import default

#: A number, or the id of a row of the catalogue's costs (``planner catalog list costs``).
Figure = NonNegative | Name


class ByPlace(Frozen):
    """A charge in the places that a pattern matches; charges of all rows that match add up."""

    place: Name = Field("*", description="provider:region, region, country or EU, US, …; may hold *")


class ByOffer(Frozen):
    """A charge on the pools whose name a pattern matches; charges of all rows that match add up."""

    offers: Name = Field("*", description="pattern on provider:instance_type@region")


class StorageCost(ByPlace):
    """Keeping the weights of every variant in use, once in each region where it stands."""

    usd_per_gb_month: Figure
    versions: PositiveCount = Field(1, description="versions of the weights that are kept")


class TrafficCost(ByPlace):
    """Bytes that leave a place."""

    usd_per_gb: Figure


class BalancerCost(ByPlace):
    """A load balancer for each service in each region where it stands."""

    usd_per_hour: Figure
    usd_per_gb: Figure = Field(0.0, description="of requests and answers that pass through it")


class LicenceCost(ByOffer):
    """Software that is licensed by accelerator, paid while an instance runs."""

    usd_per_accelerator_hour: Figure


class Platform(Frozen):
    """People and other cost that come with using any of some offers at all, whatever runs there."""

    name: Name
    offers: tuple[Name, ...] = Field(("*",), min_length=1, description="patterns on provider:instance_type@region")
    people: NonNegative = Field(0.0, description="full-time people")
    usd_per_person_year: Figure | None = None
    loading: Figure = Field(1.0, description="employer's cost over base salary")
    usd_per_month: Figure = 0.0
    one_off_usd: NonNegative = Field(0.0, description="development and set-up, spread over the horizon")

    @model_validator(mode="after")
    def _paid(self) -> Platform:
        if self.people and self.usd_per_person_year is None:
            raise ValueError("people need usd_per_person_year: what they cost is unknown, not nothing")
        return self


class MonitoringCost(ByPlace):
    """Metrics and logs."""

    usd_per_instance_hour: Figure = Field(0.0, description="for each running instance")
    usd_per_million_requests: NonNegative = 0.0


class SupportCost(ByOffer):
    """A provider's support plan: a share of what is paid for instances, their starts and commitments that cover them."""

    share_of_bill: Annotated[float, Field(ge=0, le=1)] | Name


class FixedCost(Frozen):
    """A sum that is paid whatever the plan: data, development, evaluation."""

    name: Name
    kind: Literal["data", "other"] = "other"
    usd_per_month: NonNegative = 0.0
    one_off_usd: NonNegative = Field(0.0, description="spread over the horizon; counts under limits.one_off_usd")


class Costs(Frozen):
    """Charges beside machines; a kind that is absent costs nothing.

    Where a kind of storage, egress, transfer or load_balancers is stated, a pool that none of its rows matches is left
    out: its price is unknown, not nothing. State 0 for what is free.
    """

    storage: tuple[StorageCost, ...] = ()
    egress: tuple[TrafficCost, ...] = Field((), description="answers that leave for the internet")
    transfer: tuple[TrafficCost, ...] = Field(
        (), description="requests and answers of a service served outside its home; weights copied out of weights_home"
    )
    weights_home: Name | None = Field(None, description="where weights lie; other regions in use get a copy, once")
    load_balancers: tuple[BalancerCost, ...] = ()
    licences: tuple[LicenceCost, ...] = ()
    platforms: tuple[Platform, ...] = ()
    monitoring: tuple[MonitoringCost, ...] = ()
    support: tuple[SupportCost, ...] = ()
    fixed: tuple[FixedCost, ...] = ()
    bytes_per_token: Positive = Field(default("costs.bytes_per_token"), description="of text as it travels")
    without: tuple[Name, ...] = Field((), description="parts of the cost that are not counted")

    @model_validator(mode="after")
    def _each_place_once(self) -> Costs:
        for kind in ("storage", "egress", "transfer", "load_balancers"):
            places = [row.place for row in getattr(self, kind)]
            twice = sorted({place for place in places if places.count(place) > 1})
            if twice:
                raise ValueError(f"two rows of {kind} are about place {twice[0]!r}")
        return self

    @property
    def tells_pools_apart(self) -> bool:
        """Whether anything here may cost more in one place, on one instance or for one variant than another."""
        every = (
            self.storage, self.egress, self.transfer, self.load_balancers, self.licences, self.platforms, self.monitoring,
            self.support,
        )  # fmt: skip
        return any(every)


