"""Applies negotiated prices and discounts to offers, in the order: agreed price, else listed less discount."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from planner.catalog.market import PRICE_FIELDS, Offer
from planner.catalog.overlay_schema import OVERLAY_SOURCE, Discount, NegotiatedPrice
from planner.errors import Fault

_FIELDS_OF = {
    "on_demand": ("on_demand_usd_per_hour",),
    "spot": ("spot_usd_per_hour",),
    "reserved": ("reserved_1y_usd_per_hour", "reserved_3y_usd_per_hour"),
}


def negotiate(
    offers: Mapping[str, Offer], prices: tuple[NegotiatedPrice, ...], discounts: tuple[Discount, ...], as_of: str
) -> tuple[dict[str, Offer], list[Fault]]:
    """Offers with the user's prices, private where changed, and what is wrong with the agreements.

    An agreement that names an offer wins over one that matches it by pattern; two patterns that set one
    price differently are a fault, and so are two discounts on one price. Discounts multiply listed prices by
    1 - share and leave agreed ones alone.
    """
    faults: list[Fault] = []
    agreed = _agreed(offers, prices, faults)
    shares = _shares(offers, discounts, agreed, faults)
    changed: dict[str, Offer] = {}
    for key, offer in offers.items():
        update = dict(agreed.get(key, {}))
        for name, share in shares.get(key, {}).items():
            update[name] = getattr(offer, name) * (1.0 - share)
        if update:
            offer = offer.model_copy(update={**update, "private": True, "source": OVERLAY_SOURCE, "as_of": as_of,
                                             "note": _noted(offer)})
            zero = [name for name, price in offer.prices.items() if price == 0 and not offer.free]
            faults += [Fault(f"prices: {key}", "zero_price", f"{name} is 0; a free offer says free: true") for name in zero]
        changed[key] = offer
    return changed, faults


def _noted(offer: Offer) -> str:
    listed = f"private prices over {offer.source} of {offer.as_of}"
    return f"{offer.note}; {listed}" if offer.note else listed


def _agreed(
    offers: Mapping[str, Offer], prices: tuple[NegotiatedPrice, ...], faults: list[Fault]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    by_pattern: dict[tuple[str, str], int] = {}
    named = [(index, price) for index, price in enumerate(prices) if price.offer in offers]
    matched = [(index, price) for index, price in enumerate(prices) if price.offer not in offers]
    for index, price in matched:
        keys = [key for key in offers if fnmatchcase(key, price.offer)]
        if not keys:
            faults.append(_no_offer(f"prices[{index}].offer", price.offer, offers))
        for key in keys:
            for name, value in _stated(price).items():
                earlier = by_pattern.setdefault((key, name), index)
                if found.setdefault(key, {}).setdefault(name, value) != value:
                    message = f"{key} gets {name} {value:g} here and {found[key][name]:g} from prices[{earlier}]"
                    faults.append(Fault(f"prices[{index}]", "conflicting_prices", message))
    first: dict[str, int] = {}
    for index, price in named:
        if price.offer in first:
            message = f"{price.offer} is named twice, first in prices[{first[price.offer]}]; keep one"
            faults.append(Fault(f"prices[{index}]", "conflicting_prices", message))
        first.setdefault(price.offer, index)
        found[price.offer] = {**found.get(price.offer, {}), **_stated(price)}
    return found


def _stated(price: NegotiatedPrice) -> dict[str, Any]:
    values = {name: getattr(price, name) for name in (*PRICE_FIELDS, "stock", "free")}
    stated = {name: value for name, value in values.items() if value is not None}
    if "spot_usd_per_hour" in stated:
        stated |= {"spot_kind": "published", "spot_as_of": None}
    if "reserved_1y_usd_per_hour" in stated or "reserved_3y_usd_per_hour" in stated:
        stated["reserved_kind"] = "published"
    return stated


def _shares(
    offers: Mapping[str, Offer],
    discounts: tuple[Discount, ...],
    agreed: Mapping[str, Mapping[str, Any]],
    faults: list[Fault],
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for index, discount in enumerate(discounts):
        fields = [name for price in discount.prices for name in _FIELDS_OF[price]]
        keys = [
            key for key, offer in offers.items()
            if offer.provider == discount.provider and fnmatchcase(key, discount.offers)
        ]
        if not keys:
            path = f"discounts[{index}].provider"
            known = {offer.provider: offer for offer in offers.values()}
            faults.append(_no_offer(path, discount.provider, known) if discount.provider not in known
                          else _no_offer(f"discounts[{index}].offers", discount.offers, offers))
        for key in keys:
            for name in fields:
                if getattr(offers[key], name) is None or name in agreed.get(key, {}):
                    continue
                if found.setdefault(key, {}).setdefault(name, discount.share) != discount.share:
                    message = f"{key} gets two discounts on {name}; say which by narrower patterns in offers"
                    faults.append(Fault(f"discounts[{index}]", "conflicting_discounts", message))
    return found


def _no_offer(path: str, name: str, known: Mapping[str, Any]) -> Fault:
    from planner.documents import nearest

    near = nearest(name, known)
    hint = f"; near: {', '.join(near)}" if near else ""
    return Fault(path, "unknown_offer", f"no offer matches {name!r}{hint}")
