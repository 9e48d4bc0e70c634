"""Endpoints that a provider runs on its own machines: the premium over the bare machine, and the limits of a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from planner.economics.pools import Pool

MANAGED = "managed"
#: What an instance type is called as part of an endpoint, where the seller has a name for it.
PREFIXES = {("aws", "SageMaker"): "ml"}


@dataclass(frozen=True)
class RequestLimits:
    """Limits of one request; None is unknown.

    max_request_mb    10^6 bytes
    max_processing_s  whole time of a request
    """

    max_request_mb: float | None = None
    max_processing_s: float | None = None


@dataclass(frozen=True)
class Endpoint:
    """A provider's service that runs models on its machines.

    premium  over the price of the bare machine, as a share of it; None: unknown
    why      of the premium, in words
    limits   (way of asking: real-time, streaming or asynchronous; its limits), sorted
    """

    provider: str
    service: str
    prefix: str
    premium: float | None
    why: str
    limits: tuple[tuple[str, RequestLimits], ...] = ()

    @property
    def name(self) -> str:
        """As plans and reasons call it."""
        return f"{self.provider}/{self.service}"

    def instance_type(self, bare: str) -> str:
        """What a bare machine's type is called as part of it, such as ``ml.g6e.xlarge``."""
        return f"{self.prefix}.{bare}"

    def limits_of(self, service) -> tuple[str, RequestLimits]:
        """How a problem's service asks, and the limits of that.

        Within a window through a queue; where a limit on the time of tokens is stated answers are streamed, if the endpoint does that.
        """
        known = dict(self.limits)
        streamed = "streaming" in known and bool(service.slo.ttft_ms or service.slo.tpot_ms)
        way = "asynchronous" if service.window_hours is not None else "streaming" if streamed else "real-time"
        return way, known.get(way, RequestLimits())


def asks_for_endpoints(problem) -> bool:
    """Whether any service may be answered by endpoints."""
    return any(MANAGED in service.modes for service in problem.services)


def endpoints(problem, catalog) -> tuple[Endpoint, ...]:
    """Endpoints that the catalogue or the problem states, sorted by name; none where no service may use them."""
    if not asks_for_endpoints(problem):
        return ()
    found: dict[tuple[str, str], Endpoint] = {}
    for mode in catalog.modes.values():
        if mode.mode in ("real-time", "streaming", "asynchronous") and not mode.retired:
            key = (mode.provider, mode.service)
            known = found.setdefault(key, Endpoint(*key, _prefix(*key), None, ""))
            limits = {**dict(known.limits), mode.mode: RequestLimits(mode.max_request_mb, mode.max_processing_s)}
            found[key] = replace(known, limits=tuple(sorted(limits.items(), key=lambda one: one[0])))
            if mode.premium_high_share is not None and (known.premium is None or mode.premium_high_share > known.premium):
                found[key] = replace(found[key], premium=mode.premium_high_share, why=_stated_range(mode))
    for row in problem.managed:
        known = found.get((row.provider, row.service), Endpoint(row.provider, row.service, _prefix(row.provider, row.service), None, ""))
        found[row.provider, row.service] = _with(known, row)
    return tuple(found[key] for key in sorted(found))


def _prefix(provider: str, service: str) -> str:
    return PREFIXES.get((provider, service), "".join(c for c in service.lower() if c.isalnum()))


def _stated_range(mode) -> str:
    low, high = mode.premium_low_share, mode.premium_high_share
    known = f"{high:.0%}" if low == high else f"the high end of {low:.0%} to {high:.0%}"
    return f"{known}, as recalled of {mode.provider}:{mode.service}, {mode.as_of}"


def _with(known: Endpoint, row) -> Endpoint:
    """What the user knows goes before the catalogue; a limit stated holds for every way of asking."""
    ways = known.limits or (("asynchronous", RequestLimits()), ("real-time", RequestLimits()))
    limits = tuple((way, _stated(one, row)) for way, one in ways)
    if row.premium_share is None:
        return replace(known, limits=limits)
    return replace(known, limits=limits, premium=row.premium_share, why=f"{row.premium_share:.0%}, stated in the problem")


def _stated(one: RequestLimits, row) -> RequestLimits:
    return RequestLimits(
        one.max_request_mb if row.max_request_mb is None else row.max_request_mb,
        one.max_processing_s if row.max_processing_s is None else row.max_processing_s,
    )


def managed_pools(rented: list[Pool], problem, catalog, left_out: dict[str, str]) -> Iterator[Pool]:
    """Each rented pool once more as part of every endpoint of its provider, at its on-demand price and the premium.

    Neither spot nor reservations of the bare machine are sold with it. Its region is one of its own: requests to an endpoint
    are spread by the provider, so its replicas are no reserve of others in the same place.
    """
    for endpoint in endpoints(problem, catalog):
        bare = [p for p in rented if p.provider == endpoint.provider and p.on_demand is not None and p.zone is None]
        if bare and endpoint.premium is None:
            left_out[endpoint.name] = "its premium over the bare machine is unknown (managed.premium_share states it)"
            continue
        for made in (_as_endpoint(pool, endpoint) for pool in bare):
            if any(fnmatchcase(made.id.casefold(), pattern.casefold()) for pattern in problem.offers.exclude):
                left_out[made.id] = "excluded by offers.exclude"
            else:
                yield made


def _as_endpoint(pool: Pool, endpoint: Endpoint) -> Pool:
    kind, place = endpoint.instance_type(pool.instance_type), pool.region.split(":", 1)[1]
    return replace(
        pool,
        id=f"{pool.provider}:{kind}@{place}",
        region=f"{endpoint.name}:{place}",
        site=pool.region,
        instance_type=kind,
        on_demand=tuple(price * (1.0 + endpoint.premium) for price in pool.on_demand),
        spot=None,
        reserved=(),
        stock=None,
        committed_usd_per_hour=None,
        kind="derived" if pool.kind == "published" else pool.kind,
        assumed=(*(text for text in pool.assumed if not text.startswith("spot")), f"price: {pool.id} and a premium of {endpoint.why}"),
        endpoint=endpoint,
    )
