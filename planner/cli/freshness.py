"""Says when what is shown rests on prices that are past their age; the day is the clock's, or ``SOURCE_DATE_EPOCH``."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from planner.cli.inputs import say_lines

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.plan.schema import Plan

#: Of seconds since 1970; more lie beyond the calendar.
_DIGITS = 11
HINT = "docs/prices.md says how to refresh them"


def today() -> datetime.date:
    """The day by which ages are judged; ``SOURCE_DATE_EPOCH`` (seconds since 1970) makes a run repeatable."""
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.datetime.fromtimestamp(int(stated), datetime.timezone.utc) if stated.isascii() and stated.isdecimal() and len(stated) <= _DIGITS else datetime.datetime.now()
    return now.date()


def say_old_prices_of(plan: Plan, catalog: Catalog) -> None:
    """A warning on standard error about prices of pools in use; own prices of a problem bear no date and are not judged."""
    say_old_prices(catalog, _used(plan), "in use")


def say_old_prices(catalog: Catalog, used: Iterable[tuple[str, str]], what: str) -> None:
    """The same about prices by (offer's id, ``spot`` or ``list``)."""
    from planner.catalog.freshness import age_words, old_prices

    words = age_words(old_prices(catalog, today(), used), what)
    if words:
        say_lines("warning", f"{words}; {HINT}")


def prices_of(pools: Iterable[Any]) -> list[tuple[str, str]]:
    """Every price that some pools of the program have."""
    found = []
    for pool in pools:
        found += [(pool.id, "list")] if pool.on_demand is not None or pool.reserved else []
        found += [(pool.id, "spot")] if pool.spot is not None else []
    return found


def _used(plan: Plan) -> list[tuple[str, str]]:
    found = []
    for pool in plan.pools:
        found += [(pool.id, "list")] if any(pool.on_demand) or pool.reserved else []
        found += [(pool.id, "spot")] if any(pool.spot) else []
    return found
