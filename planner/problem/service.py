"""What a service asks for: its model, its workload, its limits on latency and quality, what it may use."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from planner.problem.adapted import Alternative
from planner.problem.base import Count, Frozen, Name, NonNegative, Positive, PositiveCount, Share
from planner.problem.caches import Cache
from planner.problem.defaults import default
from planner.problem.safe_share import SafeShare
from planner.problem.hosted import Mode, Substitute, check_modes
from planner.problem.mirror import Mirror
from planner.problem.serves import Serves

SHARE_TOLERANCE = 1e-9
PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,3})?)")


class RequestClass(Frozen):
    """Requests of about one length: a cell of the joint length histogram."""

    name: Name | None = Field(None, description="defaults to c1, c2, … in the order given")
    input_tokens: Positive = Field(description="mean prompt tokens of the class")
    output_tokens: Positive = Field(description="mean generated tokens of the class")
    share: Share = Field(description="share of the service's requests; the shares sum to 1")


class Workload(Frozen):
    """Demand: a rate per period and a joint length histogram, inline or from a file beside the problem."""

    rate_per_s: NonNegative | tuple[NonNegative, ...] | None = Field(
        None, description="mean requests per second: one number, or one per period of the cycle in order"
    )
    hourly_shape: tuple[NonNegative, ...] | None = Field(None, description="24 relative rates, by local hour; scaled so that their mean is 1")
    weekend_factor: NonNegative | None = Field(
        None, description="rate on weekend days against weekdays, for periods that tell them apart"
    )
    classes: tuple[RequestClass, ...] | None = Field(None, min_length=1, max_length=1000)
    trace: Name | None = Field(
        None, description="CSV t_seconds,input_tokens,output_tokens (gz allowed) beside the problem"
    )
    summary: Name | None = Field(None, description="JSON summary with rates and joint_histogram beside the problem")
    mirrors: Mirror | None = Field(None, description="a share of another service's requests, instead of demand of its own (shadow deployment)")
    serves: Serves | None = Field(None, description="other services whose requests its replicas may answer, instead of demand of its own (serving group)")
    scale: NonNegative = Field(1.0, description="multiplies every rate; 0: no demand")
    headroom: Annotated[float, Field(ge=1, le=100)] = Field(
        default("workload.headroom"), description="stated safety factor on every rate"
    )
    utc_offset_hours: Annotated[float, Field(ge=-12, le=14)] = Field(
        default("workload.utc_offset_hours"), description="local time of the shape is UTC plus this"
    )
    dispersion_10s: Positive | None = Field(
        None, description="index of dispersion of arrivals over 10 s; measured from a trace when one is given"
    )
    max_classes: Annotated[int, Field(ge=1, le=200)] = Field(
        default("workload.max_classes"), description="length classes made from a trace or summary"
    )
    prefix_hit: Annotated[float, Field(ge=0, lt=1)] = Field(
        default("workload.prefix_hit"), description="share of input tokens found in the engine's prefix cache"
    )

    @model_validator(mode="after")
    def _sources_agree(self) -> Workload:
        if self.trace and self.summary:
            raise ValueError("give either trace or summary, not both")
        if self.mirrors is not None and (self.trace or self.summary):
            raise ValueError("what mirrors another service has its demand; leave trace and summary out")
        if not (self.trace or self.summary or self.mirrors or self.serves):
            if self.classes is None:
                raise ValueError("request classes are missing: give classes, trace or summary")
            if self.rate_per_s is None:
                raise ValueError("rate_per_s is missing: give rate_per_s, trace or summary")
        if self.classes is not None:
            total = sum(c.share for c in self.classes)
            if abs(total - 1.0) > SHARE_TOLERANCE:
                raise ValueError(f"shares of the classes sum to {total!r}; they must sum to 1")
        if self.hourly_shape is not None and (len(self.hourly_shape) != 24 or sum(self.hourly_shape) <= 0):
            raise ValueError("hourly_shape needs 24 numbers, not all zero")
        if self.hourly_shape is not None and isinstance(self.rate_per_s, tuple):
            raise ValueError("hourly_shape goes with a single rate_per_s, not with one rate per period")
        return self


Percentiles = dict[str, Positive]


def check_percentiles(value: Percentiles | None) -> Percentiles | None:
    """``value`` as it is; raises ValueError for a key that is no percentile."""
    for key in value or ():
        match = PERCENTILE.fullmatch(key)
        if not match or not 0 < float(match[1]) < 100:
            raise ValueError(f"{key!r} is no percentile; write p50, p90, p95, p99 or p99.9")
    return value


class Slo(Frozen):
    """Latency limits over all requests of the service in each period; absent means no such limit."""

    ttft_ms: Percentiles | None = Field(None, description="time to first token, such as {p95: 500}")
    tpot_ms: Percentiles | None = Field(None, description="mean time per output token after the first; asks nothing of answers of one token")
    end_to_end_ms: Percentiles | None = Field(None, description="whole request")

    @field_validator("ttft_ms", "tpot_ms", "end_to_end_ms")
    @classmethod
    def _percentiles(cls, value: Percentiles | None) -> Percentiles | None:
        return check_percentiles(value)


class Quality(Frozen):
    """Quality floors: base score times recovery of the variant on one benchmark."""

    benchmark: Name | None = Field(None, description="a benchmark of the catalogue's variants; None: their mean")
    base_score: Positive = Field(1.0, description="score of the unchanged model; 1 makes floors relative")
    min: NonNegative | None = Field(None, description="no variant below it is used")
    mean: NonNegative | None = Field(None, description="rate-weighted mean over the month is at least this")


class Allow(Frozen):
    """What the service may use; None is anything the catalogue has. Patterns may hold ``*``."""

    vendors: tuple[Name, ...] | None = Field(None, description="makers of accelerators, such as NVIDIA")
    providers: tuple[Name, ...] | None = None
    regions: tuple[Name, ...] | None = Field(None, description="provider:region, region, country or EU, US, …")
    accelerators: tuple[Name, ...] | None = None
    variants: tuple[Name, ...] | None = Field(default("service.variants"), description="precision or compression")
    tp: tuple[PositiveCount, ...] | None = None
    pp: tuple[PositiveCount, ...] | None = Field(
        None, description="pipeline stages; by default 1, and more on accelerators without a scale-up link for what one cannot hold"
    )
    host_weights_gib: Positive | None = Field(None, description="of weights that an accelerator may keep in its host's memory where its own is too small")
    exclude_accelerators: tuple[Name, ...] = ()
    exclude_providers: tuple[Name, ...] = ()
    exclude_regions: tuple[Name, ...] = ()


class Spot(Frozen):
    """Use of interruptible capacity."""

    allowed: bool = default("spot.allowed")
    max_share: Share = Field(default("spot.max_share"), description="of the service's requests served on spot")


class SurvivesLoss(Frozen):
    """After losing any one failure domain, what remains still serves this fraction of every class."""

    fraction: Share
    of: tuple[Literal["spot_pool", "spot_region", "zone"], ...] = ("spot_pool", "spot_region")


class Availability(Frozen):
    """Floors on redundancy."""

    target: Annotated[float, Field(gt=0, lt=1)] | None = Field(None, description="stated target, such as 0.999")
    min_instances: Count = Field(
        0, description="distinct instances that hold a replica, in every period; default: 2 where a target is stated"
    )
    survives_loss: SurvivesLoss | None = None

    @model_validator(mode="after")
    def _floor_of_a_target(self) -> Availability:
        if self.target is not None and "min_instances" not in self.model_fields_set:
            # Frozen for everybody else: the default depends on another field.
            object.__setattr__(self, "min_instances", default("availability.min_instances"))
        return self


class Ramp(Frozen):
    """How fast the service may grow."""

    max_added_replicas: PositiveCount = Field(description="replicas added from one period to the next")


class Speculation(Frozen):
    """Speculative decoding: a draft proposes tokens and one step of the model checks them all."""

    draft_tokens: Annotated[int, Field(ge=1, le=64)] = Field(description="proposed in each step")
    acceptance: Share = Field(description="probability that a proposed token is kept, given that those before it were")
    draft_cost: NonNegative = Field(
        default("speculation.draft_cost"), description="time of proposing one token, as a share of a plain step"
    )


class MeasuredPoint(Frozen):
    """One run of a benchmark; a figure that was not measured is absent."""

    input_tokens: Positive = Field(description="mean per request")
    output_tokens: Positive = Field(description="mean per request")
    concurrency: Positive | None = Field(None, description="requests at once in one replica; null: all queued at once")
    ttft_ms: Positive | None = None
    tpot_ms: Positive | None = None
    output_tokens_per_s: Positive | None = Field(None, description="of one replica")

    @model_validator(mode="after")
    def _measured_something(self) -> MeasuredPoint:
        if self.ttft_ms is None and self.tpot_ms is None and self.output_tokens_per_s is None:
            raise ValueError("a measured point needs ttft_ms, tpot_ms or output_tokens_per_s")
        return self


class Profile(Frozen):
    """A user's own measurement of one configuration.

    ``throughput_rps``, ``ttft_ms`` and ``tpot_ms`` replace the formula for exactly that configuration; ``points``
    correct it, for other lengths, loads and tensor parallelism too.
    """

    variant: Name = "bf16"
    accelerator: Name
    tp: PositiveCount = 1
    pp: PositiveCount = 1
    throughput_rps: tuple[NonNegative | None, ...] | None = Field(
        None, description="requests/s of one replica at saturation, per class in order; null or ≤ 1e-5: cannot serve"
    )
    ttft_ms: tuple[Positive, ...] | None = Field(None, description="unqueued, per class")
    tpot_ms: tuple[Positive, ...] | None = Field(None, description="at the running batch, per class")
    points: tuple[MeasuredPoint, ...] = Field((), max_length=1000, description="runs of a benchmark")
    max_num_seqs: PositiveCount | None = None
    engine: Name | None = Field(None, description="that was measured; default: vLLM")
    engine_version: Name | None = None
    source: Name = "user"


class Service(Frozen):
    """One stream of requests to one model, with everything that must hold for it."""

    name: Name
    team: Name | None = None
    model: Name = Field(description="catalogue name or Hugging Face id")
    workload: Workload
    modes: tuple[Mode, ...] = Field(
        default("service.modes"), min_length=1, description="ways in which it may be answered; the cheapest mix of them is chosen"
    )
    window_hours: Positive | None = Field(
        None, description="a request is answered within so many hours; for modes asynchronous and batch, without latency limits"
    )
    defer: bool = Field(default("service.defer"), description="within its window work may be served in a later period than it comes in")
    requires: tuple[Name, ...] = Field(
        (), description="attributes that whoever processes its requests must have, such as private_network or no_training"
    )
    request_mb: Positive | None = Field(
        None, description="largest request, images or audio included [10^6 bytes]; default: its tokens at costs.bytes_per_token"
    )
    substitutes: tuple[Substitute, ...] = Field((), description="other models of provider APIs that would do")
    home: Name | None = Field(
        None, description="place its requests come from; what is served elsewhere pays costs.transfer: provider:region, region, …"
    )
    slo: Slo = Slo()
    quality: Quality | None = None
    allow: Allow = Allow()
    spot: Spot = Spot()
    availability: Availability | None = None
    ramp: Ramp | None = None
    max_configurations: PositiveCount | None = Field(
        None, description="distinct (variant, accelerator, tp, pp, engine settings) the team will run"
    )
    carbon_kg_per_month: NonNegative | None = Field(None, description="cap on the service's own share")
    priority: Annotated[int, Field(ge=1, le=100)] = Field(
        default("service.priority"), description="1 is served first when stock is short"
    )
    unserved_usd_per_request: Positive | None = Field(None, description="price of demand left unserved")
    routing: Literal["divisible", "slices"] = Field(
        default("service.routing"), description="slices: each class is cut in slice_factor indivisible parts"
    )
    slice_factor: PositiveCount | None = None
    context_tokens: PositiveCount | None = Field(
        None, description="longest request that must fit; default: the longest class"
    )
    batch_limits: tuple[PositiveCount, ...] = Field(
        default("service.batch_limits"), description="values of the engine's maximum running sequences to consider"
    )
    confidence: Annotated[float, Field(ge=0.001, le=0.999)] | None = Field(
        None, description="probability with which each prediction holds; below 0.5 is optimistic; default: nominal"
    )
    speculation: Speculation | None = Field(None, description="default: none")
    caches: tuple[Cache, ...] = Field((), description="caches that may be bought for it")
    alternatives: tuple[Alternative, ...] = Field((), description="adapted models that may serve it instead of its own")
    profiles: tuple[Profile, ...] = ()
    safe_shares: tuple[SafeShare, ...] = Field(
        (), description="tables that `solve --simulate` writes; a queueing rule stands in for all other configurations"
    )
    profiles_only: bool = Field(False, description="only the configurations with a profile here are considered")

    @model_validator(mode="after")
    def _routing_agrees(self) -> Service:
        if self.routing == "slices" and self.slice_factor is None:
            raise ValueError("routing slices needs slice_factor")
        check_modes(self)
        if self.caches and self.routing == "slices":
            raise ValueError("caches answer a share of requests, which whole slices cannot follow; route divisible")
        if len({c.name for c in self.caches}) < len(self.caches):
            raise ValueError("two caches share a name; names are unique within a service")
        if self.profiles_only and not self.profiles:
            raise ValueError("profiles_only without any profile leaves nothing to choose from")
        if self.profiles_only and not any(p.throughput_rps or p.ttft_ms or p.tpot_ms for p in self.profiles):
            raise ValueError("profiles_only needs throughput_rps, ttft_ms or tpot_ms; points alone correct the formula")
        return self
