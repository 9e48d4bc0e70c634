"""What hosted options answer, recomputed: the price of a request, the rules an option breaks, what is paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from planner.economics.api import ApiOffer, attributes_of, known_at, names_of, retired_by
from planner.economics.serverless import ServerlessOffer
from planner.plan.hosted import HostedUse
from planner.problem.service import Service
from planner.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from planner.verify.facts import Broken
from planner.verify.workers import WorkerFacts, up_share, worker_facts


@dataclass(frozen=True)
class Answered:
    """A hosted option that a service is sent to.

    offer    None: neither problem nor catalogue sells such an option for the service
    quality  None: unknown, or the service asks for none
    workers  of a serverless option
    moved    bytes of a request and its answer, by class
    """

    service: Service
    use: HostedUse
    offer: ApiOffer | ServerlessOffer | None
    usd_per_request: tuple[float, ...]
    quality: float | None
    broken: tuple[Broken, ...]
    workers: WorkerFacts | None = None
    moved: tuple[float, ...] = ()

    def rate(self, b: int, t: int) -> float:
        """Requests/s of a class in a period."""
        rates = self.use.rate_per_s.get(self.service.workload.classes[b].name or f"c{b + 1}")
        return rates[t] if rates else 0.0

    @property
    def part(self) -> str:
        """The part of the cost that it is paid in."""
        if self.workers is not None:
            return "serverless_usd_per_month"
        return "provisioned_usd_per_month" if self.use.mode == "provisioned" else "provider_api_usd_per_month"

    def usd(self, hours: tuple[float, ...]) -> float:
        """What it is paid in a month."""
        if self.workers is not None:
            return sum(h * self._workers_usd(t) for t, h in enumerate(hours))
        if self.use.mode == "provisioned":
            return 0.0 if self.offer is None or self.offer.provisioned is None else sum(hours) * (self.use.units or 0) * self.offer.provisioned.usd_per_unit_hour
        classes = range(len(self.service.workload.classes))
        return sum(
            self.rate(b, t) * SECONDS_PER_HOUR * h * self.usd_per_request[b] for t, h in enumerate(hours) for b in classes
        )

    def _workers_usd(self, t: int) -> float:
        """USD an hour for the workers of a period; by request each pays a cold start, its time and its bytes."""
        if self.offer.by_request:
            sent = ((self.rate(b, t), self.workers.stay_s[b], self.moved[b]) for b in range(len(self.moved)))
            return SECONDS_PER_HOUR * sum(
                rate * (stay * self.offer.usd_per_hour / SECONDS_PER_HOUR + self.offer.usd_per_request + size * self.offer.usd_per_gb / 1e9)
                for rate, stay, size in sent
            )
        w, kept = self.use.workers, self.offer.kept_usd_per_hour or 0.0
        return self.offer.usd_per_hour * (self.up_share(t) + w.busy[t]) + kept * w.kept[t]

    def up_share(self, t: int) -> float:
        """Share of the time that the worker which stops when idle is up; nothing where none serves."""
        if not self.use.workers.stops_when_idle[t]:
            return 0.0
        return up_share(sum(self.rate(b, t) * stay for b, stay in enumerate(self.workers.stay_s) if self.rate(b, t)))

    def work(self, t: int) -> float:
        """Busy workers."""
        return sum(rate * w for b, w in enumerate(self.workers.facts.work_s) if (rate := self.rate(b, t)))

    def worker_room(self, t: int) -> float:
        """Busy workers that the workers of a period carry: each of them alone."""
        w = self.use.workers
        return self.workers.facts.share_at(1) * (w.stops_when_idle[t] + w.busy[t] + w.kept[t])

    def at_once(self, t: int) -> float:
        """Requests of all classes that are under way together, a cold start with each."""
        return sum(self.rate(b, t) * stay for b, stay in enumerate(self.workers.stay_s))

    def requests_per_s(self, t: int) -> float:
        """Requests of all classes."""
        return sum(self.rate(b, t) for b in range(len(self.service.workload.classes)))

    def requests_per_minute(self, t: int) -> float:
        """Requests of all classes."""
        return SECONDS_PER_MINUTE * self.requests_per_s(t)

    def tokens_per_minute(self, t: int) -> float:
        """Tokens of input and output together."""
        classes = self.service.workload.classes
        return SECONDS_PER_MINUTE * sum(self.rate(b, t) * (c.input_tokens + c.output_tokens) for b, c in enumerate(classes))

    def weighed_tokens_per_minute(self, t: int) -> float:
        """Tokens of input, and of output at what they count for in provisioned units."""
        weight, classes = self.offer.provisioned.output_weight, self.service.workload.classes
        return SECONDS_PER_MINUTE * sum(self.rate(b, t) * (c.input_tokens + weight * c.output_tokens) for b, c in enumerate(classes))

    def __str__(self) -> str:
        return f"{self.service.name} {self.use.name}"


def serverless(service: Service, use: HostedUse, problem: Any, catalog: Any, offers: Any, pools: Any, peak: float) -> Answered:
    """Serverless workers of a plan with what problem and catalogue say of them; ``peak`` is the service's [requests/s]."""
    offer = None
    if use.workers is not None:
        offer = next((o for o in offers if f"{o.id} {use.workers.variant}" == use.name and o.accelerator == use.workers.accelerator), None)
    if offer is None:
        return Answered(service, use, None, (0.0,) * len(service.workload.classes), None, ())
    found = worker_facts(service, use, offer, problem, catalog, pools, peak)
    broken = (*_policy(service, offer, problem), *_emissions(service, offer, problem), *found.broken)
    each, classes = problem.costs.bytes_per_token, service.workload.classes
    asked = [c.input_tokens * each if service.request_mb is None else service.request_mb * 1e6 for c in classes]
    moved = tuple(size + c.output_tokens * each for size, c in zip(asked, classes))
    return Answered(service, use, offer, (0.0,) * len(classes), found.facts.quality, broken, found, moved)


