"""Problem format v1: the whole of what a user states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from planner.documents.fault_at import FaultAt
from planner.documents.places import Step, path_text
from planner.problem.adapted import Adapted
from planner.problem.base import Frozen, Name, NonNegative, Positive, PositiveCount
from planner.problem.costs import Costs
from planner.problem.defaults import default
from planner.problem.existing import Existing
from planner.problem.hosted import Managed, ProviderApi, Serverless, Vendor, Worker
from planner.problem.jobs import Job
from planner.problem.limits import Carbon, Energy, Limits
from planner.problem.mirror import check_mirrors
from planner.problem.purchase import Commitments, Financing, Offers, Owned, StartUp
from planner.problem.service import Service

SCHEMA_VERSION = 1
PERIODS_IN_CYCLE = {"single": 1, "weekday_weekend": 48, "week": 168}


class PriceChange(Frozen):
    """A factor on the prices of matching pools during a season.

    Commitments keep the price of the day they are signed (the first season's).
    """

    offers: Name = Field("*", description="pattern on provider:instance_type@region")
    on_demand: Positive = 1.0
    spot: Positive = 1.0


class Season(Frozen):
    """Some months of the horizon that are alike."""

    name: Name
    months: PositiveCount
    demand: dict[Name, NonNegative] = Field(
        default_factory=dict, description="multiplier by service name; '*' for all others"
    )
    prices: tuple[PriceChange, ...] = ()


class Horizon(Frozen):
    """How many months are planned, and how they differ."""

    months: Annotated[int, Field(ge=1, le=120)] = default("horizon.months")
    seasons: tuple[Season, ...] = Field((), description="in order; their months sum to months")

    @model_validator(mode="after")
    def _sum(self) -> Horizon:
        if self.seasons and sum(s.months for s in self.seasons) != self.months:
            total = sum(s.months for s in self.seasons)
            raise ValueError(f"the seasons hold {total} months, the horizon {self.months}")
        return self


class Periods(Frozen):
    """The cycle of demand within a month."""

    kind: Literal["single", "day", "weekday_weekend", "week"] = default("periods.kind")
    per_day: Literal[1, 2, 3, 4, 6, 8, 12, 24] = Field(24, description="periods in a day, for kind day")

    @property
    def in_cycle(self) -> int:
        """Number of periods of one cycle."""
        return self.per_day if self.kind == "day" else PERIODS_IN_CYCLE[self.kind]


class Problem(Frozen):
    """A deployment problem: services, limits, what may be bought, and the horizon."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: Name | None = None
    description: str | None = None
    catalog: Name | None = Field(None, description="edition, such as 2026-11; default: the newest")
    horizon: Horizon = Horizon()
    periods: Periods = Periods()
    services: tuple[Service, ...] = Field(min_length=1, max_length=100_000)
    limits: Limits = Limits()
    offers: Offers = Offers()
    commitments: Commitments = Commitments()
    owned: tuple[Owned, ...] = ()
    vendors: tuple[Vendor, ...] = Field((), description="policies of providers, for services that require some")
    managed: tuple[Managed, ...] = Field((), description="what is known of providers' endpoints beyond the catalogue")
    serverless: tuple[Serverless, ...] = Field((), description="what is known of serverless services beyond the catalogue")
    worker: Worker = Worker()
    apis: tuple[ProviderApi, ...] = Field((), description="what is known of provider APIs beyond the catalogue")
    start_up: StartUp = StartUp()
    energy: Energy = Energy()
    carbon: Carbon = Carbon()
    financing: Financing = Financing()
    paid_now_usd_per_month: NonNegative | None = Field(
        None, description="what is paid today for these services; a report states what the plan saves"
    )
    costs: Costs = Costs()
    existing: Existing | None = Field(None, description="what runs today; None: nothing is charged or counted for moving away from it")
    adapted: tuple[Adapted, ...] = Field((), max_length=1000, description="models made fit for a task, for services to choose from")
    jobs: tuple[Job, ...] = Field((), max_length=1000)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Problem:
        held = [*_placed(self.commitments.offers, "commitments", "offers"), *_placed(self.commitments.held, "commitments", "held")]
        for placed in (
            _placed(self.services, "services"), _placed(self.owned, "owned"), held, _placed(self.adapted, "adapted"), _placed(self.jobs, "jobs"),
            _placed(self.managed, "managed"), _placed(self.costs.platforms, "costs", "platforms"), _placed(self.costs.fixed, "costs", "fixed"),
        ):  # fmt: skip
            first: dict[str, tuple[Step, ...]] = {}
            for name, place in placed:
                if name in first:
                    text = f"the name {name!r} is that of {path_text(first[name])} too; names are unique"
                    raise FaultAt(text, place)
                first[name] = place
        return self

    @model_validator(mode="after")
    def _mirrors_are_of_services(self) -> Problem:
        check_mirrors(self)
        return self


def _placed(entries: Sequence[Any], *steps: Step) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """The name that each of ``entries`` goes by, and where it stands."""
    for index, one in enumerate(entries):
        if isinstance(one, Managed):
            yield f"{one.provider}:{one.service}", (*steps, index)
        else:
            yield one.name, (*steps, index, "name")
