"""Ways to serve and what they cost beside machines: variants, modes, token prices, other costs."""

from __future__ import annotations

from typing import Literal

from planner.catalog.row import Count, CountOrZero, Date, Names, NotNegative, Positive, Row, Text

ANY = "*"


class Variant(Row):
    """A model at a precision or compression, and the quality it keeps on one benchmark.

    model         a model's name, or ``*`` for any model without a fact of its own
    method        stable short id: bf16, fp8, int8-w8a8, int4-awq, int4-gptq, nf4, nvfp4, mxfp4, ...
    native        true for the precision of the released weights
    weight_precision, activation_precision, kv_precision  None: as the model has them
    size_factor   bytes of the weights over their bytes at 16 bits
    benchmark     ``*``: holds for any benchmark without a row of its own
    recovery      score over the score of the uncompressed model; above 1 is noise of the benchmark
    becomes       name of the smaller model that pruning or distillation yields, None otherwise
    preparation_accelerator_hours  work to make it; None: unknown, 0: released ready-made
    """

    model: Text
    method: Text
    native: bool = False
    weight_precision: str | None = None
    activation_precision: str | None = None
    kv_precision: str | None = None
    weight_bits: Positive | None = None
    size_factor: Positive
    benchmark: Text
    recovery: Positive
    becomes: str | None = None
    preparation_accelerator_hours: NotNegative | None = None

    @property
    def id(self) -> str:
        return f"{self.model}:{self.method}:{self.benchmark}"


class Mode(Row):
    """A hosted way to serve, with its limits; None is unknown, not unlimited.

    max_request_mb, max_response_mb  10^6 bytes
    max_processing_s                 one request's limit
    max_memory_gib                   of one worker; None also where the instance decides
    cold_start_low_s, cold_start_high_s  before the model itself is loaded
    accelerators                     that it offers; with accelerated false: the processors of a worker with the most memory
    requests_per_worker              at once; None: as many as the worker's engine runs
    premium_low_share, premium_high_share  over the price of the bare machine, where one is charged for by the instance
    retired                          kept to answer questions about it, never chosen
    """

    provider: Text
    service: Text
    name: Text
    mode: Literal["real-time", "streaming", "serverless", "asynchronous", "batch", "provider-api", "provisioned"]
    retired: bool = False
    max_request_mb: Positive | None = None
    max_response_mb: Positive | None = None
    max_processing_s: Positive | None = None
    max_memory_gib: Positive | None = None
    max_concurrency: Count | None = None
    concurrency_rule: str = ""
    scale_to_zero: bool | None = None
    cold_start_low_s: NotNegative | None = None
    cold_start_high_s: NotNegative | None = None
    idle_timeout_s: NotNegative | None = None
    billing_unit: str | None = None
    accelerated: bool | None = None
    accelerators: Names = ()
    requests_per_worker: Count | None = None
    price_fact: str = ""
    premium_low_share: NotNegative | None = None
    premium_high_share: NotNegative | None = None

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.service}:{self.name}"


class ModePrice(Row):
    """What a hosted mode charges for one unit of one resource.

    accelerator  which accelerator the price is for, None for memory, processor or request prices
    unit         such as accelerator-second, gib-second, vcpu-second, gb, million-requests
    """

    provider: Text
    service: Text
    name: Text
    accelerator: str | None = None
    unit: Text
    usd_per_unit: Positive

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.service}:{self.name}:{self.accelerator or ''}:{self.unit}"


class ApiPrice(Row):
    """A provider's price by token, USD per 10^6 tokens.

    model        the catalogue's model with the same weights; None: not in the catalogue
    api_model    the provider's own name
    served_as    how the host says it altered the model (turbo, fast, fp4): quality then unknown
    retires_on   last day of sale, where announced
    geo          where the price was read for; None: not stated
    """

    provider: Text
    api_model: Text
    model: str | None = None
    weights: Literal["open", "closed"]
    served_as: str | None = None
    input_usd_per_mtok: NotNegative | None = None
    output_usd_per_mtok: NotNegative | None = None
    cached_input_usd_per_mtok: NotNegative | None = None
    batch_input_usd_per_mtok: NotNegative | None = None
    batch_output_usd_per_mtok: NotNegative | None = None
    context_window: Count | None = None
    retires_on: Date | None = None
    geo: str | None = None

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.api_model}"


class Cost(Row):
    """Any other figure: storage, egress, licences, staff, training references, constants."""

    category: Text
    item: Text
    provider: str | None = None
    region: str | None = None
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def id(self) -> str:
        return f"{self.category}:{self.item}@{self.provider or '*'}:{self.region or '*'}"


class Profile(Row):
    """One measurement of a served model: the statistic of one metric at one load.

    metric     ttft_ms, tpot_ms, e2e_ms, output_tokens_per_s ...
    statistic  mean, p50, p95, p99; None: the source does not say
    concurrency  requests in flight in a closed loop; None: all sent at once
    """

    key: Text
    model: Text
    accelerator: Text
    tp: Count
    pp: Count = 1
    engine: str | None = None
    engine_version: str | None = None
    weight_precision: str | None = None
    kv_precision: str | None = None
    input_tokens: Count
    output_tokens: Count
    concurrency: Count | None = None
    metric: Text
    statistic: str | None = None
    value: Positive

    @property
    def id(self) -> str:
        return self.key


class Coefficient(Row):
    """One constant of the performance model, fitted to measurements, or one end of its band.

    field      coefficient (``planner.perf.calibration.Efficiency``), or ``band`` and a metric
    group, level  whose deviation it is, such as accelerator H100; of a band the side and what was never measured
    log_value  natural logarithm of the factor
    rows, pairs  measurements and model-accelerator pairs that speak of it
    """

    field: Text
    group: Text
    level: str = ""
    log_value: float
    rows: CountOrZero
    pairs: CountOrZero

    @property
    def id(self) -> str:
        return f"{self.field}:{self.group}:{self.level}"
