"""Listing and showing rows as plain data."""

from __future__ import annotations

import json

import pytest

from planner.catalog import load_catalog
from planner.catalog.browse import list_rows, show_row
from planner.catalog.schema import TABLES
from planner.errors import UsageError


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_every_table_can_be_listed_as_json(shipped, table):
    rows = list_rows(shipped, table)
    assert len(rows) == len(shipped.table(table))
    json.dumps(rows)


def test_pattern_selects_rows_in_any_case(shipped):
    rows = list_rows(shipped, "offers", "AWS:p5.48xlarge@*")
    assert rows and all(row["id"].startswith("aws:p5.48xlarge@") for row in rows)


def test_shown_row_is_complete_and_cited(shipped):
    (row,) = show_row(shipped, "h100")
    assert (row["table"], row["memory_gib"], row["cited_as"]) == ("accelerators", 80, "NVIDIA datasheet, 2026-11, published")
    json.dumps(row)


def test_what_does_not_exist_gets_near_names(shipped):
    with pytest.raises(UsageError, match="H100"):
        show_row(shipped, "H10O")
    with pytest.raises(UsageError, match="offers"):
        list_rows(shipped, "offer")


def test_private_rows_show_no_price_unless_asked(overlay_file):
    key = "aws:g5.xlarge@us-east-1"
    path = overlay_file(f"as_of: 2026-11-20\nprices: [{{offer: '{key}', on_demand_usd_per_hour: 0.777}}]")
    catalog = load_catalog("2026-11", overlay=path)
    assert "0.777" not in json.dumps(list_rows(catalog, "offers", key) + show_row(catalog, key))
    assert list_rows(catalog, "offers", key, reveal_private=True)[0]["on_demand_usd_per_hour"] == 0.777
