"""What hosted options are billed by: tokens, requests, hours of workers or of units; each with its quantity and its price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planner.economics.api import ApiOffer
from planner.economics.serverless import ServerlessOffer
from planner.units import SECONDS_PER_HOUR

INPUT, CACHED, OUTPUT = "input tokens", "cached input tokens", "output tokens"
WORKERS, KEPT, REQUESTS = "workers", "workers kept up", "requests"
UNITS = "units"
#: What one of each meter is, as bills and tables call it.
UNIT_OF = {INPUT: "million tokens", CACHED: "million tokens", OUTPUT: "million tokens", WORKERS: "worker-hours", KEPT: "worker-hours", REQUESTS: "million requests", UNITS: "unit-hours"}
ENDINGS = {"batch": " batch", "provisioned": " provisioned"}


@dataclass(frozen=True)
class Metered:
    """A month of one hosted option of one service by one meter; the quantity is in ``UNIT_OF`` it."""

    option: str
    meter: str
    quantity: float
    usd: float


def offer_of(use, apis: Mapping[str, ApiOffer], workers: Sequence[ServerlessOffer]) -> ApiOffer | ServerlessOffer | None:
    """What sells a hosted option of a plan (``planner.plan.hosted.HostedUse``), of all token prices by name and all workers."""
    if use.workers is None:
        return apis.get(use.name.removesuffix(ENDINGS.get(use.mode, "")))
    return next((one for one in workers if f"{one.id} {use.workers.variant}" == use.name), None)


def metered(use, service, offer: ApiOffer | ServerlessOffer, hours: Sequence[float]) -> Iterator[Metered]:
    """What a hosted option is planned to be billed; its parts sum to what the plan says that it costs.

    hours  of each period in a month
    """
    if use.mode == "serverless" and offer.by_request:
        # Paid by time, requests and bytes at once: what they cost together is the plan's.
        sent = sum(rate * hour for rates in use.rate_per_s.values() for rate, hour in zip(rates, hours)) * SECONDS_PER_HOUR / 1e6
        if sent:
            yield Metered(use.name, REQUESTS, sent, use.usd_per_month)
        return
    for meter, quantity in _quantities(use, service, offer, hours):
        if quantity:
            yield Metered(use.name, meter, quantity, quantity * price_of(offer, use.mode, meter))


def price_of(offer: ApiOffer | ServerlessOffer, mode: str, meter: str) -> float | None:
    """USD for one of a meter in a mode; None: not known."""
    if mode == "serverless" and meter == REQUESTS:
        return None
    if mode == "serverless":
        return offer.kept_usd_per_hour if meter == KEPT else offer.usd_per_hour
    if mode == "provisioned":
        return None if offer.provisioned is None else offer.provisioned.usd_per_unit_hour
    if mode == "batch":
        return offer.batch_output_usd_per_mtok if meter == OUTPUT else offer.batch_input_usd_per_mtok
    if meter == CACHED and offer.cached_input_usd_per_mtok is not None:
        return offer.cached_input_usd_per_mtok
    return offer.output_usd_per_mtok if meter == OUTPUT else offer.input_usd_per_mtok


def tokens_per_month(use, service, hours: Sequence[float]) -> tuple[float, float]:
    """Tokens of input and of output that a hosted option is planned to read and write."""
    found = [0.0, 0.0]
    for b, one in enumerate(service.workload.classes):
        rates = use.rate_per_s.get(one.name or f"c{b + 1}", ())
        requests = sum(rate * hour for rate, hour in zip(rates, hours)) * SECONDS_PER_HOUR
        found[0] += requests * one.input_tokens
        found[1] += requests * one.output_tokens
    return found[0], found[1]


def _quantities(use, service, offer, hours: Sequence[float]) -> Iterator[tuple[str, float]]:
    if use.mode == "serverless":
        w = use.workers
        yield WORKERS, sum(h * (up + busy) for h, up, busy in zip(hours, w.up_share, w.busy))
        yield KEPT, sum(h * kept for h, kept in zip(hours, w.kept))
    elif use.mode == "provisioned":
        yield UNITS, sum(hours) * (use.units or 0)
    else:
        read, written = (tokens / 1e6 for tokens in tokens_per_month(use, service, hours))
        # A prefix found again pays the cached price where there is one, but in a batch.
        again = service.workload.prefix_hit if use.mode == "provider_api" and offer.cached_input_usd_per_mtok is not None else 0.0
        yield INPUT, read * (1.0 - again)
        yield CACHED, read * again
        yield OUTPUT, written
