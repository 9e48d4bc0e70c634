"""Lists and shows rows of a catalogue as plain data, for people who want to see what a plan rests on."""

from __future__ import annotations

import datetime
from fnmatch import fnmatchcase
from typing import Any

from planner.catalog.catalog import TABLE_ATTRIBUTES, Catalog
from planner.catalog.provenance import age_days, citation, plain
from planner.catalog.row import Row
from planner.documents.near import nearest
from planner.errors import UsageError

# What a list shows of each row beside its id; everything else is a matter of `show_row`.
_LISTED = {
    "accelerators": ("vendor", "memory_gib", "memory_bandwidth_gb_per_s", "bf16_tflops", "fp8_tflops", "tdp_w"),
    "models": ("params_b", "active_params_b", "layers", "attention", "max_context", "native_precision"),
    "offers": ("accelerator", "accelerators_per_instance", "on_demand_usd_per_hour", "spot_usd_per_hour"),
    "regions": ("country", "geo", "grid_zone", "carbon_average_g_co2e_per_kwh", "pue"),
    "spot": ("interruptions_per_month", "saving", "notice_s"),
    "commitments": ("term_months", "payment", "scope", "measure", "discount"),
    "variants": ("size_factor", "recovery", "native"),
    "modes": ("mode", "max_request_mb", "max_processing_s", "scale_to_zero", "retired"),
    "mode_prices": ("usd_per_unit",),
    "api_prices": ("model", "input_usd_per_mtok", "output_usd_per_mtok", "retires_on"),
    "costs": ("value", "unit"),
    "profiles": ("metric", "statistic", "value"),
    "performance": ("log_value", "rows", "pairs"),
}


def list_rows(
    catalog: Catalog, table: str, pattern: str = "*", *, reveal_private: bool = False
) -> list[dict[str, Any]]:
    """Rows whose id matches a pattern (``*``, ``?``, any case), with what tells them apart, date and kind.

    reveal_private  show private rows in full: only for the user's own terminal

    Raises UsageError for a table that does not exist.
    """
    rows = _table(catalog, table)
    wanted = pattern.casefold()
    found = []
    for key, row in rows.items():
        if fnmatchcase(key.casefold(), wanted):
            found.append(_line(table, key, row, reveal_private))
    return found


def show_row(catalog: Catalog, name: str, table: str | None = None, today: datetime.date | None = None) -> list[dict[str, Any]]:
    """Every row called ``name`` (id, or name or alias of an accelerator or model), in full with its citation.

    today  to say how many days old each fact is; None: left out

    Raises UsageError with near names when there is none.
    """
    found = []
    for each in (table,) if table else TABLE_ATTRIBUTES:
        rows = _table(catalog, each)
        row = rows.get(name)
        if row is None and each == "accelerators":
            row = catalog.accelerator(name)
        if row is None and each == "models":
            row = catalog.model(name)
        if row is not None:
            found.append({"table": each, **_full(catalog, name, row), **_age(row, today)})
    if found:
        return found
    places = (table,) if table else ("accelerators", "models", "regions", "offers")
    near = ", ".join(nearest(name, [key for place in places for key in _table(catalog, place)]))
    raise UsageError(f"the catalogue has no {name!r}", hint=near or "list the table to see its rows")


def _age(row: Any, today: datetime.date | None) -> dict[str, int]:
    known = today is not None and isinstance(row, Row) and not row.private
    return {"age_days": age_days(row, today)} if known else {}


def _table(catalog: Catalog, table: str) -> Any:
    if table not in TABLE_ATTRIBUTES:
        raise UsageError(f"there is no table {table!r}", hint=", ".join(TABLE_ATTRIBUTES))
    return catalog.table(table)


def _line(table: str, key: str, row: Any, reveal_private: bool) -> dict[str, Any]:
    if not isinstance(row, Row):
        return {"id": key}
    if row.private and not reveal_private:
        return {"id": key, "private": True}
    listed = {name: getattr(row, name) for name in _LISTED[table]}
    return {"id": key, **listed, "as_of": row.as_of, "kind": row.kind}


def _full(catalog: Catalog, name: str, row: Any) -> dict[str, Any]:
    if isinstance(row, tuple):
        return {"id": name, "ratio_to_annual_mean_by_hour_utc": list(row)}
    if not isinstance(row, Row):
        return row.model_dump(mode="json") | {"id": row.id}
    return plain(row) | ({} if row.private else {"cited_as": citation(catalog, row)})
