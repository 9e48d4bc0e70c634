"""Token prices that a problem may use: the catalogue's rows with what the user knows beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

#: Hosted services that go by another name than the cloud that sells them; a policy on the cloud is one on them.
SELLERS = {"bedrock": "aws", "vertex": "gcp", "google": "gcp"}

SECONDS_PER_HOUR = 3600.0
Percentiles = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ApiOffer:
    """One model at one provider, paid by the token. None is unknown, never free and never without limit.

    model        the catalogue's model with the same weights; None: other weights
    altered      how the host says it altered the model; None: as published
    batch_window_hours   in which a batch is answered
    places       every place that may process the requests, each with all its names; empty: not stated
    ttft_ms, tpot_ms, end_to_end_ms   (percentile, milliseconds) known to hold, by percentile
    requests_per_minute, tokens_per_minute   limits of the account; None: not stated
    provisioned  units in which throughput of the model is sold (``problem.hosted.ProvisionedUnits``); None: not stated
    """

    provider: str
    api_model: str
    model: str | None
    altered: str | None
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cached_input_usd_per_mtok: float | None
    batch_input_usd_per_mtok: float | None
    batch_output_usd_per_mtok: float | None
    batch_window_hours: float | None
    context_window: int | None
    retires_on: str | None
    places: tuple[tuple[str, ...], ...]
    ttft_ms: Percentiles
    tpot_ms: Percentiles
    end_to_end_ms: Percentiles
    requests_per_minute: float | None
    tokens_per_minute: float | None
    source: str
    as_of: str
    kind: str
    private: bool
    provisioned: object | None = None

    @property
    def id(self) -> str:
        """``provider:api_model``."""
        return f"{self.provider}:{self.api_model}"


def api_offers(problem, catalog) -> tuple[ApiOffer, ...]:
    """Every row by provider and model, sorted by id; rows of the problem's own replace the catalogue's of the same name."""
    own = {(row.provider, row.model): row for row in problem.apis if row.serves is not None}
    found = {}
    for row in catalog.api_prices.values():
        if (row.provider, row.api_model) not in own:
            found[row.provider, row.api_model] = _of_catalog(row, problem, catalog)
    for row in own.values():
        found[row.provider, row.model] = _stated(row, problem, catalog)
    return tuple(found[key] for key in sorted(found))


def names_of(provider: str) -> tuple[str, ...]:
    """The provider's own name, and the cloud's that sells it."""
    return (provider, SELLERS[provider]) if provider in SELLERS else (provider,)


def attributes_of(problem, provider: str) -> frozenset[str]:
    """What the user states of a provider of machines or hosted services."""
    return frozenset(
        attribute
        for row in problem.vendors
        if any(fnmatchcase(name.casefold(), row.provider.casefold()) for name in names_of(provider))
        for attribute in row.attributes
    )


def held_by_own_replicas(*, owned: bool) -> frozenset[str]:
    """Attributes that follow from serving on machines of one's own choice: nobody else reads the requests."""
    return frozenset({"no_training", "private_network"} if owned else {"no_training"})


def known_at(percentiles: Percentiles, asked: float) -> float | None:
    """What is known to hold for ``asked`` per cent of requests: the least figure at that percentile or above it."""
    return min((value for percentile, value in percentiles if percentile >= asked), default=None)


def place_names(place: str, catalog) -> tuple[str, ...]:
    """A place as stated, and what else it is called: a region's short name, country and area."""
    region = catalog.regions.get(place)
    more = () if region is None else (region.region, region.country, region.geo)
    return tuple(name for name in (place, *more) if name)


def retired_by(retires_on: str | None, edition: str, months: int) -> bool:
    """Whether a price ends within ``months`` from the month of a catalogue's edition (``2026-11``) on."""
    if retires_on is None:
        return False
    year, month = (int(part) for part in edition.split("-")[:2])
    end = year * 12 + month - 1 + months
    return retires_on < f"{end // 12:04d}-{end % 12 + 1:02d}-01"


