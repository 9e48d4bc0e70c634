"""What changed between two editions: rows added, removed and changed, and price moves that want a look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planner.catalog.catalog import TABLE_ATTRIBUTES, Catalog

# A price that moves more than this, either way, is more often a wrong unit than a market.
HOLD_BACK_FACTOR = 10.0

# Changes of these fields say when and how a fact is known, not what it is.
_PROVENANCE = ("source", "as_of", "kind", "note", "private")


@dataclass(frozen=True)
class Change:
    """One difference.

    what       added, removed, changed, or provenance (only source, date, kind or note differ)
    field      of a change, "" for whole rows
    percent    of a changed number, None where there is no ratio
    hold_back  a price that appears or vanishes at zero, or moves more than tenfold: look before using it
    """

    table: str
    id: str
    what: str
    field: str = ""
    before: Any = None
    after: Any = None
    percent: float | None = None
    hold_back: bool = False


def diff_catalogs(before: Catalog, after: Catalog) -> tuple[Change, ...]:
    """Every difference, by table, then id, then field."""
    return tuple(change for table in TABLE_ATTRIBUTES for change in _diff_table(table, before, after))


def _diff_table(table: str, before: Catalog, after: Catalog) -> Iterator[Change]:
    old, new = before.table(table), after.table(table)
    for key in sorted(set(old) | set(new)):
        if key not in new:
            yield Change(table, key, "removed")
        elif key not in old:
            yield Change(table, key, "added", hold_back=0 in _prices(new[key]).values())
        elif old[key] != new[key]:
            yield from _diff_row(table, key, old[key], new[key])


def _diff_row(table: str, key: str, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, tuple):
        yield Change(table, key, "changed", before=old, after=new)
        return
    for name in sorted(type(new).model_fields):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            what = "provenance" if name in _PROVENANCE and table != "sources" else "changed"
            yield Change(table, key, what, name, was, now, _percent(was, now), held_back(name, was, now))


def _percent(was: Any, now: Any) -> float | None:
    numbers = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (was, now))
    return 100.0 * (now - was) / was if numbers and was else None


def held_back(name: str, was: Any, now: Any) -> bool:
    """Whether a price waits for a person: it crosses zero, or moves more than tenfold. One that becomes known is news, not an alarm."""
    if not _is_price(name) or was is None or now is None:
        return False
    if (was == 0) != (now == 0):
        return True
    return was > 0 and not 1.0 / HOLD_BACK_FACTOR <= now / was <= HOLD_BACK_FACTOR


def _is_price(name: str) -> bool:
    return "usd_per_" in name


def _prices(row: Any) -> dict[str, Any]:
    if isinstance(row, tuple):
        return {}
    return {name: getattr(row, name) for name in type(row).model_fields if _is_price(name)}
