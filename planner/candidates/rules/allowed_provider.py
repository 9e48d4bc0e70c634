"""Rule: providers that the service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Place, broken
from planner.candidates.patterns import matches_any
from planner.candidates.registry import rule


@rule(of="pool")
def allowed_provider(it: Place) -> Broken | None:
    """The pool's provider matches ``allow.providers`` and none of ``allow.exclude_providers``."""
    allow, name = it.service.allow, it.pool.provider
    if allow.providers is not None and not matches_any(allow.providers, name):
        stated = ", ".join(allow.providers)
        return broken("allowed_provider", name, stated, "", f"sold by {name}; allowed: {stated}")
    if matches_any(allow.exclude_providers, name):
        stated = ", ".join(allow.exclude_providers)
        return broken("allowed_provider", name, f"not {stated}", "", f"{name} is excluded")
    return None
