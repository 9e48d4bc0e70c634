"""Serverless workers of a plan as replicas that start and stop with requests, and what came of them beside what was claimed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.economics.serverless import ServerlessOffer, cold_start_s, moved_bytes, request_usd, serverless_offers
from planner.errors import PlannerError
from planner.perf.from_catalog import served_variants
from planner.perf.stored import stored_gb
from planner.plan.hosted import HostedUse
from planner.plan.schema import ServicePlan
from planner.problem.service import Service
from planner.replay.case import Case
from planner.replay.fleets import class_names, replicated
from planner.simulate.fleet import Fleet, Group, Part, Workers
from planner.simulate.kernel.world import PS_PER_S
from planner.simulate.service import Played
from planner.units import SECONDS_PER_HOUR

PURCHASE = "serverless"


@dataclass(frozen=True)
class WorkersFound:
    """What one serverless option did, and what the plan claimed of the same periods; hours and dollars of one run.

    cold_share          of the requests sent there that waited for a worker to start; None: none was sent
    claimed_cold_share  the plan's upper bound, at its worst period
    claimed_worker_hours  None: of what is paid by request the plan states no time
    """

    name: str
    requests: int
    starts: int
    cold_requests: int
    cold_share: float | None
    claimed_cold_share: float
    most_workers: int
    worker_hours: float
    claimed_worker_hours: float | None
    usd: float
    claimed_usd: float


def worker_groups(case: Case, service: Service, planned: ServicePlan | None) -> Iterator[Group]:
    """A group for each serverless option that the plan uses; as many workers as the account may have, none up at first."""
    periods = len(case.plan.periods)
    for use in serverless_uses(planned):
        own, offer = use.workers, offer_of(case, use)
        found = replicated(case, service, (own.variant, own.accelerator, 1, 1, own.engine, own.max_num_seqs))
        variant = next(v for v in served_variants(case.catalog, service.model) if v.method == own.variant)
        gb = stored_gb(variant)
        # What is paid by request is taken to start anew for each, as the plan takes it.
        idle_s = 0.0 if offer.by_request else offer.idle_timeout_s
        if offer.cold_start_s is None or idle_s is None or gb is None:
            raise PlannerError(f"cold start or idle timeout of {use.name} is unknown", where=case.file)
        rates = tuple(use.rate_per_s.get(name, (0.0,) * periods) for name in class_names(service))
        most = (offer.max_concurrency or 1) if offer.by_request else max(offer.max_workers, *own.kept)
        yield Group(
            name=use.name, times=found.times, parts=(Part(use.name, "", PURCHASE, (most,) * periods),), rate_per_s=rates, speed=found.speed,
            context=found.context, cached=0.0, work_s=found.work_s,
            scaling=Workers(cold_start_s(offer, gb, case.problem), idle_s, own.kept),
        )  # fmt: skip


def serverless_uses(planned: ServicePlan | None) -> tuple[HostedUse, ...]:
    """The hosted options whose workers are simulated."""
    return tuple(use for use in planned.hosted if use.workers is not None) if planned else ()


def offer_of(case: Case, use: HostedUse) -> ServerlessOffer:
    """What the problem and the catalogue say of the option; raises PlannerError where they do not sell it."""
    own = use.workers
    for offer in serverless_offers(case.problem, case.catalog):
        if f"{offer.id} {own.variant}" == use.name and offer.accelerator == own.accelerator:
            return offer
    raise PlannerError(f"neither the problem nor the catalogue sells {use.name}", where=case.file)


def workers_found(case: Case, fleet: Fleet, played: Sequence[Played], hours: Mapping[int, float]) -> tuple[WorkersFound, ...]:
    """One entry for each serverless option; ``hours`` are those simulated in each period."""
    planned = next(s for s in case.plan.services if s.name == fleet.service)
    return tuple(_found(case, fleet, played, hours, use) for use in serverless_uses(planned))


def _found(case: Case, fleet: Fleet, played: Sequence[Played], hours: Mapping[int, float], use: HostedUse) -> WorkersFound:
    g = next(k for k, group in enumerate(fleet.groups) if group.name == use.name)
    places = [i for i, place in enumerate(fleet.replicas()) if place[0] == g]
    own, offer = use.workers, offer_of(case, use)
    replicas = [one.world.replicas[places] for one in played]
    up = sum(one.world.by_period[places] for one in played) / len(played) / PS_PER_S / SECONDS_PER_HOUR
    kept = np.arange(len(places))[:, None] < np.array(own.kept)[None, :]
    price, kept_price = offer.usd_per_hour or 0.0, offer.kept_usd_per_hour or 0.0
    claimed = {t: own.up_share[t] * own.stops_when_idle[t] + own.busy[t] for t in hours}
    sent, cold = (sum(int(one[name].sum()) for one in replicas) for name in ("sent", "cold"))
    usd = float(up[~kept].sum() * price + up[kept].sum() * kept_price)
    claimed_usd = sum(h * (claimed[t] * price + own.kept[t] * kept_price) for t, h in hours.items())
    if offer.by_request:
        usd += sent / len(played) * _each_usd(case, case.services[fleet.service], use, offer, hours)
        claimed_usd = use.usd_per_month * _sent(use, hours) / max(_sent(use, {t: p.hours_per_month for t, p in enumerate(case.plan.periods)}), 1e-300)
    return WorkersFound(
        name=use.name,
        requests=sent,
        starts=sum(int(one["starts"].sum()) for one in replicas),
        cold_requests=cold,
        cold_share=cold / sent if sent else None,
        claimed_cold_share=max((own.cold_share[t] for t in hours), default=0.0),
        most_workers=max((int((one["sent"] > 0).sum()) for one in replicas), default=0),
        worker_hours=float(up.sum()),
        claimed_worker_hours=None if offer.by_request else sum(h * (claimed[t] + own.kept[t]) for t, h in hours.items()),
        usd=usd,
        claimed_usd=claimed_usd,
    )


def _sent(use: HostedUse, hours: Mapping[int, float]) -> float:
    """Requests that the plan sends there, over 3,600."""
    return sum(rates[t] * h for rates in use.rate_per_s.values() for t, h in hours.items())


def _each_usd(case: Case, service: Service, use: HostedUse, offer: ServerlessOffer, hours: Mapping[int, float]) -> float:
    """Paid for a request beside its time: the request itself, and the bytes of the classes as the plan sends them."""
    sizes = {name: moved_bytes(service, c, case.problem) for name, c in zip(class_names(service), service.workload.classes)}
    weight = {name: sum(rates[t] * h for t, h in hours.items()) for name, rates in use.rate_per_s.items()}
    total = sum(weight.values())
    return sum(w / total * request_usd(offer, 0.0, sizes[name]) for name, w in weight.items()) if total else 0.0
