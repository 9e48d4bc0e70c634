"""Curates every table of an edition in turn and writes them with their sources and manifest."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from planner.catalog.curate.api_prices import api_prices
from planner.catalog.curate.commitments import commitments
from planner.catalog.curate.costs import costs
from planner.catalog.curate.facts import Draft, reference_rows
from planner.catalog.curate.hardware import accelerators, models
from planner.catalog.curate.modes import mode_prices, modes
from planner.catalog.curate.offers import offers
from planner.catalog.curate.performance import TABLE as FITTED
from planner.catalog.curate.performance import performance
from planner.catalog.curate.processors import processor_offers, processors
from planner.catalog.curate.regions import region_hours, regions
from planner.catalog.curate.spot import spot
from planner.catalog.curate.students import students
from planner.catalog.curate.variants import variants
from planner.catalog.manifest import refresh
from planner.catalog.schema import TABLE_BY_NAME, TABLES

LEFT_OUT = "left_out.csv"
LEFT_OUT_COLUMNS = ("table", "what", "reason")


def curate(reference: Path, out: Path) -> None:
    """Writes ``out``: a CSV for each table, ``left_out.csv`` and the manifest.

    reference  folder with the reference CSV files
    out        folder of the edition, named for it, such as ``catalogs/2026-11``; existing tables are replaced, but not
               the fitted one

    Raises OSError when a reference file is missing.
    """
    draft = Draft()
    accelerators(reference_rows(reference, "accelerators"), draft)
    processors(draft)
    models(reference_rows(reference, "models"), draft)
    students(draft)
    regions(reference_rows(reference, "grid_carbon"), draft)
    offers(reference_rows(reference, "offers"), draft)
    processor_offers(draft)
    region_hours(reference_rows(reference, "grid_hourly"), draft)
    spot(reference_rows(reference, "spot"), reference_rows(reference, "commitments"), draft)
    commitments(reference_rows(reference, "commitments"), draft)
    variants(reference_rows(reference, "compression"), draft)
    modes(reference_rows(reference, "inference_modes"), draft)
    mode_prices(draft)
    api_prices(reference_rows(reference, "api_prices"), draft)
    costs(reference_rows(reference, "other_costs"), draft)
    performance(reference / "perf" / "calibration.csv", draft)
    out.mkdir(parents=True, exist_ok=True)
    draft.rows["sources"] = draft.sources()
    for table in TABLES:
        if table.name == FITTED and (out / table.file).exists():
            continue  # fitted, not curated
        _write(out / table.file, table.columns, draft.rows.get(table.name, []), TABLE_BY_NAME[table.name].row)
    left_out = [dict(zip(LEFT_OUT_COLUMNS, one)) for one in sorted(draft.left_out)]
    _write(out / LEFT_OUT, LEFT_OUT_COLUMNS, left_out, None)
    refresh(out)


def _write(path: Path, columns: tuple[str, ...], rows: list[dict[str, Any]], row: Any) -> None:
    """Rows in the order of their ids, each checked against the schema before anything is written."""
    cells = [{name: _cell(value) for name, value in one.items()} for one in rows]
    if row is not None:
        keyed = [(row.model_validate({n: c for n, c in one.items() if c != ""}).id, one) for one in cells]
        cells = [one for _, one in sorted(keyed, key=lambda pair: pair[0])]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(cells)
    path.write_bytes(text.getvalue().encode("utf-8"))


def _cell(value: Any) -> str:
    """Shortest text that reads back as the value; None is blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (tuple, list)):
        return ";".join(str(one) for one in value)
    return str(value).strip()
