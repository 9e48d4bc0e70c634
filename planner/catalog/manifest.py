"""Writes an edition's manifest: the digest of every table, so that a change cannot go unnoticed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from planner.catalog.locate import MANIFEST
from planner.catalog.schema import SCHEMA_VERSION, TABLES


def refresh(folder: Path, edition: str | None = None) -> None:
    """Declares the tables as they are now; the edition's name defaults to the folder's.

    Raises OSError when a table is missing. The manifest is replaced whole or not at all.
    """
    tables = {}
    for table in TABLES:
        content = (folder / table.file).read_bytes()
        tables[table.name] = {"sha256": hashlib.sha256(content).hexdigest()}
    manifest = {"schema_version": SCHEMA_VERSION, "edition": edition or folder.name, "tables": tables}
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    half = folder / f"{MANIFEST}.{os.getpid()}.part"
    half.write_text(text, encoding="utf-8")
    os.replace(half, folder / MANIFEST)
