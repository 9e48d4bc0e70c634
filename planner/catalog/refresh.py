"""Makes a new edition from an old one and price lists: what moves too far keeps its old price and waits for a person."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.catalog.diff import held_back
from planner.catalog.locate import MANIFEST, locate
from planner.catalog.manifest import refresh as declare
from planner.errors import CannotWrite, UsageError

_LISTED, _SPOT = "on_demand_usd_per_hour", "spot_usd_per_hour"
_RESERVED = ("reserved_1y_usd_per_hour", "reserved_3y_usd_per_hour")
_TOKENS = (
    "input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok", "batch_input_usd_per_mtok", "batch_output_usd_per_mtok",
)  # fmt: skip


@dataclass(frozen=True)
class PriceList:
    """New prices from one source.

    key, title  of the source, for ``sources.csv``
    offers      rows of offers with their new prices, known and new
    api_prices  rows of token prices
    as_of       when they were read, YYYY-MM-DD
    """

    key: str
    title: str
    as_of: str
    offers: Sequence[Mapping[str, Any]] = ()
    api_prices: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Held:
    """A price that was not taken over."""

    table: str
    id: str
    field: str
    before: float
    after: float


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: rows whose prices were confirmed or changed, rows added, prices held back."""

    confirmed: int
    changed: int
    added: int
    held: tuple[Held, ...]


def refresh_edition(base: str | Path, out: Path, lists: Iterable[PriceList], accepted: Iterable[str] = ()) -> Refreshed:
    """Writes the edition ``out``, named for its folder; every row but those in ``lists`` is as in ``base``.

    accepted  ids whose prices a person has looked at, however far they move

    Raises UsageError when ``out`` exists: an edition is immutable. Raises CannotWrite when it cannot be written.
    """
    source = locate(base)
    if out.exists():
        raise UsageError("the edition exists already, and editions are immutable", where=str(out), hint="name another folder")
    tables = {name: _read(source / f"{name}.csv") for name in ("offers", "api_prices", "sources")}
    work = _Work(tables, frozenset(accepted))
    for one in lists:
        work.take(one)
    half = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        shutil.copytree(source, half)
        for name, (columns, rows) in tables.items():
            (half / f"{name}.csv").write_text(_text(columns, rows), encoding="utf-8")
        (half / MANIFEST).unlink()
        declare(half, out.name)
        os.replace(half, out)
    except OSError as error:
        shutil.rmtree(half, ignore_errors=True)
        raise CannotWrite(f"the edition cannot be written: {error.strerror}", where=str(out), hint="name a folder elsewhere") from error
    return Refreshed(work.confirmed, work.changed, work.added, tuple(work.held))


class _Work:
    """Tables as text, changed row by row."""

    def __init__(self, tables: dict[str, tuple[list[str], list[dict[str, str]]]], accepted: frozenset[str]) -> None:
        self.tables = tables
        self.accepted = accepted
        self.held: list[Held] = []
        self.confirmed = self.changed = self.added = 0
        self.offers = {_offer_id(row): row for row in tables["offers"][1]}
        self.tokens = {f"{row['provider']}:{row['api_model']}": row for row in tables["api_prices"][1]}

    def take(self, one: PriceList) -> None:
        """All rows of a list, and its source."""
        self.tables["sources"][1].append({"key": one.key, "title": one.title, "date": one.as_of})
        for new in one.offers:
            self._offer(new, one)
        for new in one.api_prices:
            self._token_price(new, one)

    def _offer(self, new: Mapping[str, Any], one: PriceList) -> None:
        key = _offer_id(new)
        row = self.offers.get(key)
        if row is None:
            row = {**{name: _cell(value) for name, value in new.items()}, "source": one.key, "as_of": one.as_of, "kind": "published"}
            row |= {"spot_kind": "published", "spot_as_of": one.as_of} if new.get(_SPOT) is not None else {}
            self.tables["offers"][1].append(row)
            self.offers[key] = row
            self.added += 1
            return
        listed, spot = (self._moved("offers", key, name, row, new) for name in (_LISTED, _SPOT))
        if listed is not None:
            before = float(row[_LISTED]) if row[_LISTED] else None
            row |= {_LISTED: _cell(listed), "source": one.key, "as_of": one.as_of, "kind": "published"}
            self._reserved(row, listed, before)
            if row.get(_SPOT) and spot is None and not row.get("spot_as_of"):
                # Its date was the row's, which is now another one.
                row["spot_as_of"] = row["as_of"]
        if spot is not None:
            row |= {_SPOT: _cell(spot), "spot_kind": "published", "spot_as_of": one.as_of}

    def _reserved(self, row: dict[str, str], listed: float, before: float | None) -> None:
        """Price lists state none: reserved prices move with the list price, and say that they were derived."""
        if before is None or listed == before or not any(row.get(name) for name in _RESERVED):
            return
        for name in _RESERVED:
            row[name] = _cell(round(float(row[name]) * listed / before, 6)) if row.get(name) else ""
        row["reserved_kind"] = "derived"
        row["note"] = "; ".join(filter(None, (row.get("note", ""), "reserved prices moved with the list price")))

    def _token_price(self, new: Mapping[str, Any], one: PriceList) -> None:
        key = f"{new['provider']}:{new['api_model']}"
        row = self.tokens.get(key)
        if row is None:
            return
        moved = {name: self._moved("api_prices", key, name, row, new) for name in _TOKENS}
        if any(value is not None for value in moved.values()):
            row |= {name: _cell(value) for name, value in moved.items() if value is not None}
            row |= {"source": one.key, "as_of": one.as_of, "kind": "published"}

    def _moved(self, table: str, key: str, name: str, row: Mapping[str, str], new: Mapping[str, Any]) -> float | None:
        """The new price; None where the list has none or it is held back."""
        after = new.get(name)
        if after is None:
            return None
        before = float(row[name]) if row.get(name) else None
        if key not in self.accepted and held_back(name, before, after):
            self.held.append(Held(table, key, name, before, after))
            return None
        if before == after:
            self.confirmed += 1
        else:
            self.changed += 1
        return after


def _offer_id(row: Mapping[str, Any]) -> str:
    place = f"{row['region']}/{row['zone']}" if row.get("zone") else row["region"]
    return f"{row['provider']}:{row['instance_type']}@{place}"


def _cell(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else "" if value is None else str(value)


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    return list(reader.fieldnames or ()), list(reader)


def _text(columns: list[str], rows: list[dict[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
