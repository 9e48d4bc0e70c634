"""What runs today, and what moving away from it costs."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, model_validator

from planner.problem.base import Count, Frozen, Name, NonNegative, PositiveCount
from planner.problem.defaults import default


# The names of a seller, a machine, a region and a zone in one.
PoolId = Annotated[str, Field(min_length=1, max_length=1000)]


class RunningToday(Frozen):
    """Replicas of one configuration of a service in one pool, bought firm or as spot: as a plan's deployment states them."""

    service: Name
    variant: Name
    accelerator: Name
    tp: PositiveCount = 1
    pp: PositiveCount = 1
    engine: Name = "vllm"
    max_num_seqs: PositiveCount
    pool: PoolId = Field(description="provider:instance_type@region")
    purchase: Literal["firm", "spot"] = "firm"
    replicas: tuple[Count, ...] = Field(min_length=1, description="by period; a single number for all")


class Migration(Frozen):
    """What a change of what runs costs, once."""

    hours_per_change: NonNegative = Field(
        default("migration.hours_per_change"), description="of people, for each deployment started, stopped or resized"
    )
    usd_per_hour: NonNegative = Field(default("migration.usd_per_hour"), description="of people's time")
    double_running_hours: NonNegative = Field(
        default("migration.double_running_hours"), description="paid for each replica started, beside what still serves"
    )


class Existing(Frozen):
    """Deployments of today; a plan keeps, resizes or stops them, and ``limits.max_changes`` counts what it changes."""

    deployments: tuple[RunningToday, ...] = ()
    migration: Migration = Migration()

    @model_validator(mode="after")
    def _each_once(self) -> Existing:
        names = [(d.service, d.variant, d.accelerator, d.tp, d.pp, d.engine, d.max_num_seqs, d.pool, d.purchase) for d in self.deployments]
        twice = next((name for name, times in Counter(names).items() if times > 1), None)
        if twice is not None:
            raise ValueError(f"two rows are about one deployment of {twice[0]!r} in {twice[7]!r}")
        return self