def answered(service: Service, use: HostedUse, problem: Any, catalog: Any, offers: Mapping[str, ApiOffer]) -> Answered:
    """One provider API of a plan with what problem and catalogue say of it; ``offers`` are all token prices by name."""
    ending = f" {use.mode}" if use.mode in ("batch", "provisioned") else ""
    offer = offers.get(use.name.removesuffix(ending)) if use.name.endswith(ending) else None
    if offer is None or use.mode not in ("provider_api", "batch", "provisioned") or use.workers is not None:
        return Answered(service, use, None, (0.0,) * len(service.workload.classes), None, ())
    other = next((s for s in service.substitutes if f"{s.provider}:{s.model}" == offer.id), None)
    model = catalog.model(service.model)
    same = offer.api_model == service.model or (offer.model is not None and offer.model in (service.model, getattr(model, "name", None)))
    if other is None and not same:
        return Answered(service, use, None, (0.0,) * len(service.workload.classes), None, ())
    quality = None
    if service.quality is not None:
        quality = other.quality if other is not None else None if offer.altered else service.quality.base_score
    broken = tuple(_broken(service, offer, quality, problem, catalog, mode=use.mode))
    free = (0.0,) * len(service.workload.classes)
    prices = free if use.mode == "provisioned" else _prices(service, offer, batch=use.mode == "batch")
    return Answered(service, use, offer, prices, quality, broken)


def may_use(service: Service, offer: ApiOffer, problem: Any, catalog: Any) -> bool:
    """Whether an API serves what the service asks for, in a mode that it allows, and breaks no rule."""
    use = HostedUse(mode="provider_api", name=offer.id, provider=offer.provider, rate_per_s={}, usd_per_month=0.0)
    modes = [mode for mode in ("provider_api", "batch") if mode in service.modes]  # units have no part in an account's limits
    names = {"provider_api": offer.id, "batch": f"{offer.id} batch"}
    uses = [use.model_copy(update={"mode": mode, "name": names[mode]}) for mode in modes]
    every = [answered(service, one, problem, catalog, {offer.id: offer}) for one in uses]
    return any(found.offer is not None and not found.broken for found in every)


def _prices(service: Service, offer: ApiOffer, *, batch: bool) -> tuple[float, ...]:
    """USD per request by class; a prefix found in the cache pays the cached price where there is one, but in a batch."""
    if batch:
        first, second = offer.batch_input_usd_per_mtok, offer.batch_output_usd_per_mtok
        if first is None or second is None:
            return (float("nan"),) * len(service.workload.classes)
        return tuple(c.input_tokens * first / 1e6 + c.output_tokens * second / 1e6 for c in service.workload.classes)
    if None in (offer.input_usd_per_mtok, offer.output_usd_per_mtok):
        return (float("nan"),) * len(service.workload.classes)
    found = []
    hit = service.workload.prefix_hit
    for c in service.workload.classes:
        fresh = c.input_tokens * (1.0 - hit) * offer.input_usd_per_mtok
        again = offer.input_usd_per_mtok if offer.cached_input_usd_per_mtok is None else offer.cached_input_usd_per_mtok
        found.append((fresh + c.input_tokens * hit * again + c.output_tokens * offer.output_usd_per_mtok) / 1e6)
    return tuple(found)


