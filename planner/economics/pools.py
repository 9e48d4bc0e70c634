"""A pool: an instance type in a region with its prices, power, carbon and stock, and which places name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

OWNED_PROVIDER = "owned"


@dataclass(frozen=True)
class Purchase:
    """Instances that may be bought, as money.

    most        instances
    usd         price of one instance                                                       [USD]
    life_months over which its price less salvage is spread
    salvage_usd got back at the end of its life                                             [USD]
    colocation_usd_per_month  for the space of one instance                                 [USD/month]
    months      of the horizon from delivery on
    active      by period, whether it is there
    """

    most: int
    usd: float
    life_months: float
    salvage_usd: float
    colocation_usd_per_month: float
    months: int
    active: tuple[bool, ...]


@dataclass(frozen=True)
class Pool:
    """One instance type in one region, with all ways to pay for it.

    accelerators        accelerators of one instance
    on_demand           price per instance and period; None: not sold on demand          [USD/h]
    spot                price per instance and period; None: not sold as spot            [USD/h]
    reserved            price by term in months, first season's                          [USD/h]
    committed_usd_per_hour  least price of an instance under commitments held, or stated with a price, that count
                        instances or accelerators; None: none covers it                  [USD/h]
    spot_availability   share of the hours a spot instance asked for is there
    spot_interruptions_per_hour
    stock               instances obtainable at once; None: assumed obtainable
    owned               instances owned; None: rented
    idle_w, busy_w      per accelerator; None: unknown                                   [W]
    host_w              per instance                                                     [W]
    intensity           per period; None: unknown                                        [gCO2e/kWh]
    embodied_kg_per_hour  per instance; None: unknown                                    [kgCO2e/h]
    site                the place whose grid and laws apply, where ``region`` is a name of its own (owned hardware, endpoints)
    host_gib            memory of an instance's host; None: unknown                      [GiB]
    endpoint            a provider's service that runs it; None: a bare machine
    electricity, upkeep, power_cap_kw, power_off   of owned hardware
    purchase            instances that may be bought; None: only those owned
    available           of owned ones, by period; None: always
    market_intensity    as ``intensity``, by contracts where there are any                [gCO2e/kWh]
    assumed             what about it is assumed, in words
    """

    id: str
    provider: str
    region: str
    zone: str | None
    instance_type: str
    accelerator: str
    vendor: str
    accelerators: int
    country: str | None
    geo: str | None
    site: str | None
    on_demand: tuple[float, ...] | None
    spot: tuple[float, ...] | None
    reserved: tuple[tuple[int, float], ...]
    spot_availability: float
    spot_interruptions_per_hour: float
    stock: int | None
    owned: int | None
    idle_w: float | None
    busy_w: float | None
    host_w: float
    pue: float
    intensity: tuple[float, ...] | None
    embodied_kg_per_hour: float | None
    electricity_usd_per_kwh: float = 0.0
    upkeep_usd_per_hour: float = 0.0
    power_cap_kw: float | None = None
    power_off: bool = True
    source: str = ""
    as_of: str = ""
    kind: str = ""
    private: bool = False
    committed_usd_per_hour: float | None = None
    assumed: tuple[str, ...] = field(default=())
    purchase: Purchase | None = None
    available: tuple[bool, ...] | None = None
    market_intensity: tuple[float, ...] | None = None
    endpoint: Any = None
    host_gib: float | None = None

    @property
    def firm(self) -> bool:
        """Whether non-interruptible capacity can be had here at all."""
        sold = self.on_demand is not None or bool(self.reserved)
        return sold or self.owned is not None or self.committed_usd_per_hour is not None

    def share_usd_per_hour(self, *, firm: bool) -> tuple[float, ...]:
        """What a team's share counts for an accelerator-hour, by period (one figure where it never changes) [USD/h].

        The spot price for spot; firm, the on-demand price, without one the least reserved price, without that the least
        price under a commitment; nothing for owned hardware.
        """
        if self.owned is not None:
            return (0.0,)
        if not firm:
            prices = self.spot
        elif self.on_demand is not None:
            prices = self.on_demand
        elif self.reserved:
            prices = (min(price for _, price in self.reserved),)
        else:
            prices = (self.committed_usd_per_hour,)
        return tuple(price / self.accelerators for price in prices)

    def owned_at(self, period: int) -> int:
        """Instances owned, or shared with partners, that may be used in a period."""
        there = self.available is None or self.available[period]
        return (self.owned or 0) if there else 0

    @property
    def failure_zone(self) -> str | None:
        """The zone with its region, since zones of two regions may share a name; None when unknown."""
        return None if self.zone is None else f"{self.region}/{self.zone}"

    def matches(self, pattern: str) -> bool:
        """Whether a place pattern (provider:region, region, country, geo, with ``*``) names this pool's place."""
        return place_matches(pattern, self)

    def paid_share_of_spot(self, restart_hours: float) -> float:
        """Hours paid per hour asked for: expected up-time plus restarts."""
        return self.spot_availability + self.spot_interruptions_per_hour * restart_hours

    def idle_kw(self) -> float | None:
        """Power of one running instance with no work, PUE applied; None when unknown."""
        if self.idle_w is None:
            return None
        return self.pue * (self.idle_w * self.accelerators + self.host_w) / 1000.0

    def busy_kw_per_accelerator(self) -> float | None:
        """Extra power of one busy accelerator over an idle one, PUE applied; None when unknown."""
        if self.idle_w is None or self.busy_w is None:
            return None
        return self.pue * max(0.0, self.busy_w - self.idle_w) / 1000.0


def place_matches(pattern: str, pool) -> bool:
    """Whether ``pattern`` names the place of ``pool``: its region, provider:region, country, geo or site."""
    wanted = pattern.casefold()
    short = pool.region.split(":", 1)[1] if ":" in pool.region else pool.region
    names = (pool.region, short, pool.country or "", pool.geo or "", pool.site or "")
    return any(name and fnmatchcase(name.casefold(), wanted) for name in names)
