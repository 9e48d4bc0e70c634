"""What changed between two editions, and which prices are held back."""

from __future__ import annotations

import pytest

from planner.catalog import load_catalog
from planner.catalog.diff import diff_catalogs

OFFER = "aws:g5.xlarge@us-east-1"  # 1.006 USD/h on demand


def repriced(price):
    return lambda text: text.replace("aws,us-east-1,,g5.xlarge,A10G,1,4,16,1.006,", f"aws,us-east-1,,g5.xlarge,A10G,1,4,16,{price},")


def changes(shipped, folder):
    return diff_catalogs(shipped, load_catalog(folder))


def test_an_edition_does_not_differ_from_itself(shipped):
    assert diff_catalogs(shipped, shipped) == ()


def test_price_change_is_given_in_per_cent(shipped, altered):
    (change,) = changes(shipped, altered({"offers": repriced("1.5090")}))
    assert (change.table, change.id, change.field) == ("offers", OFFER, "on_demand_usd_per_hour")
    assert change.percent == pytest.approx(50.0)  # 1.006 x 1.5 = 1.509
    assert not change.hold_back


@pytest.mark.parametrize(("price", "held"), [("10.05", False), ("10.07", True), ("0.101", False), ("0.1", True), ("734.38", True)])
def test_price_that_moves_more_than_tenfold_is_held_back(shipped, altered, price, held):
    (change,) = changes(shipped, altered({"offers": repriced(price)}))
    assert change.hold_back is held


def test_price_that_becomes_unknown_is_a_change_without_ratio(shipped, altered):
    (change,) = changes(shipped, altered({"offers": repriced("")}))
    assert (change.before, change.after, change.percent, change.hold_back) == (1.006, None, None, False)


def test_removed_and_added_rows_are_named(shipped, altered):
    def drop(text):
        lines = text.split("\n")
        return "\n".join([lines[0], *lines[2:]])

    folder = altered({"modes": drop})
    (removed,) = changes(shipped, folder)
    assert (removed.what, removed.table) == ("removed", "modes")
    (added,) = diff_catalogs(load_catalog(folder), shipped)
    assert (added.what, added.id) == ("added", removed.id)


def test_a_new_date_alone_is_a_change_of_provenance(shipped, altered):
    def redate(text):
        lines = text.split("\n")
        lines[1] = lines[1].replace(",2026-11,", ",2026-12,")
        return "\n".join(lines)

    (change,) = changes(shipped, altered({"accelerators": redate}))
    assert (change.what, change.field) == ("provenance", "as_of")
