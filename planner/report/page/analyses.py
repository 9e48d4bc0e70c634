"""What other commands found out about the same problem, read from their JSON: prices of limits, frontiers, bundles, runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.report.figures import amount, usd
from planner.report.page.content import Cell, Figure, Name, Section, Table
from planner.report.page.reader import pointer

MOST_ROWS = 500


@dataclass(frozen=True)
class Analysis:
    """A JSON document with its name; ``command`` is the command that wrote it, where it says so."""

    name: str
    content: Mapping[str, Any]

    @property
    def command(self) -> str:
        return str(self.content.get("command", ""))


def analysis_sections(analyses: Sequence[Analysis], unit: str) -> list[Section]:
    """One section a document: every list of objects in it as a table, single figures as lines."""
    return [_section(number, one, unit) for number, one in enumerate(analyses)]


def _section(number: int, one: Analysis, unit: str) -> Section:
    title = {"price": "What each limit costs", "frontier": "What costs what", "negotiate": "Ways to agree", "simulate": "Simulated"}
    tables = list(_tables(number, one.content, ()))
    rows = tuple((_words(str(key)), _cell(number, value, (key,))) for key, value in one.content.items() if not isinstance(value, (dict, list)))
    if rows:
        tables.insert(0, Table("In short", ("what", "value"), rows, ()))
    return Section(f"analysis-{number}", title.get(one.command, _words(one.name)), (), tuple(tables))


def _tables(number: int, value: Any, place: tuple) -> Iterator[Table]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _tables(number, member, (*place, key))
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        plain = list(dict.fromkeys(key for one in value for key, cell in one.items() if not isinstance(cell, (dict, list))))
        if plain:
            rows = tuple(tuple(_cell(number, one.get(key), (*place, at, key)) for key in plain) for at, one in enumerate(value[:MOST_ROWS]))
            numeric = tuple(at for at in range(len(plain)) if any(isinstance(row[at], Figure) for row in rows))
            yield Table(_words(" ".join(map(str, place))), tuple(map(_words, plain)), rows, numeric, folded=len(rows) > 20)
        for at, one in enumerate(value[:MOST_ROWS]):
            for key, member in one.items():
                yield from _tables(number, member, (*place, at, key))


def _cell(number: int, value: Any, place: tuple) -> Cell:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        show = usd if "usd" in str(place[-1]) else amount
        return Figure(value, show(value), f"analysis{number}:{pointer(*place)}")
    return Name(str(value))


def _words(text: str) -> str:
    return text.replace("_", " ")
