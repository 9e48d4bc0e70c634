"""Hosted ways to serve: what a service allows, and what the user knows of providers beyond the catalogue."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from planner.problem.base import Count, Frozen, Name, NonNegative, Positive, PositiveCount
from planner.problem.defaults import default

#: How a service may be answered: on own replicas, or by a provider who is paid by use.
Mode = Literal["real_time", "asynchronous", "managed", "serverless", "provider_api", "batch", "provisioned"]
#: Modes in which own replicas answer.
SELF_HOSTED: tuple[str, ...] = ("real_time", "asynchronous", "managed")
#: Of these, the ones on machines that the user runs.
ON_BARE_MACHINES: tuple[str, ...] = ("real_time", "asynchronous")
#: Modes that need a completion window.
WINDOWED: tuple[str, ...] = ("asynchronous", "batch")


class Substitute(Frozen):
    """Another model of a provider that would do for the service, by the user's own judgement."""

    provider: Name = Field(description="as the catalogue's token prices name it, such as openai")
    model: Name = Field(description="the provider's own name of it, such as gpt-5-mini")
    quality: NonNegative | None = Field(None, description="measured by the user, on the scale of quality.base_score; None: unknown")


class Vendor(Frozen):
    """What the user knows of a provider's policies; several rows may speak of one provider."""

    provider: Name = Field(description="provider of machines or of hosted services; may hold *")
    attributes: tuple[Name, ...] = Field(
        description="such as private_network, no_training, encryption_at_rest: what services may require"
    )


class Worker(Frozen):
    """What a serverless worker has where the provider charges for it apart, and how fast it starts."""

    vcpus: Positive = default("worker.vcpus")
    memory_gib: Positive = default("worker.memory_gib")
    load_gb_per_s: Positive = default("worker.load_gb_per_s")
    max_workers: PositiveCount = default("worker.max_workers")


class Serverless(Frozen):
    """What the user knows of a serverless service beyond the catalogue. Of several rows that match, the first figure counts."""

    provider: Name = Field(description="may hold *")
    service: Name = Field("*", description="such as Functions or Cloud Run; may hold *")
    accelerator: Name = Field("*", description="may hold *")
    usd_per_hour: Positive | None = Field(None, description="of one worker while it is up, processors and memory included")
    kept_usd_per_hour: Positive | None = Field(None, description="of a worker kept up (provisioned concurrency, least instances)")
    max_request_mb: Positive | None = None
    max_processing_s: Positive | None = None
    cold_start_s: Positive | None = Field(None, description="longest, before the model is loaded")
    idle_timeout_s: Positive | None = None
    max_workers: PositiveCount | None = Field(None, description="of the account; default: worker.max_workers")
    regions: tuple[Name, ...] = Field((), description="where requests are processed: provider:region, country or EU, US, …")


class Managed(Frozen):
    """What the user knows of a provider's endpoints (own replicas on machines that the provider runs) beyond the catalogue."""

    provider: Name = Field(description="of the machines, such as aws")
    service: Name = Field(description="such as SageMaker")
    premium_share: NonNegative | None = Field(
        None, description="over the on-demand price of the bare machine, such as 0.25; default: the high end of what the catalogue knows"
    )
    max_request_mb: Positive | None = Field(None, description="[10^6 bytes]; default: the catalogue's for the way in which requests come")
    max_processing_s: Positive | None = Field(None, description="whole time of a request; default: the catalogue's")


class ProvisionedUnits(Frozen):
    """Throughput of a model sold in units by the hour (PTU, GSU, model units), used or not."""

    usd_per_unit_hour: Positive
    tokens_per_minute: Positive = Field(description="that one unit carries of this model: input, and output at its weight")
    output_weight: Positive = Field(default("provisioned.output_weight"), description="tokens of input that a token of output counts for")
    minimum_units: PositiveCount = Field(default("provisioned.minimum_units"), description="of the smallest purchase")
    step_units: PositiveCount = Field(default("provisioned.step_units"), description="units are bought in multiples of it")
    term_months: PositiveCount | None = Field(None, description="sold for so many months at a time; None: by the hour")


