"""Requests that a plan sends to provider APIs: taken out of the stream, held to what units and accounts carry, and paid by the token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.economics.api import ApiOffer, api_offers
from planner.economics.provisioned import minute_load
from planner.errors import PlannerError
from planner.plan.hosted import HostedUse
from planner.plan.schema import ServicePlan
from planner.replay.bucket import Bucket
from planner.replay.case import Case
from planner.replay.fleets import class_names
from planner.replay.waiting import arriving, may_wait
from planner.simulate.arrivals import Requests
from planner.simulate.fleet import Stage
from planner.simulate.kernel.world import PS_PER_S
from planner.units import SECONDS_PER_MINUTE
from planner.verify.hosted import may_use

PROVISIONED, BATCH, API = "provisioned", "batch", "provider_api"
#: Where a request goes that is for none of the options.
OWN, NOWHERE = -1, -2


@dataclass
class Option:
    """One hosted option of a service, and what was sent there over all runs.

    use        None: requests overflow to it that provisioned units do not carry, and the plan sends it none
    requests   sent there, refused ones included; ``counted``: let in after the warm-up
    overflow   of them those that units did not carry
    """

    mode: str
    offer: ApiOffer
    use: HostedUse | None
    requests: int = 0
    refused: int = 0
    overflow: int = 0
    counted: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def name(self) -> str:
        """As the plan names it."""
        return self.use.name if self.use is not None else self.offer.id


@dataclass
class Sent:
    """A service's hosted options, and when the last request for them came in each run, summed [s]."""

    options: tuple[Option, ...] = ()
    unsold: int = 0
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        """All that were meant for hosted options."""
        return self.unsold + sum(one.requests for one in self.options)

    @property
    def refused(self) -> int:
        """Those that found neither room nor another option."""
        return self.unsold + sum(one.refused for one in self.options)


@dataclass(frozen=True, eq=False)
class Assigned:
    """A chunk of requests and the option of each, ``OWN`` or ``NOWHERE``; ``spilt`` are those that units did not carry."""

    chunk: Requests
    option: np.ndarray
    spilt: np.ndarray

    def of(self, which: np.ndarray) -> Requests:
        """Some of the requests."""
        chunk = self.chunk
        return Requests(chunk.at_ps[which], chunk.kind[which], chunk.input_tokens[which], chunk.output_tokens[which])


def options_of(case: Case, planned: ServicePlan) -> tuple[Option, ...]:
    """The provider APIs that the plan uses for a service, and the one that its provisioned units overflow to."""
    offers = {offer.id: offer for offer in api_offers(case.problem, case.catalog)}
    found = []
    for use in planned.hosted:
        if use.workers is None:
            offer = offers.get(use.name.removesuffix(f" {use.mode}") if use.mode in (PROVISIONED, BATCH) else use.name)
            if offer is None:
                raise PlannerError(f"neither the problem nor the catalogue sells {use.name}", where=case.file)
            found.append(Option(use.mode, offer, use))
    paid_by_use = {one.offer.id for one in found if one.mode == API}
    for one in [one for one in found if one.mode == PROVISIONED and one.offer.id not in paid_by_use]:
        service = case.services[planned.name]
        if API in service.modes and may_use(service, one.offer, case.problem, case.catalog):
            found.append(Option(API, one.offer, None))
    return tuple(found)


def assigned(case: Case, planned: ServicePlan, options: tuple[Option, ...], stages: tuple[Stage, ...], chunks: Iterator[Requests], seed: int) -> Iterator[Assigned]:
    """Each request's option: drawn by the plan's shares of its class and period; what units do not carry goes on to the same API by use."""
    uses = [one.use for one in options if one.use is not None]
    share = _shares(case, planned)[[use.workers is None for use in planned.hosted]]
    overflow = [_overflow(options, k) for k in range(len(options))]
    units = {k: _units(one) for k, one in enumerate(options) if one.mode == PROVISIONED}
    draw = np.random.Generator(np.random.PCG64([seed, 3]))
    starts, periods = np.array([s.start_s for s in stages]) * PS_PER_S, np.array([s.period for s in stages])
    for chunk in chunks:
        period = periods[np.maximum(np.searchsorted(starts, chunk.at_ps, side="right") - 1, 0)]
        reach = np.cumsum(share[:, chunk.kind, period], axis=0)
        option = (draw.random(len(chunk.at_ps))[None, :] >= reach).sum(axis=0)
        option = np.where(option == len(uses), OWN, option)
        spilt = np.zeros(len(option), bool)
        for k, bucket in units.items():
            here = np.flatnonzero(option == k)
            need = minute_load(options[k].offer.provisioned, chunk.input_tokens[here], chunk.output_tokens[here]) / SECONDS_PER_MINUTE
            over = here[~bucket.admitted(chunk.at_ps[here], need[:, None])]
            option[over], spilt[over] = overflow[k], True
        yield Assigned(chunk, option, spilt)


def _overflow(options: tuple[Option, ...], k: int) -> int:
    same = [j for j, one in enumerate(options) if one.mode == API and one.offer.id == options[k].offer.id]
    others = [j for j, one in enumerate(options) if one.mode == API and one.use is not None]
    return next(iter([*same, *others]), NOWHERE)


def _units(option: Option) -> Bucket:
    return Bucket((option.use.units or 0) * option.offer.provisioned.tokens_per_minute)


def _shares(case: Case, planned: ServicePlan) -> np.ndarray:
    """[option, class, period]: share of the class's requests that goes there."""
    names, periods = class_names(case.services[planned.name]), len(case.plan.periods)
    none = (0.0,) * periods
    to = np.array([[use.rate_per_s.get(name, none) for name in names] for use in planned.hosted], float).reshape(-1, len(names), periods)
    own = np.array([[d.rate_per_s.get(name, none) for name in names] for d in planned.deployments], float).reshape(-1, len(names), periods)
    away = np.array([planned.unserved_per_s.get(name, none) for name in names], float)
    if may_wait(case.services[planned.name]):
        return _shares_of_waiting(case, planned, to)
    every = to.sum(axis=0) + own.sum(axis=0) + away
    return np.divide(to, every[None], out=np.zeros_like(to), where=every[None] > 0.0)


def _shares_of_waiting(case: Case, planned: ServicePlan, to: np.ndarray) -> np.ndarray:
    """What a provider answers as a batch goes there as it comes; of the others each has its part of the whole cycle."""
    came = arriving(case, planned)
    hours = np.array([period.hours_per_month for period in case.plan.periods])
    mean = np.broadcast_to((to @ hours)[:, :, None], to.shape)
    batch = np.array([use.mode == BATCH for use in planned.hosted], bool)[:, None, None]
    wanted, every = np.where(batch, to, mean), np.where(batch, came[None], (came @ hours)[None, :, None])
    return np.divide(wanted, every, out=np.zeros_like(wanted), where=every > 0.0)
