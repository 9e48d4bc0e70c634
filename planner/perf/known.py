"""Models and accelerators whose facts are known: a catalogue's, and those that were only ever measured."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from planner.errors import PlannerError
from planner.perf.replica import Architecture, Chip

#: Accelerators that nobody rents out and models of unpublished shape, known because somebody measured them.
MEASURED = Path(__file__).with_name("fit")


def known_models(rows: Iterable[Any]) -> dict[str, Architecture]:
    """Shapes by name, alias and Hugging Face id; a row whose size is unknown is left out."""
    return _named((*rows, *read_rows(MEASURED / "measured_models.csv")), Architecture.of)


def known_chips(rows: Iterable[Any]) -> dict[str, Chip]:
    """Accelerators by name and alias; the given rows win over those that were only measured."""
    return _named((*rows, *read_rows(MEASURED / "measured_accelerators.csv")), Chip.of)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file of the package or of an edition."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _named(rows: Iterable[Any], of: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        try:
            made = of(row)
        except PlannerError:
            continue
        for name in _names(row):
            found.setdefault(name, made)
    return found


def _names(row: Any) -> list[str]:
    get = row.get if isinstance(row, dict) else lambda name: getattr(row, name, None)
    aliases = get("aliases") or ()
    aliases = aliases.split(";") if isinstance(aliases, str) else aliases
    return [name for name in (get("name"), get("hf_id"), *aliases) if name]
