"""Which offers a commitment is good for."""

from __future__ import annotations

from fnmatch import fnmatchcase

from planner.catalog.market import Commitment, Offer


def covers(commitment: Commitment, offer: Offer) -> bool:
    """Whether the offer's provider sells the commitment for its instance type or accelerator."""
    if commitment.provider != offer.provider:
        return False
    names = (offer.instance_type, offer.accelerator)
    return any(fnmatchcase(name, pattern) for pattern in commitment.applies_to for name in names)
