"""Puts together what is known of one offer's interruptions."""

from __future__ import annotations

from collections.abc import Mapping

from planner.catalog.market import Offer, Spot
from planner.catalog.row import weakest

_FIELDS = ("interruptions_per_month", "saving", "availability", "notice_s")


def spot_for(rows: Mapping[str, Spot], offer: Offer) -> Spot | None:
    """The offer's own row, its unknown fields taken from the region's and then the provider's rule.

    None when nothing at all is known. The kind is the weakest of the rows that contributed.
    """
    keys = (
        f"{offer.provider}:{offer.instance_type}@{offer.region}",
        f"{offer.provider}:*@{offer.region}",
        f"{offer.provider}:*@*",
    )
    found = [rows[key] for key in keys if key in rows]
    if not found:
        return None
    first, *rest = found
    update: dict[str, object] = {}
    for row in rest:
        for name in _FIELDS:
            if getattr(first, name) is None and name not in update and getattr(row, name) is not None:
                update[name] = getattr(row, name)
                update["kind"] = weakest(update.get("kind", first.kind), row.kind)
    return first.model_copy(update=update) if update else first
