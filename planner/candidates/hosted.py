"""Options that answer a service without replicas of its own: what they are, and what a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass

from planner.candidates.candidate import Broken, Configuration
from planner.candidates.judged import Quality
from planner.economics.api import ApiOffer
from planner.economics.serverless import ServerlessOffer
from planner.problem.schema import Problem
from planner.problem.service import Service


@dataclass(frozen=True)
class Workers:
    """What the workers of a serverless option do; tuples are per request class.

    configuration  how one is run
    can_serve      whether a class is sent there at all
    work_s         worker-seconds per request at saturation                                      [s]
    stay_s         cold start, time of the request and idle timeout (none by request): how long it keeps one up [s]
    cache          share of one worker's cache that a request per second holds                   [s]
    share          safe share of saturation of one worker: workers are not pooled
    cold_s         from a request at an idle service until a worker answers                        [s]
    least_rate     requests/s for each worker that stops when idle, so that cold starts are rare enough; 0: they may be met
    kept           whether workers can be kept up at a known price
    by_request     paid by what is processed: there is nothing to keep up, and each request has a worker of its own
    """

    configuration: Configuration
    can_serve: tuple[bool, ...]
    work_s: tuple[float, ...]
    stay_s: tuple[float, ...]
    cache: tuple[float, ...]
    share: float
    cold_s: float
    least_rate: float
    kept: bool
    by_request: bool = False


@dataclass(frozen=True)
class Hosted:
    """A hosted option of a service that meets every rule.

    mode             as a service's ``modes`` name it
    name             unique among the options of a service, such as ``together:meta-llama/Llama-3.3-70B``
    usd_per_request  by request class; nothing where workers or units are paid by the hour
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
    offer: ApiOffer | ServerlessOffer
    assumptions: tuple[str, ...] = ()
    workers: Workers | None = None

    @property
    def as_it_comes(self) -> bool:
        """Whether requests are sent there when they come, since it takes a window of its own to answer them."""
        return self.mode == "batch"

    def serves(self, b: int) -> bool:
        """Whether requests of a class may be sent there."""
        return self.workers is None or self.workers.can_serve[b]


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
    smallest_gb    weights of the smallest variant that the service allows [10^9 bytes]; None: unknown
    peak_per_s     requests of all classes in the busiest period
    """

    service: Service
    problem: Problem
    mode: str
    offer: ApiOffer | ServerlessOffer
    quality: Quality | None
    carbon_counts: str
    longest: float
    edition: str
    attributes: frozenset[str]
    smallest_gb: float | None = None
    peak_per_s: float = 0.0

    @property
    def name(self) -> str:
        """The option's name."""
        return f"{self.offer.id} {self.mode}" if self.mode in ("batch", "provisioned") else self.offer.id
