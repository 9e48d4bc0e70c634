"""Reads an edition of the catalogue, checks it against its manifest, and applies a private overlay."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from planner.catalog.catalog import Catalog
from planner.catalog.joins import join_faults
from planner.catalog.locate import MANIFEST, locate
from planner.catalog.reading import read_table
from planner.catalog.schema import SCHEMA_VERSION, TABLE_BY_NAME, TABLES, Table
from planner.errors import Fault, InvalidInput


def load_catalog(source: str | Path | None = None, overlay: Path | None = None) -> Catalog:
    """The catalogue of an edition, with the user's own facts laid over it.

    source   None: the newest edition; an edition's name; or a folder with a manifest
    overlay  a JSON or YAML file of private facts

    Raises InvalidInput with every fault of every table at its file and line.
    """
    folder = locate(source)
    edition, contents = _verified(folder)
    rows: dict[str, dict[str, Any]] = {}
    faults: list[tuple[Table, Fault]] = []
    for table in TABLES:
        if not table.lazy:
            rows[table.name], found = read_table(table, contents[table.name])
            faults.extend((table, fault) for fault in found)
    if not faults:
        faults = [(TABLE_BY_NAME[table], fault) for table, fault in join_faults(rows)]
    if faults:
        raise _refused(folder, faults)
    catalog = _assembled(edition, folder, contents, rows)
    if overlay is None:
        return catalog
    from planner.catalog.overlay import apply_overlay, read_overlay

    return apply_overlay(catalog, read_overlay(overlay))


def _assembled(edition: str, folder: Path, contents: dict[str, bytes], rows: dict[str, dict[str, Any]]) -> Catalog:
    digests = {name: _digest(content) for name, content in contents.items()}
    hours = _by_zone(rows.pop("region_hours"))
    tables = {name: MappingProxyType(found) for name, found in rows.items()}
    sources = tables["sources"]

    def late(name: str) -> Mapping[str, Any]:
        table = TABLE_BY_NAME[name]
        found, faults = read_table(table, contents[name])
        faults = faults or [fault for _, fault in join_faults({name: found, "sources": sources})]
        if faults:
            raise _refused(folder, [(table, fault) for fault in faults])
        return found

    return Catalog(
        edition=edition,
        digest=_digest(json.dumps(digests, sort_keys=True).encode()),
        region_hours=MappingProxyType(hours),
        table_digests=MappingProxyType(digests),
        _late=late,
        **tables,
    )


def _verified(folder: Path) -> tuple[str, dict[str, bytes]]:
    """The edition's name and its tables' bytes, all of them as the manifest says."""
    manifest = _manifest(folder / MANIFEST)
    contents: dict[str, bytes] = {}
    faults: list[Fault] = []
    for table in TABLES:
        entry = manifest["tables"].get(table.name)
        if entry is None:
            faults.append(Fault(table.file, "not_in_manifest", f"{MANIFEST} does not list this table"))
            continue
        try:
            content = (folder / table.file).read_bytes()
        except OSError as error:
            faults.append(Fault(table.file, "missing_table", f"cannot be read: {error.strerror}"))
            continue
        if _digest(content) != entry["sha256"]:
            message = (
                f"differs from the digest in {MANIFEST}; an edition is immutable: keep own facts in an overlay, "
                "or declare the change with planner.catalog.manifest.refresh"
            )
            faults.append(Fault(table.file, "digest_mismatch", message))
        contents[table.name] = content
    if faults:
        raise InvalidInput(str(folder), faults)
    return manifest["edition"], contents


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version, edition, tables = manifest["schema_version"], manifest["edition"], manifest["tables"]
        well_formed = isinstance(edition, str) and all(isinstance(one["sha256"], str) for one in tables.values())
    except OSError as error:
        raise InvalidInput(str(path), [Fault("", "unreadable", f"cannot be read: {error.strerror}")]) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        well_formed, version = False, None
    if not well_formed:
        message = "not a manifest: it must hold schema_version, edition and tables with their sha256"
        raise InvalidInput(str(path), [Fault("", "manifest", message)])
    if version != SCHEMA_VERSION:
        message = f"schema_version {version!r} is not the {SCHEMA_VERSION} that this program reads"
        raise InvalidInput(str(path), [Fault("schema_version", "schema_version", message)])
    return manifest


def _by_zone(rows: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    """24 ratios by zone; a zone with hours missing is unknown and left out."""
    zones: dict[str, dict[int, float]] = {}
    for row in rows.values():
        zones.setdefault(row.grid_zone, {})[row.hour_utc] = row.ratio_to_annual_mean
    return {
        zone: tuple(ratios[hour] for hour in range(24)) for zone, ratios in sorted(zones.items()) if len(ratios) == 24
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refused(folder: Path, faults: list[tuple[Table, Fault]]) -> InvalidInput:
    """One table at fault is named with its lines; several are named under their folder."""
    files = {table.file for table, _ in faults}
    if len(files) == 1:
        return InvalidInput(str(folder / files.pop()), [fault for _, fault in faults])
    return InvalidInput(str(folder), [_under_folder(table, fault) for table, fault in faults])


def _under_folder(table: Table, fault: Fault) -> Fault:
    place = table.file if fault.line is None else f"{table.file}:{fault.line}"
    return Fault(f"{place}: {fault.path}" if fault.path else place, fault.code, fault.message)
