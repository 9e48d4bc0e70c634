"""The edition while it is being made: rows by table, the sources they cite, and what was left out and why."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def reference_rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of a reference table, cells stripped of surrounding blanks."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{key: cell.strip() for key, cell in row.items()} for row in csv.DictReader(file)]


@dataclass
class Draft:
    """Rows collected so far; each table's function adds to it and may read what came before."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)
    _cited: dict[str, tuple[str, str]] = field(default_factory=dict)
    _citations: dict[str, str] = field(default_factory=dict)

    def add(self, table: str, *, source: str, as_of: str, kind: str, note: str = "", **fields: Any) -> None:
        """One row; ``source`` is the reference's own wording and becomes a key, ``as_of`` any date it holds."""
        date, remark = first_date(as_of)
        key = self._cite(source, date)
        note = "; ".join(part for part in (note, remark) if part)
        self.rows.setdefault(table, []).append({**fields, "source": key, "as_of": date, "kind": kind, "note": note})

    def cite(self, source: str, date: str, citation: str) -> None:
        """A source that rows made elsewhere rest on."""
        self._citations[self._cite(source, date)] = citation

    def leave_out(self, table: str, what: str, reason: str) -> None:
        self.left_out.append((table, what, reason))

    def names(self, table: str, column: str = "name") -> set[str]:
        return {row[column] for row in self.rows.get(table, [])}

    def title_of(self, key: str) -> str:
        """The wording of a source that is cited already."""
        return self._cited[key][0]

    def sources(self) -> list[dict[str, str]]:
        """A row for each source cited, with the latest date it was cited for."""
        found = []
        for key, (title, date) in sorted(self._cited.items()):
            address = re.search(r"https?://\S+", title)
            papers = re.findall(r"\b\d{4}\.\d{5}\b", title)
            citation = address.group(0) if address else " ".join(f"arXiv:{paper}" for paper in papers)
            citation = self._citations.get(key, citation)
            found.append({"key": key, "title": title, "date": date, "citation": citation, "licence": _licence(title)})
        return found

    def _cite(self, title: str, date: str) -> str:
        key = source_key(title)
        known = self._cited.get(key)
        if known and known[0] != title:
            raise ValueError(f"two sources share the key {key!r}: {known[0]!r} and {title!r}")
        self._cited[key] = (title, max(date, known[1]) if known else date)
        return key


def source_key(title: str) -> str:
    """A readable key: the title's letters and digits joined by hyphens."""
    text = re.sub(r"^https?://(www\.)?", "", title)
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _licence(title: str) -> str:
    """What a source is known to say about reuse; prices and specifications are facts cited one by one."""
    if "Electricity Maps" in title:
        return "raw hourly data under its provider's own licence: only averages over hours of the day are held here"
    return ""


def first_date(text: str) -> tuple[str, str]:
    """The first date in a text, and the text itself as a remark where it says more than that date.

    A range counts from its start, so that age is never understated; no date at all is the edition's year.
    """
    found = re.search(r"\d{4}(-\d{2}(?!\d))?(-\d{2}(?!\d))?", text)
    if found is None:
        return UNDATED, f"dated {text!r} in the source" if text else "undated in the source"
    return found.group(0), "" if found.group(0) == text else f"date given as {text}"


# Facts that carry no date were gathered for this edition's reference folder.
UNDATED = "2026"


def number(text: str) -> float | None:
    """The number in a cell, None when the cell holds none."""
    try:
        return float(text)
    except ValueError:
        return None


def leading_number(text: str) -> float | None:
    """The number that a text begins with, as in ``1024 (file)``; None when it begins otherwise."""
    found = re.match(r"\d+(\.\d+)?", text)
    return float(found.group(0)) if found else None
