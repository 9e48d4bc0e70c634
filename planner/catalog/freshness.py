"""How old prices are: which have passed the age at which somebody should read them again."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from planner.catalog.catalog import Catalog
from planner.catalog.provenance import days_since

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
SPOT, LIST = "spot", "list"
# Spot prices move from hour to hour. List prices move a few times a year, and rent of GPUs rose during 2026: a quarter is
# the longest that a plan should lean on one unread.
LIMIT_DAYS = {SPOT: 7, LIST: 90}


@dataclass(frozen=True)
class OldPrice:
    """A price past its age; ``days`` since it held."""

    id: str
    price: str
    as_of: str
    days: int


@dataclass(frozen=True)
class PriceAges:
    """The prices of one seller and kind: how many, how many of them past their age, and the oldest."""

    table: str
    provider: str
    price: str
    prices: int
    old: int
    oldest: str
    oldest_days: int


def old_prices(catalog: Catalog, today: datetime.date, used: Iterable[tuple[str, str]]) -> tuple[OldPrice, ...]:
    """Of the offers' prices ``used``, (id, ``spot`` or ``list``), those past their age, the oldest first.

    Offers that the catalogue lacks, a problem's own, carry no date and are left out.
    """
    found = []
    for key, price in sorted(set(used)):
        offer = catalog.offers.get(key)
        if offer is not None:
            as_of = _as_of(offer, price)
            days = days_since(as_of, today)
            if days > LIMIT_DAYS[price]:
                found.append(OldPrice(key, price, as_of, days))
    return tuple(sorted(found, key=lambda one: (-one.days, one.id, one.price)))


def price_ages(catalog: Catalog, today: datetime.date) -> tuple[PriceAges, ...]:
    """All prices by table, seller and kind."""
    dates: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for table, provider, price, as_of in _prices(catalog):
        dates[table, provider, price].append(as_of)
    found = []
    for (table, provider, price), every in sorted(dates.items()):
        ages = {as_of: days_since(as_of, today) for as_of in every}
        oldest = max(ages, key=lambda as_of: (ages[as_of], as_of))
        old = sum(ages[as_of] > LIMIT_DAYS[price] for as_of in every)
        found.append(PriceAges(table, provider, price, len(every), old, oldest, ages[oldest]))
    return tuple(found)


def age_words(old: Iterable[OldPrice], what: str = "in use") -> str:
    """One line on all of them, such as ``2 list prices in use are older than 90 days (oldest: …)``; empty where there is none."""
    parts = []
    for price, limit in LIMIT_DAYS.items():
        own = [one for one in old if one.price == price]
        if own:
            many = f"{len(own):,} {price} prices {what} are" if len(own) > 1 else f"1 {price} price {what} is"
            parts.append(f"{many} older than {limit} days (oldest: {own[0].id} of {own[0].as_of}, {own[0].days} days)")
    return "; ".join(parts)


#: What a plan says of a spot price that it pays.
SPOT_REASON = "spot price of a pool in use"


def age_when_made(as_of: str, edition: str) -> str:
    """``, 103 days old when its edition began``; empty for a younger price, and where price or edition bears no date.

    It depends on no clock, so that the same problem and catalogue give the same plan on any day.
    """
    if not _MONTH.fullmatch(edition) or not _DATE.fullmatch(as_of):
        return ""
    days = days_since(as_of, datetime.date(int(edition[:4]), int(edition[5:7]), 1))
    return f", {days} days old when its edition began" if days > 0 else ""


def _prices(catalog: Catalog) -> Iterator[tuple[str, str, str, str]]:
    for offer in catalog.offers.values():
        if any(name != "spot_usd_per_hour" for name in offer.prices):
            yield "offers", offer.provider, LIST, _as_of(offer, LIST)
        if offer.spot_usd_per_hour is not None:
            yield "offers", offer.provider, SPOT, _as_of(offer, SPOT)
    for row in catalog.api_prices.values():
        yield "api_prices", row.provider, LIST, row.as_of


def _as_of(offer: Any, price: str) -> str:
    return (offer.spot_as_of or offer.as_of) if price == SPOT else offer.as_of
