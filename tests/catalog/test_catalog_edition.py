"""What the shipped edition holds, and what it must not hold."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from planner.catalog.check import check_catalog
from planner.catalog.curate import curate
from planner.catalog.locate import locate
from planner.catalog.provenance import age_days, citation, plain, summaries, weakest
from planner.catalog.row import KINDS, Row
from planner.catalog.schema import TABLES

# The reference facts are no part of the repository; whoever has them can name their folder.
REFERENCE = os.environ.get("PLANNER_REFERENCE")


def test_every_row_has_a_source_a_date_and_a_kind(shipped):
    for table in TABLES:
        if table.name != "region_hours":
            for row in shipped.table(table.name).values():
                if isinstance(row, Row):
                    assert row.source in shipped.sources and row.as_of and row.kind in KINDS


def test_the_edition_has_no_errors_and_no_price_outliers(shipped):
    findings = check_catalog(shipped)
    assert [finding for finding in findings if finding.severity == "error"] == []
    assert [finding for finding in findings if finding.rule in ("price_outliers", "price_order")] == []


def test_parameters_counted_from_the_shapes_agree_with_the_published_ones(shipped):
    # Gemma-3-4B holds a vision tower of 0.4B, which its text shape does not show.
    differing = [finding.id for finding in check_catalog(shipped) if finding.rule == "parameters"]
    assert differing == ["Gemma-3-4B"]


def test_no_availability_trace_is_shipped(shipped):
    assert all("trace" not in row.source and row.availability is None for row in shipped.spot.values())


def test_means_and_medians_over_markets_are_not_offers(shipped):
    assert not [key for key in shipped.offers if "mean" in key or "median" in key or "per GPU" in key]


def test_offers_sold_only_by_the_machine_have_the_machines_price(shipped):
    offer = shipped.offers["crusoe:h100-80gb-sxm-ib.8x@us"]
    assert (offer.accelerators_per_instance, offer.on_demand_usd_per_hour) == (8, pytest.approx(8 * 3.9))
    assert offer.kind == "derived"


def test_fractions_of_an_accelerator_stay_fractions(shipped):
    assert {0.125, 0.25, 0.5} <= {offer.accelerators_per_instance for offer in shipped.offers.values()}


def test_amazons_spot_prices_say_that_they_are_derived(shipped):
    offer = shipped.offers["aws:p5.48xlarge@us-east-1"]
    assert (offer.kind, offer.spot_kind, offer.spot_as_of) == ("published", "derived", "2025-06")


def test_unknown_prices_are_none_never_zero(shipped):
    prices = [price for offer in shipped.offers.values() for price in offer.prices.values()]
    assert min(prices) > 0
    assert shipped.offers["azure:Standard_ND96isr_H200_v5@swedencentral"].spot_usd_per_hour is None


def test_region_without_a_known_grid_has_no_carbon(shipped):
    assert shipped.regions["together:us"].carbon_average_g_co2e_per_kwh is None


def test_what_was_left_out_is_listed_with_its_reason():
    with (locate("2026-11") / "left_out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and all(row["table"] and row["what"] and row["reason"] for row in rows)
    assert sum(row["table"] == "offers" for row in rows) == 13  # 12 means, 1 median: 2016 - 13 = 2003 offers


def test_every_reference_offer_is_either_an_offer_or_listed_as_left_out(shipped):
    hosts = [o for o in shipped.offers.values() if shipped.accelerator(o.accelerator).processor]  # the reference has none
    assert len(shipped.offers) - len(hosts) == 2016 - 13 and len(hosts) == 3


@pytest.mark.skipif(not REFERENCE, reason="PLANNER_REFERENCE does not name the folder of reference facts")
def test_curation_is_reproducible_byte_for_byte(tmp_path):
    curate(Path(REFERENCE), tmp_path / "2026-11")
    shipped = locate("2026-11")
    for path in sorted(shipped.iterdir()):
        assert (tmp_path / "2026-11" / path.name).read_bytes() == path.read_bytes(), path.name


def test_summaries_count_every_row_once(shipped):
    for summary in summaries(shipped):
        assert sum(count for _, count in summary.kinds) == summary.rows
        assert summary.oldest <= summary.newest


def test_age_counts_from_the_start_of_a_month_or_year(shipped):
    import datetime

    row = shipped.accelerators["H100"]  # as of 2026-11
    assert age_days(row, datetime.date(2026, 11, 21)) == 20


def test_a_figure_made_of_several_is_as_weak_as_the_weakest():
    assert weakest("measured", "derived", "published") == "derived"


def test_citation_names_source_date_and_kind(shipped):
    assert citation(shipped, shipped.accelerators["H100"]) == "NVIDIA datasheet, 2026-11, published"


def test_a_private_row_as_plain_data_shows_only_its_id(shipped):
    row = shipped.offers["aws:g5.xlarge@us-east-1"]
    assert plain(row)["on_demand_usd_per_hour"] == 1.006
    assert plain(row.model_copy(update={"private": True})) == {"id": row.id, "private": True}
