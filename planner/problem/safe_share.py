"""Shares of saturation that a simulation found, as a problem states them."""

from __future__ import annotations

from pydantic import Field, field_validator

from planner.problem.base import Frozen, Name, PositiveCount, Share


class SafeShare(Frozen):
    """Share of saturation that replicas of one configuration may carry with the latency limits kept, found by simulation."""

    variant: Name
    accelerator: Name
    tp: PositiveCount = 1
    pp: PositiveCount = 1
    max_num_seqs: PositiveCount
    levels: tuple[tuple[PositiveCount, Share], ...] = Field(
        min_length=1, max_length=64, description="replicas and the share; both rise, and the share holds up to the next level"
    )
    source: Name = Field("simulation", description="what it was found with")

    @field_validator("levels")
    @classmethod
    def _rising(cls, value: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
        if any(a[0] >= b[0] or a[1] > b[1] for a, b in zip(value, value[1:])):
            raise ValueError("levels rise in replicas, and their shares do not fall")
        if value and value[-1][1] <= 0.0:
            raise ValueError("a share of 0 at every level leaves nothing to plan with; leave the configuration out")
        return value
