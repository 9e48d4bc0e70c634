"""Rule: hosted services that process requests where the service allows it."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.patterns import matches_any
from planner.candidates.registry import rule


@rule(of="hosted")
def hosted_place(it: JudgedHosted) -> Broken | None:
    """Every place that may process requests matches ``allow.regions`` and none of ``allow.exclude_regions``.

    A place that is not stated is no place that is allowed; without such a policy it does not matter.
    """
    allow, places = it.service.allow, it.offer.places
    stated = ", ".join(allow.regions or [f"not {place}" for place in allow.exclude_regions])
    if stated and not places:
        text = f"where {it.offer.provider} processes requests is not known; allowed: {stated} (apis.regions states it)"
        return broken("hosted_place", None, stated, "", text)
    for names in places:
        inside = allow.regions is None or any(matches_any(allow.regions, name) for name in names)
        if not inside or any(matches_any(allow.exclude_regions, name) for name in names):
            return broken("hosted_place", names[0], stated, "", f"processed in {names[0]}; allowed: {stated}")
    return None
