"""Builds the pools of a problem from the catalogue's offers, the problem's own ones and owned hardware."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from planner.economics.carbon import intensity_by_period
from planner.economics.commitments import committed_usd_per_hour
from planner.economics.figures import figure
from planner.economics.managed import asks_for_endpoints, managed_pools
from planner.economics.pools import OWNED_PROVIDER, Pool, Purchase, place_matches
from planner.economics.timeline import Timeline
from planner.errors import Fault, InvalidInput
from planner.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, WATTS_PER_KW


def build_pools(problem, catalog, times: Timeline) -> tuple[tuple[Pool, ...], dict[str, str]]:
    """Pools the problem may use, sorted by id, and the reason for each offer that is left out.

    The last few answers are kept: a solve asks twice, for the program and for the check, and analyses ask often.
    """
    asked = (catalog, times, asks_for_endpoints(problem), *(getattr(problem, part) for part in _ASKED))
    for known, (pools, left_out) in _KNOWN:
        if known[0] is catalog and known[1:] == asked[1:]:
            return pools, dict(left_out)
    pools, left_out = _built(problem, catalog, times)
    _KNOWN.appendleft((asked, (pools, left_out)))
    return pools, dict(left_out)


#: The parts of a problem that its pools depend on.
_ASKED = ("offers", "managed", "owned", "commitments", "horizon", "periods", "start_up", "energy", "carbon")
_KNOWN: deque = deque(maxlen=4)


def _built(problem, catalog, times: Timeline) -> tuple[tuple[Pool, ...], dict[str, str]]:
    rows, left_out = _offers(problem, catalog)
    pools = [pool for row in rows if (pool := _rented(row, problem, catalog, times, left_out))]
    pools += managed_pools(pools, problem, catalog, left_out)
    pools += [_owned(row, problem, catalog, times) for row in (*problem.owned, *catalog.owned)]
    return tuple(sorted((_contracted(p, problem.carbon, len(times.periods)) for p in pools), key=lambda p: p.id)), left_out


def _offers(problem, catalog) -> tuple[list, dict[str, str]]:
    rows: dict[str, object] = {}
    left_out: dict[str, str] = {}
    chosen = problem.offers
    wanted, excluded = _among(chosen.only or ()), _among(chosen.exclude)
    for row in catalog.offers.values() if chosen.catalog else ():
        if chosen.only is not None and not wanted(row.id):
            continue
        if excluded(row.id):
            left_out[row.id] = "excluded by offers.exclude"
            continue
        rows[row.id] = row
    for own in chosen.own:
        rows[own.id] = own
    return [rows[key] for key in sorted(rows)], left_out


def _rented(row, problem, catalog, times: Timeline, left_out: dict[str, str]) -> Pool | None:
    name = row.id
    count = row.accelerators_per_instance
    if count != int(count) or count < 1:
        left_out[name] = f"{count:g} of an accelerator: fractions are not planned"
        return None
    chip = _chip(problem, catalog, row.accelerator)
    if chip is None:
        left_out[name] = f"accelerator {row.accelerator!r} is not in the catalogue"
        return None
    region_id = f"{row.provider}:{row.region}"
    region = catalog.regions.get(region_id)
    spot_fact = catalog.spot_of(row)
    assumed = []
    reserved = tuple(
        (term, price)
        for term, price in ((12, row.reserved_1y_usd_per_hour), (36, row.reserved_3y_usd_per_hour))
        if price is not None
    )
    spot_price = row.spot_usd_per_hour
    availability, interruptions = _spot_facts(row, spot_fact)
    if spot_price is not None and availability is None:
        availability = 1.0 - (interruptions or 0.0) * problem.start_up.spot_restart_hours / HOURS_PER_MONTH
        if interruptions is None:
            spot_price = None
            left_out[f"{name} (spot)"] = "interruption rate unknown"
        else:
            assumed.append("spot is back as soon as it restarts: availability from the interruption rate alone")
    if row.stock is None:
        assumed.append("obtainable: stock unknown")
    idle_w, busy_w, power_assumed = _power(chip, problem.energy)
    pue, pue_assumed = _pue(region, problem.energy)
    pool = Pool(
        id=name,
        provider=row.provider,
        region=region_id,
        zone=row.zone,
        instance_type=row.instance_type,
        accelerator=chip.name,
        vendor=chip.vendor,
        accelerators=int(count),
        country=getattr(region, "country", None),
        geo=getattr(region, "geo", None),
        site=None,
        on_demand=_by_period(row.on_demand_usd_per_hour, name, "on_demand", problem, times),
        spot=_by_period(spot_price, name, "spot", problem, times),
        reserved=reserved,
        spot_availability=availability if availability is not None else 1.0,
        spot_interruptions_per_hour=(interruptions or 0.0) / HOURS_PER_MONTH,
        stock=row.stock,
        owned=None,
        idle_w=idle_w,
        busy_w=busy_w,
        host_w=problem.energy.host_w_per_accelerator * int(count),
        pue=pue,
        intensity=intensity_by_period(region, catalog, problem.carbon.intensity, times),
        embodied_kg_per_hour=_embodied(chip, int(count), problem.carbon),
        source=row.source,
        as_of=str(row.as_of),
        kind=getattr(row, "kind", "published"),
        private=getattr(row, "private", row in problem.offers.own),
        host_gib=getattr(row, "memory_gib", None),
        assumed=tuple(assumed) + power_assumed + pue_assumed,
    )
    committed = committed_usd_per_hour(problem, pool)
    pool = pool if committed is None else replace(pool, committed_usd_per_hour=committed)
    if spot_price is None and not pool.firm:
        left_out[name] = "no price known"
        return None
    return pool


def _spot_facts(row, fact) -> tuple[float | None, float | None]:
    """(availability, interruptions a month): the row's own figures first, then the catalogue's."""
    availability = getattr(row, "spot_availability", None)
    interruptions = getattr(row, "spot_interruptions_per_month", None)
    if fact is not None:
        availability = fact.availability if availability is None else availability
        interruptions = fact.interruptions_per_month if interruptions is None else interruptions
    return availability, interruptions


def _owned(row, problem, catalog, times: Timeline) -> Pool:
    chip = _chip(problem, catalog, row.accelerator)
    region = catalog.regions.get(row.site)
    idle_w, busy_w, assumed = _power(chip, problem.energy)
    pue, pue_assumed = (row.pue, ()) if row.pue is not None else _pue(region, problem.energy)
    host = row.host_w_per_accelerator
    host = problem.energy.host_w_per_accelerator if host is None else host
    if row.g_co2e_per_kwh is not None:
        intensity = (row.g_co2e_per_kwh,) * len(times.periods)
    else:
        intensity = intensity_by_period(region, catalog, problem.carbon.intensity, times)
    purchase = _purchase(row, host, busy_w, row.pue if row.pue is not None else pue, problem, catalog, times)
    return Pool(
        id=f"{OWNED_PROVIDER}:{row.name}@{row.site}",
        provider=OWNED_PROVIDER,
        # A region of its own: its power price and grid may differ from a neighbour's at the same site.
        region=f"{OWNED_PROVIDER}:{row.name}",
        zone=None,
        instance_type=row.name,
        accelerator=chip.name,
        vendor=chip.vendor,
        accelerators=row.accelerators_per_instance,
        country=row.country or getattr(region, "country", None),
        geo=row.geo or getattr(region, "geo", None),
        site=row.site,
        on_demand=None,
        spot=None,
        reserved=(),
        spot_availability=1.0,
        spot_interruptions_per_hour=0.0,
        stock=row.instances + (0 if purchase is None else purchase.most),
        owned=row.instances,
        purchase=purchase,
        available=_shared_hours(row, times),
        idle_w=idle_w,
        busy_w=busy_w,
        host_w=host * row.accelerators_per_instance,
        pue=pue,
        intensity=intensity,
        embodied_kg_per_hour=_embodied(chip, row.accelerators_per_instance, problem.carbon),
        electricity_usd_per_kwh=row.electricity_usd_per_kwh,
        upkeep_usd_per_hour=row.upkeep_usd_per_hour,
        power_cap_kw=row.power_cap_kw,
        power_off=row.power_off,
        source="stated in the problem",
        kind="stated",
        private=True,
        assumed=assumed + pue_assumed,
    )


def _shared_hours(row, times: Timeline) -> tuple[bool, ...] | None:
    partner = getattr(row, "partner", None)
    return None if partner is None else tuple(set(p.hours_utc) <= set(partner.hours_utc) for p in times.periods)


def _contracted(pool: Pool, carbon, periods: int) -> Pool:
    """With the intensity of the cleanest contract for its place."""
    if not carbon.contracts:
        return pool
    bought = [c.g_co2e_per_kwh for c in carbon.contracts if place_matches(c.place, pool)]
    if not bought:
        return replace(pool, market_intensity=pool.intensity)
    return replace(pool, market_intensity=(min(bought),) * periods)


def _purchase(row, host: float, busy_w: float | None, pue: float, problem, catalog, times: Timeline) -> Purchase | None:
    buy = getattr(row, "buy", None)
    if buy is None:
        return None
    count = row.accelerators_per_instance
    usd = buy.usd_per_instance + count * figure(buy.usd_per_accelerator, "usd_per_accelerator", catalog)
    each_kw = figure(buy.usd_per_kw_month, "usd_per_kw_month", catalog)
    if each_kw and busy_w is None:
        text = f"space by the kW needs the power of {row.accelerator}, which is unknown; state its tdp_w in offers.accelerators"
        raise InvalidInput("problem", [Fault(f"owned.{row.name}.buy.usd_per_kw_month", "unknown_power", text)])
    kw = pue * count * ((busy_w or 0.0) + host) / WATTS_PER_KW
    return Purchase(
        most=buy.max_instances,
        usd=usd,
        life_months=buy.life_years * MONTHS_PER_YEAR,
        salvage_usd=usd * buy.salvage_share,
        colocation_usd_per_month=each_kw * kw,
        months=problem.horizon.months - buy.delivery_month,
        active=tuple(min(p.months) >= buy.delivery_month for p in times.periods),
    )


def _chip(problem, catalog, name: str):
    for own in problem.offers.accelerators:
        if own.name.casefold() == name.casefold():
            return own
    return catalog.accelerator(name)


def _power(chip, energy) -> tuple[float | None, float | None, tuple[str, ...]]:
    if chip.tdp_w is None:
        return None, None, ()
    busy = chip.tdp_w * energy.busy_share_of_tdp
    if chip.idle_w is not None:
        return chip.idle_w, busy, ()
    return chip.tdp_w * energy.idle_share_of_tdp, busy, ("idle power from the default share of rated power",)


def _pue(region, energy) -> tuple[float, tuple[str, ...]]:
    known = getattr(region, "pue", None)
    return (known, ()) if known is not None else (energy.pue, ("PUE from the default",))


def _embodied(chip, count: int, carbon) -> float | None:
    kg = getattr(chip, "embodied_kg_co2e", None)
    return None if kg is None else kg * count / (carbon.embodied_years * 12 * HOURS_PER_MONTH)


def _by_period(price: float | None, name: str, purchase: str, problem, times: Timeline) -> tuple[float, ...] | None:
    """The price in each period, with the seasons' dated changes applied."""
    if price is None:
        return None
    factor = []
    for season in times.seasons:
        changes = problem.horizon.seasons[season.stated].prices if season.stated is not None else ()
        value = 1.0
        for change in changes:
            if _any((change.offers,), name):
                value *= getattr(change, purchase)
        factor.append(value)
    return tuple(price * factor[p.season] for p in times.periods)


def _any(patterns: Iterable[str], name: str) -> bool:
    return _among(patterns)(name)


def _among(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a name matches any of ``patterns``; most are names themselves, which need no matching one by one."""
    folded = [pattern.casefold() for pattern in patterns]
    wild = [pattern for pattern in folded if any(sign in pattern for sign in "*?[")]
    names = set(folded).difference(wild)
    return lambda name: name.casefold() in names or any(fnmatchcase(name.casefold(), pattern) for pattern in wild)
