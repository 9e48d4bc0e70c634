"""What a response cache costs and answers, and whether a service may have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.economics.figures import figure

MILLION = 1e6


@dataclass(frozen=True)
class CacheOption:
    """A response cache that a service may buy.

    hit      share of every class's requests that it answers
    score    quality of what it answers; None: as good as what it repeats
    usd_per_month, usd_per_request  of the store, and of each lookup (every request is looked up)
    """

    name: str
    hit: float
    score: float | None
    usd_per_month: float
    usd_per_request: float


def cache_options(service: Any, catalog: Any) -> tuple[tuple[CacheOption, ...], dict[str, str]]:
    """Response caches of a service, by name, and the reason for each that it may not have."""
    offered, left_out = [], {}
    for cache in sorted(service.caches, key=lambda c: c.name):
        if cache.kind == "prefix":
            continue
        refused = _refused(service, cache)
        if refused:
            left_out[f"cache {cache.name} of {service.name}"] = refused
            continue
        usd = cache.usd_per_month + cache.memory_gb * figure(cache.usd_per_gb_month, "usd_per_gb_month", catalog)
        offered.append(CacheOption(cache.name, cache.hit, cache.score, usd, cache.usd_per_million_lookups / MILLION))
    return tuple(offered), left_out


def every_cache(problem: Any, catalog: Any) -> tuple[tuple[tuple[CacheOption, ...], ...], dict[str, str]]:
    """``cache_options`` of all services, in their order, and everything left out."""
    found = [cache_options(service, catalog) for service in problem.services]
    return tuple(options for options, _ in found), {name: why for _, refused in found for name, why in refused.items()}


def _refused(service: Any, cache: Any) -> str:
    floors = service.quality
    if cache.kind == "exact" or floors is None or (floors.min is None and floors.mean is None):
        return ""
    if cache.score is None:
        return "quality_known: the quality of what a semantic cache answers is not stated, and the service sets a floor"
    if floors.min is not None and cache.score < floors.min:
        return f"quality_min: a semantic cache's answers reach {cache.score:g}; the floor is {floors.min:g}"
    return ""