def _broken(service: Service, offer: ApiOffer, quality: float | None, problem: Any, catalog: Any, *, mode: str) -> Iterator[Broken]:
    batch = mode == "batch"
    yield from _policy(service, offer, problem)
    yield from _emissions(service, offer, problem)
    floors = service.quality is not None and (service.quality.min is not None or service.quality.mean is not None)
    if floors and quality is None:
        yield Broken("hosted_quality", f"the quality of {offer.id} is unknown")
    elif floors and service.quality.min is not None and quality < service.quality.min:
        yield Broken("hosted_quality", f"{quality:.4g} is under the floor {service.quality.min:.4g}", 1.0 - quality / service.quality.min)
    by_batch = (offer.batch_input_usd_per_mtok, offer.batch_output_usd_per_mtok)
    if mode == "provisioned":
        units = offer.provisioned
        if units is None:
            yield Broken("provisioned_units", "what a unit costs and carries is unknown")
        elif units.term_months is not None and problem.horizon.months % units.term_months:
            yield Broken("provisioned_units", f"sold for {units.term_months} months at a time; the horizon is {problem.horizon.months}")
    elif None in (by_batch if batch else (offer.input_usd_per_mtok, offer.output_usd_per_mtok)):
        yield Broken("api_price_known", "a price is unknown")
    if batch and (offer.batch_window_hours is None or service.window_hours is None or offer.batch_window_hours > service.window_hours):
        yield Broken("api_batch_window", f"a batch is answered within {offer.batch_window_hours} h; the window is {service.window_hours}")
    if retired_by(offer.retires_on, catalog.edition, problem.horizon.months):
        yield Broken("api_sold", f"it ends on {offer.retires_on}")
    allowed = service.allow.variants
    if offer.altered is not None and allowed is not None and not _any(allowed, offer.altered):
        yield Broken("api_variant", f"the copy is altered: {offer.altered}")
    longest = max([service.context_tokens or 0.0] + [c.input_tokens + c.output_tokens for c in service.workload.classes])
    if offer.context_window is None or longest > offer.context_window:
        miss = None if offer.context_window is None else longest / offer.context_window - 1.0
        yield Broken("api_context", f"requests of {longest:,.0f} tokens; it takes {offer.context_window}", miss)
    paced = any(c.output_tokens > 1 for c in service.workload.classes)
    for metric in ("ttft_ms", "tpot_ms", "end_to_end_ms") if paced else ("ttft_ms", "end_to_end_ms"):
        for key, limit in (getattr(service.slo, metric) or {}).items():
            reached = known_at(getattr(offer, metric), float(key[1:]))
            if reached is None or reached > limit:
                miss = None if reached is None else reached / limit - 1.0
                yield Broken("api_latency", f"{metric} {key}: {reached} against {limit:g} ms", miss)


def _emissions(service: Service, offer: ApiOffer | ServerlessOffer, problem: Any) -> Iterator[Broken]:
    limits = problem.limits
    counted = problem.carbon.price_usd_per_tonne > 0 or problem.carbon.offsets is not None or limits.carbon_kg_per_month is not None
    if counted or service.carbon_kg_per_month is not None or limits.regions:
        yield Broken("hosted_emissions", f"nobody states what a request to {offer.id} emits")


def _policy(service: Service, offer: ApiOffer | ServerlessOffer, problem: Any) -> Iterator[Broken]:
    allow, sellers = service.allow, names_of(offer.provider)
    inside = allow.providers is None or any(_any(allow.providers, s) for s in sellers)
    if not inside or any(_any(allow.exclude_providers, s) for s in sellers):
        yield Broken("hosted_provider", f"{offer.provider} is not allowed")
    if (allow.regions is not None or allow.exclude_regions) and not offer.places:
        yield Broken("hosted_place", "where requests are processed is not known")
    for names in offer.places:
        inside = allow.regions is None or any(_any(allow.regions, n) for n in names)
        if not inside or any(_any(allow.exclude_regions, n) for n in names):
            yield Broken("hosted_place", f"{names[0]} is not allowed")
    missing = set(service.requires) - attributes_of(problem, offer.provider)
    if missing:
        yield Broken("hosted_attributes", f"not known of {offer.provider}: {', '.join(sorted(missing))}")


def _any(patterns, name: str) -> bool:
    return any(fnmatchcase(name.casefold(), p.casefold()) for p in patterns)