def _of_catalog(row, problem, catalog) -> ApiOffer:
    known = _Known(problem, row.provider, row.api_model, catalog)
    # A price of a worldwide profile is read in one region, and its requests may go to any.
    read_for = None if row.api_model.startswith("global.") else row.geo
    own_price = known.first("input_usd_per_mtok") is not None or known.first("output_usd_per_mtok") is not None
    return ApiOffer(
        provider=row.provider,
        api_model=row.api_model,
        model=row.model,
        altered=row.served_as,
        input_usd_per_mtok=known.first("input_usd_per_mtok", row.input_usd_per_mtok),
        output_usd_per_mtok=known.first("output_usd_per_mtok", row.output_usd_per_mtok),
        cached_input_usd_per_mtok=known.first("cached_input_usd_per_mtok", row.cached_input_usd_per_mtok),
        batch_input_usd_per_mtok=known.first("batch_input_usd_per_mtok", row.batch_input_usd_per_mtok),
        batch_output_usd_per_mtok=known.first("batch_output_usd_per_mtok", row.batch_output_usd_per_mtok),
        batch_window_hours=known.first("batch_window_hours", _batch_window(row.provider, catalog)),
        context_window=known.first("context_window", row.context_window),
        retires_on=None if row.retires_on is None else str(row.retires_on),
        places=known.places() or (() if read_for is None else (place_names(read_for, catalog),)),
        source="stated in the problem" if own_price else row.source,
        as_of="" if own_price else str(row.as_of),
        kind="stated" if own_price else row.kind,
        private=own_price,
        **known.service(),
    )


def _stated(row, problem, catalog) -> ApiOffer:
    known = _Known(problem, row.provider, row.model, catalog)
    model = catalog.model(row.serves)
    return ApiOffer(
        provider=row.provider,
        api_model=row.model,
        model=row.serves if model is None else model.name,
        altered=None,
        input_usd_per_mtok=row.input_usd_per_mtok,
        output_usd_per_mtok=row.output_usd_per_mtok,
        cached_input_usd_per_mtok=row.cached_input_usd_per_mtok,
        batch_input_usd_per_mtok=row.batch_input_usd_per_mtok,
        batch_output_usd_per_mtok=row.batch_output_usd_per_mtok,
        batch_window_hours=known.first("batch_window_hours"),
        context_window=known.first("context_window"),
        retires_on=None,
        places=known.places(),
        source="stated in the problem",
        as_of="",
        kind="stated",
        private=True,
        **known.service(),
    )


def _batch_window(provider: str, catalog) -> float | None:
    """Hours within which a provider of tokens answers a batch, as its mode states; None: not known."""
    names = (provider, *SELLERS.get(provider, "").split())
    stated = [
        mode.max_processing_s / SECONDS_PER_HOUR
        for mode in catalog.modes.values()
        if mode.mode == "batch" and mode.billing_unit == "token" and not mode.retired and mode.provider in names and mode.max_processing_s
    ]
    return max(stated, default=None)


class _Known:
    """The user's rows about one model of one provider, in their order."""

    def __init__(self, problem, provider: str, model: str, catalog) -> None:
        self.catalog = catalog
        names = names_of(provider)
        self.rows = [
            row
            for row in problem.apis
            if any(fnmatchcase(n.casefold(), row.provider.casefold()) for n in names)
            and fnmatchcase(model.casefold(), row.model.casefold())
        ]

    def first(self, field: str, otherwise=None):
        return next((value for row in self.rows if (value := getattr(row, field)) is not None), otherwise)

    def places(self) -> tuple[tuple[str, ...], ...]:
        stated = next((row.regions for row in self.rows if row.regions), ())
        return tuple(place_names(place, self.catalog) for place in sorted(stated))

    def service(self) -> dict:
        """Limits and latency, which no catalogue states."""
        return {
            "provisioned": self.first("provisioned"),
            "requests_per_minute": self.first("requests_per_minute"),
            "tokens_per_minute": self.first("tokens_per_minute"),
            **{name: self._percentiles(name) for name in ("ttft_ms", "tpot_ms", "end_to_end_ms")},
        }

    def _percentiles(self, name: str) -> Percentiles:
        stated = self.first(name) or {}
        return tuple(sorted((float(key[1:]), value) for key, value in stated.items()))
