"""Options that answer a service without replicas of its own: what they are, and what a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass

from planner.candidates.candidate import Broken
from planner.candidates.judged import Quality
from planner.economics.api import ApiOffer
from planner.problem.schema import Problem
from planner.problem.service import Service


@dataclass(frozen=True)
class Hosted:
    """A hosted option of a service that meets every rule.

    mode             as a service's ``modes`` name it
    name             unique among the options of a service, such as ``together:meta-llama/Llama-3.3-70B``
    usd_per_request  by request class
    tokens           input and output of a request, by request class
    quality          on the scale of the service's floors; None when no floor asks for it
    offer            prices and limits it rests on
    """

    service: str
    mode: str
    name: str
    usd_per_request: tuple[float, ...]
    tokens: tuple[float, ...]
    quality: float | None
    offer: ApiOffer
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostedRejection:
    """A hosted option that breaks at least one rule, with all that it breaks."""

    service: str
    mode: str
    name: str
    broken: tuple[Broken, ...]

    @property
    def what(self) -> str:
        """What was turned away, in words."""
        return self.name


@dataclass(frozen=True)
class JudgedHosted:
    """A hosted option under judgement for one service.

    quality        None where the service sets no floor
    carbon_counts  why its emissions would have to be known, in words; empty: they need not be
    longest        tokens of the longest request
    edition        of the catalogue, whose month the horizon begins in
    attributes     that the user states of the provider
    """

    service: Service
    problem: Problem
    mode: str
    offer: ApiOffer
    quality: Quality | None
    carbon_counts: str
    longest: float
    edition: str
    attributes: frozenset[str]

    @property
    def name(self) -> str:
        """The option's name."""
        return self.offer.id
