"""What a simulation says of a plan, in the plan."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from planner.plan.part import Part


class SimulatedLimit(Part):
    """One latency limit under simulated requests; None: nobody asked."""

    service: str
    metric: Literal["ttft_ms", "tpot_ms", "end_to_end_ms"]
    percentile: float
    limit_ms: float
    measured_ms: float | None = Field(description="the percentile as measured; None: not reached")
    attainment: float | None = Field(description="share of requests in time")
    lower_bound: float | None = Field(description="one-sided, 95 %")
    requests: int
    period: str | None = Field(None, description="where it is kept least; None: the plan has one period")
    lost: str | None = Field(None, description="the loss after which it is kept least; None: without any")


#: What the shares of a plan rest on: the queueing rule; tables found by simulation; the boldest shares but where a plan
#: missed; one share for all; what the final plan was seen to carry.
Basis = Literal["queueing rule", "evidence", "bold", "one share", "as carried"]


class Round(Part):
    """One plan on the way: what it costs, which limits it missed where plans are picked, and which shares were set after it."""

    usd_per_month: float
    basis: Basis | None = None
    first: bool = Field(False, description="it rests on the queueing rule alone")
    missed: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()


class Simulation(Part):
    """The plan under requests that were used neither to make it nor to pick it."""

    requests: str = Field(description="where they come from, in words")
    picked_on: str | None = Field(None, description="what the plan was picked on before, in words")
    held_where_picked: bool = Field(True, description="nothing that it was picked on refutes it")
    limits: tuple[SimulatedLimit, ...] = Field(description="of the score, played once")
    rounds: tuple[Round, ...] = Field(description="plans in order; this one, the cheapest that holds, stands last")
