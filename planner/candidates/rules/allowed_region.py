"""Rule: places that the service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Place, broken
from planner.candidates.registry import rule
from planner.economics.pools import place_matches


@rule(of="pool")
def allowed_region(it: Place) -> Broken | None:
    """The pool's region, country or area matches ``allow.regions`` and none of ``allow.exclude_regions``.

    A pool that does not say where it is matches no country and no area.
    """
    allow, place = it.service.allow, it.pool.region
    if allow.regions is not None and not any(place_matches(p, it.pool) for p in allow.regions):
        stated = ", ".join(allow.regions)
        return broken("allowed_region", place, stated, "", f"in {place}; allowed: {stated}")
    hit = next((p for p in allow.exclude_regions if place_matches(p, it.pool)), None)
    if hit is not None:
        return broken("allowed_region", place, f"not {hit}", "", f"in {place}; excluded: {hit}")
    return None
