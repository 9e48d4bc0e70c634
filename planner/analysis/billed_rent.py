"""A bill's rows as the same lines that a plan has: which pool each pays for, and how; what belongs to neither is told apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.analysis.planned_rent import COMMITTED, ON_DEMAND, SPOT, Key, Rent
from planner.plan.cost import COST_PARTS

#: What bills call the sellers that catalogues name shortly, without blanks and case.
SELLERS = {
    "amazonwebservices": "aws", "amazon": "aws", "microsoft": "azure", "microsoftazure": "azure", "google": "gcp", "googlecloud": "gcp",
    "googlecloudplatform": "gcp", "oracle": "oci", "oraclecloudinfrastructure": "oci", "oraclecloud": "oci",
}  # fmt: skip
#: Who sells in a bill that ``planner export --to focus`` expects, and what it keeps apart that bills have within the hours.
EXPECTED = "planner"
_WITHIN_HOURS = {
    COST_PARTS["spot_restarts_usd_per_month"]: (SPOT,), COST_PARTS["start_ups_usd_per_month"]: (ON_DEMAND, SPOT),
    COST_PARTS["held_commitments_usd_per_month"]: (COMMITTED,),
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: Rows that are no rent: money that comes back, or that the state takes.
_NO_RENT = ("Tax", "Credit", "Adjustment")


@dataclass
class Promise:
    """What a bill says of one commitment, in its whole time; ``unused_usd`` of ``usd`` bought nothing."""

    usd: float = 0.0
    unused_usd: float = 0.0
    used: dict[str, float] = field(default_factory=lambda: defaultdict(float))


@dataclass(frozen=True)
class Billed:
    """A bill in a month of the plan.

    rent      by (pool, way to pay); a commitment that no row shows in use stands under its own name
    promises  by id of the commitment
    outside   rows that pay for no instance that the catalogue or the plan knows, by what they are called
    """

    rent: dict[Key, Rent]
    promises: dict[str, Promise]
    outside: dict[str, float]


def billed_rent(charges: Iterable[Any], pools: Mapping[str, Any], months: float, apart: Collection[str] = ()) -> Billed:
    """``pools`` are everything that could be rented, by id, with provider, region and instance_type.

    apart  ids of commitments that are no rent, such as hardware bought
    """
    rent: dict[Key, Rent] = defaultdict(Rent)
    promises: dict[str, Promise] = defaultdict(Promise)
    outside: dict[str, float] = defaultdict(float)
    within: dict[str, float] = defaultdict(float)
    known = _Known(pools)
    for one in charges:
        usd, pool = one.effective_usd / months, known.pool_of(one)
        if one.category in _NO_RENT:
            outside[one.category.lower()] += usd
        elif one.commitment in apart:
            outside[one.commitment] += usd
        elif one.provider == EXPECTED and one.service in _WITHIN_HOURS:
            within[one.service] += usd
        elif one.commitment:
            _promised(promises[one.commitment], one, usd, pool, months)
            if pool is not None and one.hours and one.status != "Unused":
                rent[pool, COMMITTED].hours += one.hours / months
        elif pool is None:
            outside[one.service or one.description or "without a name"] += usd
        else:
            line = rent[pool, _way(one)]
            line.usd += usd
            line.hours += (one.hours or 0.0) / months
    for name, promise in promises.items():
        _spread(name, promise, rent)
    for name, usd in within.items():
        _into_hours(usd, _WITHIN_HOURS[name], rent, outside, name)
    return Billed(dict(rent), dict(promises), dict(outside))


def _promised(promise: Promise, one: Any, usd: float, pool: str | None, months: float) -> None:
    promise.usd += usd
    if one.status == "Unused":
        promise.unused_usd += usd
    elif pool is not None and one.hours:
        promise.used[pool] += one.hours / months


def _spread(name: str, promise: Promise, rent: dict[Key, Rent]) -> None:
    """A commitment's whole cost over the hours that it covered: unused parts make these dearer."""
    hours = sum(promise.used.values())
    for pool, used in promise.used.items():
        rent[pool, COMMITTED].usd += promise.usd * used / hours
    if not hours and promise.usd:
        rent[name, COMMITTED].usd += promise.usd


def _into_hours(usd: float, ways: tuple[str, ...], rent: dict[Key, Rent], outside: dict[str, float], name: str) -> None:
    """Adds a sum to lines of some ways to pay: to their hours at the price they have, by hours where they have none."""
    lines = [line for key, line in rent.items() if key[1] in ways and line.hours]
    whole = sum(line.usd for line in lines)
    if not lines:
        outside[name] += usd
    for line in lines:
        share = line.usd / whole if whole else line.hours / sum(one.hours for one in lines)
        if whole and COMMITTED not in ways:
            line.hours *= 1.0 + usd / whole
        line.usd += usd * share


def _way(one: Any) -> str:
    if one.pricing == "Committed":
        return COMMITTED
    return SPOT if one.pricing == "Dynamic" else ON_DEMAND


class _Known:
    """Pools by seller, region and instance type, in any case of letters."""

    def __init__(self, pools: Mapping[str, Any]) -> None:
        self.found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for key, pool in sorted(pools.items()):
            region = pool.region.removeprefix(f"{pool.provider}:").casefold()
            self.found[pool.provider.casefold(), region].setdefault(pool.instance_type.casefold(), key)

    def pool_of(self, one: Any) -> str | None:
        """By the row's instance type, else by the first word of its texts that is one there."""
        seller = "".join(one.provider.casefold().split())
        types = self.found.get((SELLERS.get(seller, one.provider.casefold()), one.region.casefold()))
        if not types:
            return None
        for text in (one.instance_type, one.sku, one.description):
            for word in (text.casefold(), *(found.casefold() for found in _WORD.findall(text))):
                if word in types:
                    return types[word]
        return None
