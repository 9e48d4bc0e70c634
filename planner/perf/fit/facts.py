"""Models and accelerators that a table of measurements names: from a catalogue's files, and those it has no need of."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from planner.perf.replica import Architecture, Chip

#: Accelerators that were measured but are not rented out, and models whose shape was not published.
BESIDE = Path(__file__).parent


def facts(catalog: Path) -> tuple[dict[str, Architecture], dict[str, Chip]]:
    """(models, accelerators) by name and alias, read from ``models.csv`` and ``accelerators.csv`` of an edition."""
    models = {
        name: Architecture.of(row)
        for row in _rows(catalog / "models.csv") + _rows(BESIDE / "measured_models.csv")
        for name in _names(row)
    }
    chips = {
        name: Chip.of(row)
        for row in _rows(catalog / "accelerators.csv") + _rows(BESIDE / "measured_accelerators.csv")
        for name in _names(row)
    }
    return models, chips


def _names(row: dict[str, Any]) -> list[str]:
    return [row["name"], *(alias for alias in (row.get("aliases") or "").split(";") if alias)]


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
