"""The fitted table is a table of the edition like any other: with provenance, digest and everything it needs."""

import csv
import json
from pathlib import Path

import numpy as np

from planner.catalog import load_catalog
from planner.perf.coefficients import BANDS, FIELDS, METRICS, coefficients_of, shipped

FOLDER = Path(__file__).resolve().parents[2] / "catalogs" / "2026-11"


def test_every_constant_has_its_source_and_the_source_the_digest_of_the_measurements():
    catalog = load_catalog("2026-11")
    assert {row.kind for row in catalog.performance.values()} == {"derived"}
    (key,) = {row.source for row in catalog.performance.values()}
    assert "sha256:" in catalog.sources[key].citation
    assert "performance" in json.loads((FOLDER / "manifest.json").read_text())["tables"]


def test_a_catalogue_predicts_with_its_own_table():
    catalog = load_catalog("2026-11")
    assert coefficients_of(catalog).effects == shipped().effects  # the newest edition's
    assert coefficients_of(catalog) is coefficients_of(catalog)


def test_every_coefficient_and_every_band_is_there():
    rows = list(csv.DictReader((FOLDER / "performance.csv").open(encoding="utf-8")))
    names = {row["field"] for row in rows}
    assert set(FIELDS) <= names
    bands = {(row["field"], row["group"], row["level"]) for row in rows if row["field"].startswith("band ")}
    novelties = ("pair", "chip", "model", "chip model")
    wanted = {(name, n) for name in BANDS for n in novelties} | {(name, "measured") for name in METRICS}
    assert bands == {(f"band {name}", side, n) for name, n in wanted for side in ("low", "high")}
    low = {row["level"]: float(row["log_value"]) for row in rows if row["field"] == "band tpot" and row["group"] == "low"}
    assert low["chip model"] < min(low["chip"], low["model"]) and max(low["chip"], low["model"]) < low["pair"] < 0.0  # the newer, the wider
    assert np.isfinite([float(row["log_value"]) for row in rows]).all()
