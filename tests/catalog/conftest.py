"""The shipped edition, and a way to make an altered copy of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from planner.catalog import load_catalog
from planner.catalog.locate import locate
from planner.catalog.manifest import refresh


@pytest.fixture(scope="session")
def shipped():
    return load_catalog("2026-11")


@pytest.fixture
def altered(tmp_path: Path):
    """``altered({"offers": f})`` copies the edition with f applied to a table's text, manifest refreshed."""

    def make(changes, *, declared: bool = True) -> Path:
        folder = tmp_path / "2026-11"
        shutil.copytree(locate("2026-11"), folder)
        for table, change in changes.items():
            path = folder / f"{table}.csv"
            path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
        if declared:
            refresh(folder)
        return folder

    return make


@pytest.fixture
def overlay_file(tmp_path: Path):
    """Writes an overlay and returns its path."""

    def write(text: str, name: str = "overlay.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
