"""A program without the offers that no plan up to some cost can use: exact where the plan then costs no more than that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.solve import Judged
from planner.units import HOURS_PER_MONTH

#: Bounds are compared with this relative slack: above rounding and what a plan may fall short of the demand by.
SLACK = 1e-5
#: So many ways to value the classes of a service, by what its cheapest candidates take for each.
VALUES = 3


def affordable(stated: Judged, usd_per_month: float) -> Judged | None:
    r"""``stated`` without the offers of which one replica makes a plan dearer than ``usd_per_month``; None where that cannot be said.

    A plan proven the cheapest without them that costs no more is the cheapest of all. Per service s, let κ be what one
    replica is worth at most, as a share of the demand under class values v (Σ_b v_b λ_b = 1):

    .. math:: κ_g = \max_j \min(S_g / N_j, φ_j \max_b v_b / w_{gb}), \qquad c_s = \min_{g,k} p_k a_g / κ_g

    φ_j from N_j replicas on, S_g the worth of the classes that g serves, p_k the price of an accelerator, a_g those of a
    replica. Every plan serves all demand, so it costs Σ_s c_s at least, and with one replica of g in pool k at least
    P_k − c_s κ_g − (A_k − a_g) max c κ / a more: the instance, less what its accelerators are worth. And each of
    ``min_instances`` costs what the cheapest instance does.

    An instance is paid in every hour only where there is one period; and nothing may cover it, discount it or leave it out, nor may
    services share replicas.
    """
    problem = stated.problem
    covered = problem.commitments.offers or problem.commitments.held or problem.jobs or problem.existing or problem.costs.without
    shared = any(service.workload.serves is not None for service in problem.services)
    if len(stated.times.periods) != 1 or covered or shared:
        return None
    pools = {pool.id: pool for pool in stated.pools}
    services = [_Service(stated, number, pools) for number in range(len(stated.choices))]
    least = sum(service.least for service in services)
    worth: dict[tuple[str, bool], float] = {}
    for offer in (offer for service in services for offer in service.offers):
        side = offer.pool.id, offer.firm
        worth[side] = max(worth.get(side, 0.0), offer.worth / offer.accelerators)
    ceiling = usd_per_month * (1.0 + SLACK)
    choices, fewer = [], False
    for service, choice in zip(services, stated.choices, strict=True):
        kept = {
            (offer.candidate, offer.pool.id, offer.firm)
            for offer in service.offers
            if max(
                least + offer.usd - offer.worth - (offer.pool.accelerators - offer.accelerators) * worth[offer.pool.id, offer.firm],
                offer.usd + service.others,
            ) <= ceiling
        }  # fmt: skip
        fewer = fewer or len(kept) < len(service.offers)
        choices.append(replace(choice, candidates=tuple(_open(choice.candidates, kept))))
    return replace(stated, choices=tuple(choices)) if fewer else None


def alone(stated: Judged) -> float | None:
    """About what the rent is when each service stands in one kind of replica, the cheapest [USD/month]; None: some cannot."""
    pools = {pool.id: pool for pool in stated.pools}
    total = 0.0
    for number in range(len(stated.choices)):
        cheapest = min((cost for cost in _Service(stated, number, pools).alone() if cost is not None), default=None)
        if cheapest is None:
            return None
        total += cheapest
    return total


@dataclass(frozen=True)
class _Offer:
    """One candidate on one side of a pool; ``usd`` an instance [USD/month], ``worth`` what a replica saves elsewhere at most [USD/month]."""

    candidate: int
    pool: Any
    firm: bool
    accelerators: int
    usd: float
    worth: float = 0.0


class _Service:
    """One service's offers with what they are worth; ``least`` is what serving it costs at least [USD/month].

    others  what its other distinct instances cost at least, beside any one   [USD/month]
    """

    def __init__(self, stated: Judged, number: int, pools: dict[str, Any]) -> None:
        self.stated, self.choice = stated, stated.choices[number]
        self.service = stated.problem.services[number]
        self.rate = np.asarray(stated.rates[self.choice.service])[:, 0]
        spot = self.service.spot.allowed and self.service.spot.max_share > 0
        reserved = stated.problem.commitments.offered
        offers = list(_offers(self.choice.candidates, pools, (True, False) if spot else (True,), reserved))
        elsewhere = self.choice.hosted or any(cache for cache in stated.caches[number : number + 1]) or self.service.routing == "slices"
        short = self.service.unserved_usd_per_request is not None or stated.problem.limits.shortage != "forbidden"
        self.least, self.offers = 0.0, offers
        if not offers or elsewhere or short or not self.rate.any():
            self.others = 0.0
            return
        distinct = self.service.availability.min_instances if self.service.availability is not None else 0
        self.others = max(0, distinct - 1) * min(offer.usd for offer in offers)
        for value in self._values():
            shares = [_most_worth(candidate, value, self.rate) for candidate in self.choice.candidates]
            held = [(offer, shares[offer.candidate]) for offer in offers if shares[offer.candidate] > 0]
            each = min((offer.usd * offer.accelerators / offer.pool.accelerators / share for offer, share in held), default=0.0)
            if each > self.least:
                self.least = each
                self.offers = [replace(offer, worth=each * shares[offer.candidate]) for offer in offers]

    def alone(self) -> Iterator[float | None]:
        """What each offer costs that serves everything by itself."""
        distinct = self.service.availability.min_instances if self.service.availability is not None else 0
        candidates = self.choice.candidates
        for offer in self.offers:
            candidate = candidates[offer.candidate]
            if not all(can or not rate for can, rate in zip(candidate.can_serve, self.rate)):
                yield None
                continue
            count = _replicas(candidate, float(np.dot(_work(candidate, 0.0), self.rate)))
            fit = max(1, int(offer.pool.accelerators // offer.accelerators))
            yield offer.usd * max(-(-count // fit), distinct)

    def _values(self) -> list[np.ndarray]:
        """Class values, Σ v λ = 1: what the cheapest candidates take for each class, and what each class costs where it is cheapest."""
        candidates = self.choice.candidates
        ranked = sorted((cost, offer.candidate) for cost, offer in zip(self.alone(), self.offers) if cost is not None)
        found = [_work(candidates[c], 0.0) for c in list(dict.fromkeys(candidate for _, candidate in ranked))[:VALUES]]
        each = np.array([offer.usd * offer.accelerators / offer.pool.accelerators / candidates[offer.candidate].levels[-1][1] for offer in self.offers])
        cheapest = (each[:, None] * np.array([_work(candidates[offer.candidate], np.inf) for offer in self.offers])).min(axis=0)
        found.append(np.where(np.isfinite(cheapest), cheapest, 0.0))
        return [value / total for value in found if (total := float(np.dot(value, self.rate))) > 0]


def _offers(candidates: tuple[Any, ...], pools: dict[str, Any], sides: tuple[bool, ...], reserved: bool) -> Iterator[_Offer]:
    for number, candidate in enumerate(candidates):
        for pool in map(pools.__getitem__, candidate.pools):
            for firm in sides:
                usd = _least(pool, firm, reserved)
                if usd is not None and candidate.may_use(pool.id, firm=firm):
                    yield _Offer(number, pool, firm, candidate.configuration.accelerators, usd)


def _least(pool: Any, firm: bool, reserved: bool) -> float | None:
    """What one running instance costs at the least [USD/month]; nothing where it is not simply rented; None: not sold so."""
    if pool.owned is not None or pool.purchase is not None or (firm and pool.committed_usd_per_hour is not None):
        return 0.0 if firm else None
    firmly = [*_some(pool.on_demand), *(price for _, price in (pool.reserved if reserved else ()))]
    hourly = firmly if firm else [price * pool.spot_availability for price in _some(pool.spot)]
    return HOURS_PER_MONTH * min(hourly) if hourly else None


def _some(prices: Iterable[float] | None) -> tuple[float, ...]:
    return () if prices is None else tuple(prices)


def _work(candidate: Any, other: float) -> np.ndarray:
    return np.array([w if can else other for w, can in zip(candidate.work_s, candidate.can_serve)])


def _most_worth(candidate: Any, value: np.ndarray, rate: np.ndarray) -> float:
    """κ: the share of the demand that one of any number of replicas is worth at most."""
    served = float(np.dot(value, rate * np.array(candidate.can_serve)))
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = float(np.nan_to_num(value / _work(candidate, np.inf), nan=0.0, posinf=np.inf).max(initial=0.0))
    return max((min(served / count, share * speed) for count, share in candidate.levels if share > 0), default=0.0)


def _replicas(candidate: Any, work: float) -> int:
    """The least N with N φ(N) of at least ``work``."""
    needed = 1
    for i, (first, share) in enumerate(candidate.levels):
        last = candidate.levels[i + 1][0] - 1 if i + 1 < len(candidate.levels) else np.inf
        if share > 0:
            needed = max(first, int(np.ceil(work / share - 1e-9)))
            if needed <= last:
                break
    return max(1, needed)


def _open(candidates: tuple[Any, ...], kept: set[tuple[int, str, bool]]) -> Iterator[Any]:
    """Candidates where they are kept; a pool of which one side is closed stays with the other."""
    for number, candidate in enumerate(candidates):
        sides = {(pool, firm) for pool in candidate.pools for firm in (True, False)}
        shut = {side for side in sides if (number, *side) not in kept}
        pools = tuple(pool for pool in candidate.pools if not {(pool, True), (pool, False)} <= shut)
        if pools:
            yield replace(candidate, pools=pools, dominated_sides=frozenset(candidate.dominated_sides | shut))
