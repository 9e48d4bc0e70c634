"""Serverless workers that a problem may use: the catalogue's modes and prices with what the user knows beyond them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase

from planner.economics.api import names_of, place_names

SECONDS_PER_HOUR = 3600.0
#: Loads at which the cost of a worker that stops when idle is stated: tangents of 1 − e^−A there.
TANGENTS = (0.0, 0.25, 0.5, 1.0, 1.75, 3.0)


@dataclass(frozen=True)
class ServerlessOffer:
    """One accelerator of one serverless service; None is unknown.

    usd_per_hour      of one worker while it is up, its processors and memory included
    kept_usd_per_hour of a worker that is kept up (provisioned); None: not known to be sold
    by_request        paid while it works on a request, not while it is up: ``usd_per_hour`` of that time
    usd_per_request, usd_per_gb  on top, of each request and of what goes in and out
    requests_per_worker  at once; None: as many as its engine runs
    max_concurrency   requests at once, for what is paid by request; None: unknown
    cold_start_s      longest, before the model is loaded
    idle_timeout_s    that a worker stays up after its last request
    places            every place that may process the requests, each with all its names; empty: not stated
    """

    provider: str
    service: str
    name: str
    accelerator: str | None
    accelerated: bool | None
    usd_per_hour: float | None
    kept_usd_per_hour: float | None
    max_request_mb: float | None
    max_processing_s: float | None
    max_memory_gib: float | None
    cold_start_s: float | None
    idle_timeout_s: float | None
    max_workers: int
    places: tuple[tuple[str, ...], ...]
    missing_price: str
    source: str
    as_of: str
    kind: str
    private: bool
    by_request: bool = False
    usd_per_request: float = 0.0
    usd_per_gb: float = 0.0
    requests_per_worker: int | None = None
    max_concurrency: int | None = None

    @property
    def id(self) -> str:
        """Provider, service and accelerator."""
        return f"{self.provider}:{self.service} {self.accelerator}" if self.accelerator else f"{self.provider}:{self.service}"


def serverless_offers(problem, catalog) -> tuple[ServerlessOffer, ...]:
    """Every worker of every serverless service that is not retired, sorted by id."""
    prices: dict[tuple, dict] = {}
    for row in catalog.mode_prices.values():
        prices.setdefault((row.provider, row.service, row.name), {})[row.accelerator, row.unit] = row.usd_per_unit
    found = {}
    for mode in catalog.modes.values():
        if mode.mode == "serverless" and not mode.retired:
            known = prices.get((mode.provider, mode.service, mode.name), {})
            chips = sorted({*mode.accelerators, *(chip for chip, _ in known if chip)}) or [None]
            for chip in chips:
                offer = _offer(mode, chip, known, problem, catalog)
                kept = found.get(offer.id)
                if kept is None or (kept.usd_per_hour is None and offer.usd_per_hour is not None):
                    found[offer.id] = offer
    for row in problem.serverless:
        if "*" not in row.provider + row.service + row.accelerator:
            own = _stated(row, problem, catalog)
            found.setdefault(own.id, own)
    return tuple(found[key] for key in sorted(found))


def _stated(row, problem, catalog) -> ServerlessOffer:
    """A service that no catalogue has: what the user states of it, and nothing else."""
    return ServerlessOffer(
        provider=row.provider,
        service=row.service,
        name="",
        accelerator=row.accelerator,
        accelerated=True,
        usd_per_hour=row.usd_per_hour,
        kept_usd_per_hour=row.kept_usd_per_hour,
        max_request_mb=row.max_request_mb,
        max_processing_s=row.max_processing_s,
        max_memory_gib=None,
        cold_start_s=row.cold_start_s,
        idle_timeout_s=row.idle_timeout_s,
        max_workers=row.max_workers or problem.worker.max_workers,
        places=tuple(place_names(place, catalog) for place in sorted(row.regions)),
        missing_price="the price",
        source="stated in the problem",
        as_of="",
        kind="stated",
        private=True,
    )


def _offer(mode, chip: str | None, known: dict, problem, catalog) -> ServerlessOffer:
    names = names_of(mode.provider)
    rows = [
        row
        for row in problem.serverless
        if any(fnmatchcase(n.casefold(), row.provider.casefold()) for n in names)
        and fnmatchcase(mode.service.casefold(), row.service.casefold())
        and (chip is None or fnmatchcase(chip.casefold(), row.accelerator.casefold()))
    ]

    def first(field: str, otherwise=None):
        return next((value for row in rows if (value := getattr(row, field)) is not None), otherwise)

    by_request = bool(mode.billing_unit) and mode.billing_unit.startswith("GB-second")
    usd, missing = _processing_usd(mode, known) if by_request else _worker_usd(chip, known, problem)
    stated = first("usd_per_hour")
    places = next((row.regions for row in rows if row.regions), ())
    return ServerlessOffer(
        provider=mode.provider,
        service=mode.service,
        name=mode.name,
        accelerator=chip,
        accelerated=mode.accelerated,
        usd_per_hour=usd if stated is None else stated,
        kept_usd_per_hour=first("kept_usd_per_hour"),
        max_request_mb=first("max_request_mb", mode.max_request_mb),
        max_processing_s=first("max_processing_s", mode.max_processing_s),
        max_memory_gib=mode.max_memory_gib,
        cold_start_s=first("cold_start_s", mode.cold_start_high_s),
        idle_timeout_s=first("idle_timeout_s", mode.idle_timeout_s),
        max_workers=first("max_workers", problem.worker.max_workers),
        places=tuple(place_names(place, catalog) for place in sorted(places)),
        missing_price=missing if stated is None else "",
        source=mode.source if stated is None else "stated in the problem",
        as_of=str(mode.as_of) if stated is None else "",
        kind=mode.kind if stated is None else "stated",
        private=stated is not None,
        by_request=by_request,
        usd_per_request=known.get((None, "million-requests"), 0.0) / 1e6,
        usd_per_gb=known.get((None, "gb"), 0.0),
        requests_per_worker=mode.requests_per_worker,
        max_concurrency=mode.max_concurrency,
    )


def _processing_usd(mode, known: dict) -> tuple[float | None, str]:
    """(USD per hour of processing with the most memory there is, what of it is unknown)."""
    each = known.get((None, "gib-second"))
    if each is None or mode.max_memory_gib is None:
        return None, "the price of memory"
    return each * mode.max_memory_gib * SECONDS_PER_HOUR, ""


def request_usd(offer: ServerlessOffer, busy_s: float, moved_bytes: float) -> float:
    """Price of a request that is paid by what is processed: its time, itself, and its bytes in and out [USD]."""
    return offer.usd_per_hour * busy_s / SECONDS_PER_HOUR + offer.usd_per_request + offer.usd_per_gb * moved_bytes / 1e9


def _worker_usd(chip: str | None, known: dict, problem) -> tuple[float | None, str]:
    """(USD per hour of a worker, what of its price is unknown): its accelerator, and processors and memory where charged."""
    second, hour = known.get((chip, "accelerator-second")), known.get((chip, "accelerator-hour"))
    if chip is None or (second is None and hour is None):
        return None, "the price of the accelerator"
    usd = second * SECONDS_PER_HOUR if second is not None else hour
    processor = known.get((None, "core-second"), known.get((None, "vcpu-second")))
    memory = known.get((None, "gib-second"))
    if (processor is None) != (memory is None):
        return None, "the price of memory" if memory is None else "the price of processors"
    if processor is not None:
        usd += SECONDS_PER_HOUR * (processor * problem.worker.vcpus + memory * problem.worker.memory_gib)
    return usd, ""


def cold_start_s(offer: ServerlessOffer, weights_gb: float, problem) -> float:
    """From a request at an idle service until its worker answers: start, then loading the weights [s]."""
    return offer.cold_start_s + weights_gb / problem.worker.load_gb_per_s


def moved_bytes(service, request_class, problem) -> float:
    """Bytes of a request and its answer: the request as large as stated, else its tokens."""
    each = problem.costs.bytes_per_token
    asked = request_class.input_tokens * each if service.request_mb is None else service.request_mb * 1e6
    return asked + request_class.output_tokens * each


def cold_share(rate_per_s: float, offer: ServerlessOffer, cold_s: float, dispersion: float) -> float:
    r"""Most of the requests that can meet a worker which is not up.

    .. math:: P \le (1 + \lambda' c) \, e^{-\lambda' \tau}, \quad \lambda' = \lambda / \max(1, D)

    Bursts of D requests come at random (index of dispersion D); each keeps the worker up for τ, the idle timeout, at
    least: the system is empty for a share e^(−λ'τ) of bursts, and what comes within the start c waits too.
    """
    bursts = rate_per_s / max(1.0, dispersion)
    return min(1.0, (1.0 + bursts * cold_s) * math.exp(-bursts * offer.idle_timeout_s))


def least_rate(offer: ServerlessOffer, cold_s: float, dispersion: float, allowed: float) -> float:
    """The least rate from which on cold starts meet at most a share ``allowed`` of the requests [1/s]."""
    if allowed >= 1.0:
        return 0.0
    low, high = 0.0, 1.0
    while cold_share(high, offer, cold_s, dispersion) > allowed:
        high *= 2.0
        if high > 1e9:
            return math.inf
    # Above 1/τ the bound falls: the last crossing is the one from which on it stays under.
    low = max(1.0, dispersion) * max(0.0, 1.0 / offer.idle_timeout_s - 1.0 / max(cold_s, 1e-9))
    if cold_share(low, offer, cold_s, dispersion) <= allowed:
        return low
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if cold_share(middle, offer, cold_s, dispersion) > allowed else (low, middle)
    return high


def up_share(load: float) -> float:
    r"""Share of the time that a worker is up which stops when idle: the least tangent of 1 − e^−A, at most 1.

    The load A = Σ x (cold start + time of the request + idle timeout) counts every request's stay; with Poisson arrivals a worker
    is up for 1 − e^−A of the time whatever the stays look like (M/G/∞), bursts only shorten that.
    """
    return min(1.0, *(intercept + slope * load for intercept, slope in tangents()))


def tangents() -> tuple[tuple[float, float], ...]:
    """(intercept, slope) of the lines of which the lowest is the cost of a worker, per price and hour."""
    return tuple((1.0 - math.exp(-m) * (1.0 + m), math.exp(-m)) for m in TANGENTS)