class ProviderApi(Frozen):
    """What the user knows of a provider's API beyond the catalogue: contract prices, limits, latency, place.

    Of several rows that match, the first that states a figure counts.
    """

    provider: Name = Field(description="may hold *")
    model: Name = Field("*", description="the provider's own name; may hold *")
    serves: Name | None = Field(None, description="catalogue model it serves as published: makes a row of its own")
    input_usd_per_mtok: NonNegative | None = None
    output_usd_per_mtok: NonNegative | None = None
    cached_input_usd_per_mtok: NonNegative | None = None
    free: bool = Field(False, description="must be true where a price is 0")
    context_window: Count | None = None
    regions: tuple[Name, ...] = Field((), description="where requests are processed: provider:region, country or EU, US, …")
    ttft_ms: dict[str, Positive] | None = Field(None, description="known latency by percentile, such as {p95: 700}")
    tpot_ms: dict[str, Positive] | None = None
    end_to_end_ms: dict[str, Positive] | None = None
    batch_input_usd_per_mtok: Positive | None = Field(None, description="of requests that are answered within the batch window")
    batch_output_usd_per_mtok: Positive | None = None
    batch_window_hours: Positive | None = Field(None, description="in which a batch is answered; default: the catalogue's")
    provisioned: ProvisionedUnits | None = Field(None, description="throughput sold in units, for services that allow the mode provisioned")
    requests_per_minute: Positive | None = Field(None, description="limit of the account, shared by all services")
    tokens_per_minute: Positive | None = Field(None, description="input and output together")

    @field_validator("ttft_ms", "tpot_ms", "end_to_end_ms")
    @classmethod
    def _percentiles(cls, value: dict[str, float] | None) -> dict[str, float] | None:
        from planner.problem.service import check_percentiles

        return check_percentiles(value)

    @model_validator(mode="after")
    def _row_of_its_own(self) -> ProviderApi:
        prices = (self.input_usd_per_mtok, self.output_usd_per_mtok, self.cached_input_usd_per_mtok)
        if 0 in prices and not self.free:
            raise ValueError("a price of 0 needs free: true; leave an unknown price out")
        if self.serves is not None:
            if "*" in self.provider + self.model:
                raise ValueError("a row that says what it serves needs the exact provider and model")
            if None in prices[:2]:
                raise ValueError("a row that says what it serves needs input_usd_per_mtok and output_usd_per_mtok")
        return self


def with_half_the_lateness(service: Any) -> Any:
    """The service with every percentile moved half way to 100: the other half of who may be late is left to cold starts."""
    from planner.problem.normalise import changed

    moved = {
        name: None if values is None else {f"p{50.0 + float(key[1:]) / 2.0:.6g}": ms for key, ms in values.items()}
        for name, values in ((name, getattr(service.slo, name)) for name in ("ttft_ms", "tpot_ms", "end_to_end_ms"))
    }
    return changed(service, slo=changed(service.slo, **moved))


def check_modes(service: Any) -> None:
    """Raises ValueError where the modes of a service and what else it states cannot be meant together."""
    modes = set(service.modes)
    if service.routing == "slices" and not modes <= set(SELF_HOSTED):
        raise ValueError("routing slices is for own replicas alone; leave modes to real_time")
    if service.substitutes and not {"provider_api", "batch", "provisioned"} & modes:
        raise ValueError("substitutes are models of provider APIs: add provider_api to modes")
    if service.window_hours is None:
        if modes & set(WINDOWED):
            raise ValueError("the modes asynchronous and batch need window_hours: within how many hours a request is answered")
        return
    if "real_time" in modes:
        raise ValueError("a service is answered at once (real_time) or within its window (asynchronous), not both: make it two")
    if any((service.slo.ttft_ms, service.slo.tpot_ms, service.slo.end_to_end_ms)):
        raise ValueError("a service with window_hours has no latency limits beside it")
    survives = service.availability is not None and service.availability.survives_loss is not None
    if service.routing == "slices" or service.spot.max_share < 1 or survives:
        raise ValueError("window_hours goes with neither slices, spot.max_share nor survives_loss: what is late waits")
