"""What a plan says of requests that hosted options answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from planner.plan.part import Part


class HostedWorkers(Part):
    """Workers of a serverless option, per period."""

    variant: str
    accelerator: str
    max_num_seqs: int
    engine: str
    stops_when_idle: tuple[int, ...] = Field(description="1 where one worker serves that stops when nothing comes")
    up_share: tuple[float, ...] = Field(description="of the time for which that worker is paid, at most")
    busy: tuple[int, ...] = Field(description="workers that requests keep up all the time")
    kept: tuple[int, ...] = Field(description="workers kept up at their own price (provisioned)")
    cold_share: tuple[float, ...] = Field(description="of the requests sent there that may meet a cold start, at most")


class HostedUse(Part):
    """Requests of a service that a hosted option answers: nothing of it runs on instances of the plan."""

    mode: Literal["serverless", "provider_api", "batch", "provisioned"]
    name: str = Field(description="such as provider:model of a provider API")
    provider: str
    rate_per_s: dict[str, tuple[float, ...]] = Field(description="by request class, per period")
    usd_per_month: float
    units: int | None = Field(None, description="of provisioned throughput, all month, used or not")
    workers: HostedWorkers | None = Field(None, description="of a serverless option")
