"""Models and accelerators that a table of measurements names, from the files of an edition."""

from __future__ import annotations

from pathlib import Path

from planner.perf.known import known_chips, known_models, read_rows
from planner.perf.replica import Architecture, Chip


def facts(catalog: Path) -> tuple[dict[str, Architecture], dict[str, Chip]]:
    """(models, accelerators) by name, read from ``models.csv`` and ``accelerators.csv`` of an edition."""
    return known_models(read_rows(catalog / "models.csv")), known_chips(read_rows(catalog / "accelerators.csv"))
