"""A bill's rows as the same lines that a plan has: which pool or hosted option each pays for, and how; the rest is told apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.analysis.billed_hosted import SELLERS, HostedSales
from planner.analysis.planned_rent import COMMITTED, ON_DEMAND, SPOT, Key, Rent
from planner.plan.cost import COST_PARTS

#: Who sells in a bill that ``planner export --to focus`` expects, and what it keeps apart that bills have within the hours.
EXPECTED = "planner"
_WITHIN_HOURS = {
    COST_PARTS["spot_restarts_usd_per_month"]: (SPOT,), COST_PARTS["start_ups_usd_per_month"]: (ON_DEMAND, SPOT),
    COST_PARTS["held_commitments_usd_per_month"]: (COMMITTED,),
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: What commitments cost that cover things which are not known here.
ELSEWHERE = "commitments for other things"
#: Rows that are no rent: money that comes back, or that the state takes.
_NO_RENT = ("Tax", "Credit", "Adjustment")


@dataclass
class Promise:
    """What a bill says of one commitment in a month; ``unused_usd`` of ``usd`` bought nothing; ``used``: quantity by line.

    elsewhere_usd  of ``usd``, what covered things that are not known here
    """

    usd: float = 0.0
    unused_usd: float = 0.0
    elsewhere_usd: float = 0.0
    used: dict[Key, float] = field(default_factory=lambda: defaultdict(float))


@dataclass(frozen=True)
class Billed:
    """A bill in a month of the plan.

    rent      by (pool, way to pay) or (hosted option, meter); a commitment that no row shows in use stands under its own name
    promises  by id of the commitment
    outside   rows that pay for nothing that the catalogue or the plan knows, by what they are called
    unstated  lines of which a row states money and no quantity
    """

    rent: dict[Key, Rent]
    promises: dict[str, Promise]
    outside: dict[str, float]
    unstated: frozenset[Key] = frozenset()


def billed_rent(
    charges: Iterable[Any], pools: Mapping[str, Any], months: float, apart: Collection[str] = (), hosted: HostedSales | None = None
) -> Billed:
    """``pools`` are everything that could be rented, by id, with provider, region and instance_type.

    apart   ids of commitments that are no rent, such as hardware bought
    hosted  options that rows may pay for which pay for no pool
    """
    rent: dict[Key, Rent] = defaultdict(Rent)
    promises: dict[str, Promise] = defaultdict(Promise)
    outside: dict[str, float] = defaultdict(float)
    within: dict[str, float] = defaultdict(float)
    unstated: set[Key] = set()
    known, sales = _Known(pools), hosted or HostedSales(())
    for one in charges:
        usd, pool = one.effective_usd / months, known.pool_of(one)
        parts = sales.find(one) if pool is None and one.category not in _NO_RENT else ()
        if one.category in _NO_RENT:
            outside[one.category.lower()] += usd
        elif one.commitment in apart:
            outside[one.commitment] += usd
        elif one.provider == EXPECTED and one.service in _WITHIN_HOURS:
            within[one.service] += usd
        elif one.commitment:
            covers = [((pool, COMMITTED), one.hours)] if pool is not None else [((part.name, part.meter), part.quantity) for part in parts]
            for key, quantity in _promised(promises[one.commitment], one, usd, covers, months):
                rent[key].quantity += quantity
        elif parts:
            for part in parts:
                line = rent[part.name, part.meter]
                line.usd += usd * part.share
                line.quantity += (part.quantity or 0.0) / months
                if part.quantity is None and usd:
                    unstated.add((part.name, part.meter))
        elif pool is None:
            outside[one.service or one.description or "without a name"] += usd
        else:
            line = rent[pool, _way(one)]
            line.usd += usd
            line.quantity += (one.hours or 0.0) / months
    for name, promise in list(promises.items()):
        outside[ELSEWHERE] += _put_apart(promise)
        if promise.usd or promise.used:
            _spread(name, promise, rent)
        else:
            del promises[name]
    if not outside[ELSEWHERE]:
        del outside[ELSEWHERE]
    for name, usd in within.items():
        _into_hours(usd, _WITHIN_HOURS[name], rent, outside, name)
    return Billed(dict(rent), dict(promises), dict(outside), frozenset(unstated))


def _promised(promise: Promise, one: Any, usd: float, covers: list[tuple[Key, float | None]], months: float) -> Iterator[tuple[Key, float]]:
    """Counts a row of a commitment; what it covered in a month, by line."""
    promise.usd += usd
    if one.status == "Unused":
        promise.unused_usd += usd
        return
    if not covers and one.category == "Usage":
        promise.elsewhere_usd += usd
    for key, quantity in covers:
        if quantity:
            promise.used[key] += quantity / months
            yield key, quantity / months


def _put_apart(promise: Promise) -> float:
    """Takes out of a commitment what it covered elsewhere, with as much of its unused part; what that is, in USD."""
    if not promise.elsewhere_usd:
        return 0.0
    here = promise.usd - promise.unused_usd - promise.elsewhere_usd
    # Rows that cost nothing by themselves share the unused part by nothing else than being there.
    share = here / (here + promise.elsewhere_usd) if promise.used else 0.0
    apart = promise.elsewhere_usd + (1.0 - share) * promise.unused_usd + (0.0 if promise.used else here)
    promise.usd -= apart
    promise.unused_usd *= share
    if not promise.used:
        promise.usd = 0.0
    return apart


def _spread(name: str, promise: Promise, rent: dict[Key, Rent]) -> None:
    """A commitment's whole cost over the hours that it covered: unused parts make these dearer."""
    whole = sum(promise.used.values())
    for key, used in promise.used.items():
        rent[key].usd += promise.usd * used / whole
    if not whole and promise.usd:
        rent[name, COMMITTED].usd += promise.usd


def _into_hours(usd: float, ways: tuple[str, ...], rent: dict[Key, Rent], outside: dict[str, float], name: str) -> None:
    """Adds a sum to lines of some ways to pay: to their hours at the price they have, by hours where they have none."""
    lines = [line for key, line in rent.items() if key[1] in ways and line.quantity]
    whole = sum(line.usd for line in lines)
    if not lines:
        outside[name] += usd
    for line in lines:
        share = line.usd / whole if whole else line.quantity / sum(one.quantity for one in lines)
        if whole and COMMITTED not in ways:
            line.quantity *= 1.0 + usd / whole
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
