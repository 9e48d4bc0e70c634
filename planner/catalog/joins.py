"""What rows of different tables must agree on: every name that a row uses exists."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from planner.catalog.usage import ANY
from planner.errors import Fault


def join_faults(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Fault]]:
    """(table, fault) for each name that leads nowhere, among the tables given (sources always)."""
    yield from _sources(tables)
    if "offers" in tables:
        yield from _offers(tables)
    if "variants" in tables:
        yield from _variants(tables)


def _sources(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Fault]]:
    known = tables["sources"]
    for name, rows in tables.items():
        if name != "sources":
            for key, row in rows.items():
                if row.source not in known:
                    yield name, Fault(key, "unknown_source", _lacks("sources", row.source, known))


def _offers(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Fault]]:
    for key, offer in tables["offers"].items():
        if offer.accelerator not in tables["accelerators"]:
            message = _lacks("accelerators", offer.accelerator, tables["accelerators"])
            yield "offers", Fault(key, "unknown_accelerator", message)
        if offer.region_id not in tables["regions"]:
            yield "offers", Fault(key, "unknown_region", _lacks("regions", offer.region_id, tables["regions"]))


def _variants(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Fault]]:
    for key, row in tables["variants"].items():
        if row.model != ANY and row.model not in tables["models"]:
            yield "variants", Fault(key, "unknown_model", _lacks("models", row.model, tables["models"]))


def _lacks(table: str, name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=3)
    return f"{table} has no {name!r}" + (f"; near: {', '.join(near)}" if near else "")
