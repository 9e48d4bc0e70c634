"""Caches that may be bought for a service: answers kept whole, or the cache of prompts' beginnings in the engine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from planner.problem.base import Frozen, Name, NonNegative
from planner.problem.costs import Figure

HitShare = Annotated[float, Field(gt=0, lt=1)]


class Cache(Frozen):
    """One cache on offer, with the share that it hits as measured on the service's traffic.

    A response cache answers a share of all requests: an ``exact`` one those asked before word for word, a ``semantic``
    one those that mean the same, at a quality of its own. A ``prefix`` cache spares a share of input tokens and keeps
    tokens in the memory of every replica.
    """

    name: Name = Field(pattern=r"^[^/:+]+$")
    kind: Literal["exact", "semantic", "prefix"]
    hit: HitShare = Field(description="share of requests answered; prefix: share of input tokens found")
    usd_per_month: NonNegative = 0.0
    memory_gb: NonNegative = Field(0.0, description="of a response cache's store")
    usd_per_gb_month: Figure = Field(0.0, description="of that store")
    usd_per_million_lookups: NonNegative = Field(0.0, description="every request is looked up: embedding and search")
    score: NonNegative | None = Field(None, description="of a semantic cache's answers, in the unit of quality.base_score")
    kept_tokens: NonNegative = Field(0.0, description="of a prefix cache, in every replica's key-value memory")

    @model_validator(mode="after")
    def _of_its_kind(self) -> Cache:
        if self.kind == "prefix" and (self.usd_per_month or self.memory_gb or self.usd_per_million_lookups or self.score is not None):
            raise ValueError("a prefix cache is part of the engine: it has hit and kept_tokens, no price and no score")
        if self.kind != "prefix" and self.kept_tokens:
            raise ValueError("kept_tokens is for a prefix cache")
        if self.score is not None and self.kind != "semantic":
            raise ValueError("an exact cache repeats an answer at its own quality; score is for a semantic one")
        return self
