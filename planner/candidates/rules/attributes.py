"""Rule: what a service requires of whoever sees its requests holds for the machines it runs on."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Place, broken
from planner.candidates.registry import rule
from planner.economics.api import attributes_of, held_by_own_replicas


@rule(of="pool")
def attributes(it: Place) -> Broken | None:
    """The user states of the pool's provider (``vendors``) every attribute that the service requires.

    Own replicas hand requests to nobody who could train on them (``no_training``); on owned hardware the network is
    private too (``private_network``).
    """
    known = attributes_of(it.problem, it.pool.provider) | held_by_own_replicas(owned=it.pool.owned is not None)
    missing = sorted(set(it.service.requires) - known)
    if not missing:
        return None
    stated = ", ".join(missing)
    return broken("attributes", None, stated, "", f"{it.pool.provider} is not known to have: {stated}")
