"""Work that is done once or again and again, beside the services: training, fine-tuning, distillation, offline inference."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from planner.problem.base import Count, Frozen, Name, NonNegative, Positive, PositiveCount
from planner.problem.defaults import default


class Teacher(Frozen):
    """Who makes the data that a student learns from: a model run in the same job, or an API paid by the token."""

    model: Name | None = Field(None, description="own teacher: its tokens are arithmetic of this job")
    usd_per_mtok: Positive | None = Field(None, description="price of an API's output, per 10^6 tokens")
    tokens: Positive = Field(description="tokens that it writes")

    @model_validator(mode="after")
    def _one_teacher(self) -> Teacher:
        if (self.model is None) == (self.usd_per_mtok is None):
            raise ValueError("give exactly one of model and usd_per_mtok")
        return self


class JobAllow(Frozen):
    """Where a job may run; None is anything. Patterns may hold ``*``."""

    providers: tuple[Name, ...] | None = None
    regions: tuple[Name, ...] | None = Field(None, description="provider:region, region, country or EU, US, …")
    accelerators: tuple[Name, ...] | None = None
    exclude_accelerators: tuple[Name, ...] = ()
    exclude_providers: tuple[Name, ...] = ()
    exclude_regions: tuple[Name, ...] = ()
    spot: bool = default("spot.allowed")


class Job(Frozen):
    """Arithmetic that must be done by a deadline on a number of equal instances of one pool, all of them at once."""

    name: Name
    kind: Literal["pretraining", "fine_tuning", "distillation", "offline_inference"]
    model: Name
    method: Literal["full", "lora", "qlora"] = "full"
    rank: PositiveCount = Field(default("job.rank"), description="of LoRA's factors")
    tokens: Positive | None = Field(
        None, description="of one pass; pretraining: default 20 for each parameter, the compute-optimal number of Chinchilla"
    )
    epochs: Positive = 1.0
    rounds: PositiveCount = Field(1, description="times that all of it is done again, as in iterative pruning")
    teacher: Teacher | None = Field(None, description="of a distillation")
    evaluation_tokens: NonNegative = Field(default("job.evaluation_tokens"), description="read to evaluate the result of each round")
    sequence_tokens: PositiveCount = Field(default("job.sequence_tokens"), description="of one micro-batch")
    batch_tokens: Positive = Field(default("job.batch_tokens"), description="between two exchanges of gradients")
    zero_stage: Literal[0, 1, 2, 3] = Field(
        default("job.zero_stage"), description="what accelerators share: 1 optimizer, 2 and gradients, 3 and parameters"
    )
    checkpointing: bool = Field(default("job.checkpointing"), description="activations are computed again instead of kept")
    utilisation: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="model FLOP utilisation within one instance; default: the catalogue's for training, stated for inference"
    )
    network_gb_per_s: Positive | None = Field(None, description="between instances, 10^9 bytes/s each; absent: one instance only, unless they only read")
    instances: tuple[PositiveCount, ...] = Field(default("job.instances"), min_length=1, description="numbers to consider")
    checkpoint_hours: Positive = Field(default("job.checkpoint_hours"), description="between two checkpoints")
    checkpoint_seconds: NonNegative = Field(default("job.checkpoint_seconds"), description="that writing one holds the work up")
    start_month: Count = Field(0, description="month of the horizon in which it may begin, counted from 0")
    deadline_hours: Positive = Field(description="from there, within which it must be done")
    every_months: PositiveCount | None = Field(None, description="done again after so many months; absent: once")
    data_usd: NonNegative = Field(0.0, description="data, labels and people of one run")
    allow: JobAllow = JobAllow()
    prepares: Name | None = Field(
        None, description="an adapted model, or model:method of a variant, that it makes: it is run if any service uses that, else not"
    )

    @property
    def exchanges(self) -> bool:
        """Whether its instances depend on each other: training exchanges gradients, reading is split between whole copies."""
        return self.kind != "offline_inference"

    @model_validator(mode="after")
    def _hangs_together(self) -> Job:
        if self.tokens is None and self.kind != "pretraining":
            raise ValueError("tokens are missing; only pretraining has a compute-optimal number")
        if self.kind in ("pretraining", "offline_inference") and self.method != "full":
            raise ValueError(f"method {self.method} is for fine-tuning and distillation")
        if self.kind == "offline_inference" and self.utilisation is None:
            raise ValueError("offline inference needs utilisation: prefill reaches 0.47 to 0.72 of dense peak, decode far less")
        if (self.teacher is not None) != (self.kind == "distillation"):
            raise ValueError("a teacher goes with a distillation, and a distillation with a teacher")
        if self.every_months is not None and self.deadline_hours > 730.0 * self.every_months:
            raise ValueError("deadline_hours is longer than the months after which it is done again")
        return self
