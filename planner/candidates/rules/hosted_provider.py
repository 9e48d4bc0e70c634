"""Rule: hosted services of providers that the service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.patterns import matches_any
from planner.candidates.registry import rule
from planner.economics.api import names_of


@rule(of="hosted")
def hosted_provider(it: JudgedHosted) -> Broken | None:
    """The provider, or the cloud that sells it, matches ``allow.providers``; neither matches ``allow.exclude_providers``."""
    allow, names = it.service.allow, names_of(it.offer.provider)
    if allow.providers is not None and not any(matches_any(allow.providers, name) for name in names):
        stated = ", ".join(allow.providers)
        return broken("hosted_provider", names[0], stated, "", f"sold by {' of '.join(names)}; allowed: {stated}")
    if any(matches_any(allow.exclude_providers, name) for name in names):
        stated = ", ".join(allow.exclude_providers)
        return broken("hosted_provider", names[0], f"not {stated}", "", f"{' of '.join(names)} is excluded")
    return None
