"""Provider APIs as options with a price: which of them a name means, and the problem at a multiple of their token prices."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.problem.hosted import ProviderApi
from planner.problem.normalise import changed

if TYPE_CHECKING:
    from planner.economics.api import ApiOffer
    from planner.problem.schema import Problem

PRICES = (
    "input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok", "batch_input_usd_per_mtok", "batch_output_usd_per_mtok",
)  # fmt: skip
#: Modes that are paid by the token.
BY_TOKEN = ("provider_api", "batch")


def sold_by_token(choices: Sequence[Any], option: str) -> tuple[ApiOffer, ...]:
    """Offers that services may use and that ``option`` names: ``provider:model``, ``model@provider`` or a pattern; sorted."""
    what, sign, where = option.partition("@")

    def means(offer: ApiOffer) -> bool:
        if fnmatchcase(offer.id.casefold(), option.casefold()):
            return True
        return bool(sign) and fnmatchcase(offer.api_model.casefold(), what.casefold()) and fnmatchcase(offer.provider.casefold(), where.casefold())

    found = {one.offer.id: one.offer for choice in choices for one in choice.hosted if one.mode in BY_TOKEN and means(one.offer)}
    return tuple(found[name] for name in sorted(found))


def at_token_prices(problem: Problem, offers: Sequence[ApiOffer], factor: float) -> Problem:
    """``problem`` in which each of ``offers`` costs ``factor`` times what it does now, in every token price that is known."""
    rows = list(problem.apis)
    for offer in offers:
        prices = {name: factor * price for name in PRICES if (price := getattr(offer, name)) is not None}
        at = next((i for i, row in enumerate(rows) if row.serves is not None and (row.provider, row.model) == (offer.provider, offer.api_model)), None)
        if at is not None:
            rows[at] = changed(rows[at], **prices)
        else:
            # Of several rows the first that states a figure counts.
            rows.insert(0, ProviderApi(provider=offer.provider, model=offer.api_model, free=0.0 in prices.values(), **prices))
    return changed(problem, apis=tuple(rows))
