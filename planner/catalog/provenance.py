"""How well founded the facts of a catalogue are: by kind, by source and by age."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from planner.catalog.catalog import TABLE_ATTRIBUTES, Catalog
from planner.catalog.row import KINDS, Row, weakest

__all__ = ["Summary", "age_days", "days_since", "citation", "plain", "summaries", "weakest"]


@dataclass(frozen=True)
class Summary:
    """A table's rows: how many, of which kinds, between which dates, from how many sources."""

    table: str
    rows: int
    kinds: tuple[tuple[str, int], ...]
    oldest: str
    newest: str
    sources: int


def age_days(row: Row, today: datetime.date) -> int:
    """Days since the fact held, counted from the start of the year or month where no day is given."""
    return days_since(row.as_of, today)


def days_since(as_of: str, today: datetime.date) -> int:
    """Days since ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, counted from the start of the year or month."""
    parts = [int(part) for part in as_of.split("-")] + [1, 1]
    return (today - datetime.date(*parts[:3])).days


def summaries(catalog: Catalog) -> tuple[Summary, ...]:
    """One summary for each table that holds facts."""
    found = []
    for table in TABLE_ATTRIBUTES:
        rows = [row for row in catalog.table(table).values() if isinstance(row, Row)]
        if rows:
            counts = Counter(row.kind for row in rows)
            dates = sorted(row.as_of for row in rows)
            found.append(Summary(
                table, len(rows), tuple((kind, counts[kind]) for kind in KINDS if counts[kind]),
                dates[0], dates[-1], len({row.source for row in rows}),
            ))
    return tuple(found)


def citation(catalog: Catalog, row: Row) -> str:
    """Where a row comes from, in one line: source, date, kind."""
    source = catalog.sources.get(row.source)
    title = source.title if source else row.source
    return f"{title}, {row.as_of}, {row.kind}"


def plain(row: Any) -> dict[str, Any]:
    """A row as plain data for JSON; a private row shows only what it is called and that it is private."""
    if row.private:
        return {"id": row.id, "private": True}
    return row.model_dump(mode="json", exclude={"private"}) | {"id": row.id}
