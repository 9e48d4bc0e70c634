"""Prices of hosted options, by the token, by the hour of a worker or of a unit: which options a name means, the problem at a multiple."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.problem.hosted import ProviderApi, Serverless
from planner.problem.normalise import changed

if TYPE_CHECKING:
    from planner.economics.api import ApiOffer
    from planner.economics.serverless import ServerlessOffer
    from planner.problem.schema import Problem

PRICES = (
    "input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok", "batch_input_usd_per_mtok", "batch_output_usd_per_mtok",
)  # fmt: skip
#: Modes that are paid by the token.
BY_TOKEN = ("provider_api", "batch")


@dataclass(frozen=True)
class HostedPrice:
    """One way in which hosted options are paid.

    modes  of the options that are paid so          named  whether a name means an offer
    price  of an offer today, in ``unit``           at     the problem in which offers cost a multiple of that
    """

    unit: str
    modes: tuple[str, ...]
    named: Callable[[Any, str], bool]
    price: Callable[[Any], float]
    at: Callable[[Problem, Sequence[Any], float], Problem]


def at_token_prices(problem: Problem, offers: Sequence[ApiOffer], factor: float) -> Problem:
    """``problem`` in which each of ``offers`` costs ``factor`` times what it does now, in every token price that is known."""
    rows = list(problem.apis)
    for offer in offers:
        prices = {name: factor * price for name in PRICES if (price := getattr(offer, name)) is not None}
        rows = _with(rows, offer, prices, free=0.0 in prices.values())
    return changed(problem, apis=tuple(rows))


def at_unit_prices(problem: Problem, offers: Sequence[ApiOffer], factor: float) -> Problem:
    """``problem`` in which a unit of provisioned throughput costs ``factor`` times what it does now."""
    rows = list(problem.apis)
    for offer in offers:
        units = changed(offer.provisioned, usd_per_unit_hour=factor * offer.provisioned.usd_per_unit_hour)
        rows = _with(rows, offer, {"provisioned": units})
    return changed(problem, apis=tuple(rows))


def at_worker_prices(problem: Problem, offers: Sequence[ServerlessOffer], factor: float) -> Problem:
    """``problem`` in which an hour of a serverless worker, kept up or not, costs ``factor`` times what it does now."""
    rows = list(problem.serverless)
    for offer in offers:
        prices = {name: factor * price for name in ("usd_per_hour", "kept_usd_per_hour") if (price := getattr(offer, name)) is not None}
        names = {"provider": offer.provider, "service": offer.service, "accelerator": offer.accelerator or "*"}
        at = next((i for i, row in enumerate(rows) if all(getattr(row, field) == name for field, name in names.items())), None)
        if at is not None and not offer.name:
            rows[at] = changed(rows[at], **prices)  # no catalogue knows it: the row is all there is
        else:
            # Of several rows the first that states a figure counts.
            rows.insert(0, Serverless(**names, **prices))
    return changed(problem, serverless=tuple(rows))


def _with(rows: list[ProviderApi], offer: ApiOffer, figures: dict[str, Any], **beside: Any) -> list[ProviderApi]:
    at = next((i for i, row in enumerate(rows) if row.serves is not None and (row.provider, row.model) == (offer.provider, offer.api_model)), None)
    if at is not None:
        return [*rows[:at], changed(rows[at], **figures), *rows[at + 1 :]]
    # Of several rows the first that states a figure counts.
    return [ProviderApi(provider=offer.provider, model=offer.api_model, **beside, **figures), *rows]


def _is_api(offer: ApiOffer, option: str) -> bool:
    """``provider:model``, ``model@provider`` or a pattern."""
    return _named(option, offer.id, offer.api_model, offer.provider)


def _is_worker(offer: ServerlessOffer, option: str) -> bool:
    """``provider:service accelerator``, ``provider:service``, ``accelerator@provider``, ``service@provider`` or a pattern."""
    whole = f"{offer.provider}:{offer.service}"
    return any(_named(option, name, ware, offer.provider) for name, ware in ((offer.id, offer.accelerator or ""), (whole, offer.service)))


def _named(option: str, whole: str, ware: str, provider: str) -> bool:
    what, sign, where = option.casefold().partition("@")
    if fnmatchcase(whole.casefold(), option.casefold()):
        return True
    return bool(sign) and fnmatchcase(ware.casefold(), what) and fnmatchcase(provider.casefold(), where)


#: By purchase, in the order in which a name is looked for.
HOSTED = {
    "by_the_token": HostedPrice("USD per 1M tokens of input", BY_TOKEN, _is_api, lambda offer: offer.input_usd_per_mtok, at_token_prices),
    "serverless": HostedPrice("USD/h of a worker", ("serverless",), _is_worker, lambda offer: offer.usd_per_hour, at_worker_prices),
    "provisioned": HostedPrice("USD/h of a unit", ("provisioned",), _is_api, lambda offer: offer.provisioned.usd_per_unit_hour, at_unit_prices),
}  # fmt: skip
