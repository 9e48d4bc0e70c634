"""Provider APIs that a service may be sent to: every price for its model, judged by every rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.candidates.hosted import Hosted, HostedRejection, JudgedHosted
from planner.candidates.judged import Quality
from planner.candidates.registry import rules_of
from planner.catalog.catalog import Catalog
from planner.economics.api import ApiOffer, attributes_of
from planner.problem.schema import Problem
from planner.problem.service import Service, Substitute

PROVIDER_API, BATCH, PROVISIONED = API_MODES = "provider_api", "batch", "provisioned"
TOKENS_PER_PRICE = 1e6


def api_options(
    service: Service, problem: Problem, catalog: Catalog, offers: Iterable[ApiOffer]
) -> tuple[tuple[Hosted, ...], tuple[HostedRejection, ...]]:
    """(options, rejections) of the provider APIs that serve the service's model or a substitute, sorted by name.

    offers   ``economics.api.api_offers`` of the problem
    """
    modes = [mode for mode in API_MODES if mode in service.modes]
    kept, rejected = [], []
    for offer, substitute, mode in ((*found, mode) for found in _serving(service, catalog, offers) for mode in modes):
        judged = JudgedHosted(
            service=service,
            problem=problem,
            mode=mode,
            offer=offer,
            quality=_quality(service, offer, substitute),
            carbon_counts=emissions_count(service, problem),
            longest=longest_request(service),
            edition=catalog.edition,
            attributes=attributes_of(problem, offer.provider),
        )
        broken = tuple(b for of in ("hosted", "api") for r in rules_of(of) if (b := r.check(judged)) is not None)
        if broken:
            rejected.append(HostedRejection(service.name, mode, judged.name, broken))
        else:
            kept.append(_option(judged))
    return tuple(kept), tuple(rejected)


def _serving(service: Service, catalog: Catalog, offers: Iterable[ApiOffer]) -> Iterator[tuple[ApiOffer, Substitute | None]]:
    """Prices for the service's model, whatever altered copy of it, and for the substitutes that it names."""
    model = catalog.model(service.model)
    names = {service.model} if model is None else {service.model, model.name}
    others = {f"{s.provider}:{s.model}": s for s in service.substitutes}
    for offer in offers:
        if offer.id in others:
            yield offer, others[offer.id]
        elif offer.model in names or offer.api_model == service.model:
            yield offer, None


def longest_request(service: Service) -> float:
    """Tokens of the longest class, or ``context_tokens``."""
    return max(service.context_tokens or 0.0, *(c.input_tokens + c.output_tokens for c in service.workload.classes))


def emissions_count(service: Service, problem: Problem) -> str:
    """Why emissions of what serves ``service`` must be known, in words; empty: they need not be."""
    limits = problem.limits
    stated = (
        (limits.carbon_kg_per_month is not None, "limits.carbon_kg_per_month caps emissions"),
        (problem.carbon.price_usd_per_tonne > 0, "carbon has a price"),
        (problem.carbon.offsets is not None, "emissions are offset"),
        (service.carbon_kg_per_month is not None, "the service caps its emissions"),
        (bool(limits.regions), "limits.regions caps emissions"),
    )
    return next((words for holds, words in stated if holds), "")


def _quality(service: Service, offer: ApiOffer, substitute: Substitute | None) -> Quality | None:
    asked = service.quality
    if asked is None or (asked.min is None and asked.mean is None):
        return None
    benchmark = asked.benchmark or "the benchmarks known"
    if substitute is not None:
        return Quality(substitute.quality, benchmark)
    return Quality(None if offer.altered else asked.base_score, benchmark)


def _option(it: JudgedHosted) -> Hosted:
    offer, load = it.offer, it.service.workload
    assumptions = []
    if it.mode == PROVISIONED:
        assumptions.append("units are assumed obtainable, and to carry what is stated at any mix of lengths")
    elif offer.requests_per_minute is None and offer.tokens_per_minute is None:
        assumptions.append("no limit of the account is stated: any rate is assumed obtainable")
    if it.mode == PROVIDER_API and load.prefix_hit > 0 and offer.cached_input_usd_per_mtok is None:
        assumptions.append("no price of cached input is known: all input is paid in full")
    return Hosted(
        service=it.service.name,
        mode=it.mode,
        name=it.name,
        usd_per_request=tuple(
            0.0 if it.mode == PROVISIONED
            else _batch_usd(offer, c) if it.mode == BATCH
            else _usd(offer, c.input_tokens, c.output_tokens, load.prefix_hit)
            for c in load.classes
        ),  # fmt: skip
        tokens=tuple(c.input_tokens + c.output_tokens for c in load.classes),
        quality=None if it.quality is None else it.quality.value,
        offer=offer,
        assumptions=tuple(assumptions),
    )


def _batch_usd(offer: ApiOffer, c) -> float:
    """Price of one request of a batch; no discount of cached input on top of it is taken for granted."""
    return (c.input_tokens * offer.batch_input_usd_per_mtok + c.output_tokens * offer.batch_output_usd_per_mtok) / TOKENS_PER_PRICE


def _usd(offer: ApiOffer, input_tokens: float, output_tokens: float, prefix_hit: float) -> float:
    """Price of one request: input found in the prefix cache at its own price, where there is one."""
    cached = offer.input_usd_per_mtok if offer.cached_input_usd_per_mtok is None else offer.cached_input_usd_per_mtok
    per_input = (1.0 - prefix_hit) * offer.input_usd_per_mtok + prefix_hit * cached
    return (input_tokens * per_input + output_tokens * offer.output_usd_per_mtok) / TOKENS_PER_PRICE
