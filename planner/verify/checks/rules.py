"""Rules for one replica and its place: what a service allows, and what the hardware can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from planner.economics.pools import place_matches
from planner.verify.case import Case
from planner.verify.measure import ALL, Seen, refused
from planner.verify.registry import check


@check("vendors")
def vendors(case: Case) -> Iterator[Seen]:
    """Accelerators come from the vendors that the service allows."""
    for p in case.used:
        yield _allowed(str(p), p.pool.vendor, p.service.allow.vendors)


@check("providers")
def providers(case: Case) -> Iterator[Seen]:
    """Pools belong to providers that the service allows and does not exclude."""
    for p in case.used:
        yield _allowed(str(p), p.pool.provider, p.service.allow.providers, p.service.allow.exclude_providers)


@check("regions")
def regions(case: Case) -> Iterator[Seen]:
    """Pools stand in regions, countries or areas that the service allows and does not exclude."""
    for p in case.used:
        allow = p.service.allow
        inside = allow.regions is None or any(place_matches(r, p.pool) for r in allow.regions)
        outside = any(place_matches(r, p.pool) for r in allow.exclude_regions)
        yield Seen(0.0, str(p)) if inside and not outside else refused(str(p), f"{p.pool.region} is not allowed")


@check("accelerators")
def accelerators(case: Case) -> Iterator[Seen]:
    """Accelerators are those that the service allows and does not exclude, by name or alias."""
    for p in case.used:
        allow = p.service.allow
        allowed = None if allow.accelerators is None else (*allow.accelerators, *_named(case, allow.accelerators))
        barred = (*allow.exclude_accelerators, *_named(case, allow.exclude_accelerators))
        yield _allowed(str(p), p.configuration.accelerator, allowed, barred)


@check("tp")
def tp(case: Case) -> Iterator[Seen]:
    """Tensor-parallel sizes are those that the service allows."""
    for p in case.used:
        sizes = p.service.allow.tp
        wrong = sizes is not None and p.configuration.tp not in sizes
        yield refused(str(p), f"tp {p.configuration.tp} is not among {sizes}") if wrong else Seen(0.0, str(p))


def _named(case: Case, names: Iterable[str]) -> list[str]:
    """Names that the catalogue gives to aliases."""
    return [row.name for name in names if (row := case.catalog.accelerator(name)) is not None]


def _allowed(where: str, value: str, allowed: Iterable[str] | None, barred: Iterable[str] = ()) -> Seen:
    if allowed is not None and not _matches(value, allowed):
        return refused(where, f"{value} is not among {', '.join(allowed)}")
    if _matches(value, barred):
        return refused(where, f"{value} is excluded")
    return Seen(0.0, where)


def _matches(value: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(value.casefold(), pattern.casefold()) for pattern in patterns)


@check("power_known")
def power_known(case: Case) -> Iterator[Seen]:
    """Where carbon is capped or priced, the power and grid of every pool concerned are known."""
    limits = case.problem.limits
    fleet = limits.carbon_kg_per_month is not None or case.problem.carbon.price_usd_per_tonne > 0
    for p in case.used:
        capped = any(place_matches(r.region, p.pool) for r in limits.regions)
        if not (fleet or capped or p.service.carbon_kg_per_month is not None):
            continue
        unknown = [
            what
            for what, value in (("power", p.pool.idle_kw()), ("power", p.pool.busy_kw_per_accelerator()), ("grid", p.pool.intensity))
            if value is None
        ]
        if case.problem.carbon.embodied and p.pool.embodied_kg_per_hour is None:
            unknown.append("embodied carbon")
        yield refused(str(p), f"unknown: {', '.join(dict.fromkeys(unknown))}") if unknown else Seen(0.0, str(p))


def _broken(case: Case, rule: str) -> Iterator[Seen]:
    for p in case.used:
        found = [f for f in p.facts.broken if f.rule == rule]
        for fault in found:
            yield Seen(ALL if not fault.relative_miss else max(fault.relative_miss, 1e-3), str(p), fault.message)
        if not found:
            yield Seen(0.0, str(p))
