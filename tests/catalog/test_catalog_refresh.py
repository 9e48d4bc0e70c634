"""A new edition takes over the prices of lists that did not move too far; the others wait for a person."""

import csv
import json

import pytest

from planner.catalog import load_catalog
from planner.catalog.diff import diff_catalogs
from planner.catalog.refresh import Held, PriceList, refresh_edition
from planner.cli.main import main
from planner.errors import UsageError

G5 = "aws:g5.xlarge@us-east-1"  # on demand at 1.006


def g5(**prices):
    return {"provider": "aws", "region": "us-east-1", "instance_type": "g5.xlarge", **prices}


def refreshed(folder, *offers, **more):
    out = folder / "2026-12"
    found = refresh_edition("2026-11", out, [PriceList("list-1", "a list", "2026-12-01", offers=offers, **more.pop("tokens", {}))], **more)
    return found, load_catalog(out)


def test_new_prices_are_taken_over_with_their_date_and_source(shipped, tmp_path):
    found, catalog = refreshed(tmp_path, g5(on_demand_usd_per_hour=1.509, spot_usd_per_hour=0.5))
    offer, before = catalog.offers[G5], shipped.offers[G5]
    assert (offer.on_demand_usd_per_hour, offer.spot_usd_per_hour, offer.as_of, offer.spot_as_of, offer.source) == (1.509, 0.5, "2026-12-01", "2026-12-01", "list-1")
    # The list states no reserved price: half as dear again, like the list price, and marked derived.
    assert offer.reserved_1y_usd_per_hour == pytest.approx(before.reserved_1y_usd_per_hour * 1.5) and offer.reserved_kind == "derived"
    assert catalog.edition == "2026-12" and catalog.sources["list-1"].date == "2026-12-01" and found.changed == 2
    assert {change.id for change in diff_catalogs(shipped, catalog)} == {G5, "list-1"}


def test_an_unchanged_price_is_confirmed_and_reserved_prices_stay(shipped, tmp_path):
    found, catalog = refreshed(tmp_path, g5(on_demand_usd_per_hour=1.006))
    assert found.confirmed == 1 and catalog.offers[G5].as_of == "2026-12-01"
    assert catalog.offers[G5].reserved_1y_usd_per_hour == shipped.offers[G5].reserved_1y_usd_per_hour


def test_a_price_that_moves_more_than_tenfold_waits_for_a_person(shipped, tmp_path):
    # 730 h × 1.006: a month's price.
    found, catalog = refreshed(tmp_path, g5(on_demand_usd_per_hour=734.38))
    assert found.held == (Held("offers", G5, "on_demand_usd_per_hour", 1.006, 734.38),) and catalog.offers[G5] == shipped.offers[G5]
    found = refresh_edition("2026-11", tmp_path / "accepted", [PriceList("l", "l", "2026-12-01", offers=[g5(on_demand_usd_per_hour=50.0)])], [G5])
    assert found.held == () and load_catalog(tmp_path / "accepted").offers[G5].on_demand_usd_per_hour == 50.0


def test_new_offers_are_added_and_token_prices_of_known_models_change(shipped, tmp_path):
    new = {**g5(on_demand_usd_per_hour=2.0), "instance_type": "g5.new", "accelerator": "A10G", "accelerators_per_instance": 1.0}
    known = next(iter(shipped.api_prices.values()))
    token = {"provider": known.provider, "api_model": known.api_model, "input_usd_per_mtok": known.input_usd_per_mtok * 2}
    found, catalog = refreshed(tmp_path, new, tokens={"api_prices": [token]})
    assert found.added == 1 and catalog.offers["aws:g5.new@us-east-1"].on_demand_usd_per_hour == 2.0
    assert catalog.api_prices[known.id].input_usd_per_mtok == known.input_usd_per_mtok * 2 and catalog.api_prices[known.id].as_of == "2026-12-01"


def test_an_edition_is_never_overwritten(tmp_path):
    with pytest.raises(UsageError, match="immutable"):
        refresh_edition("2026-11", tmp_path, [])


def test_one_command_makes_next_months_edition_and_its_exit_code_says_what_waits(tmp_path, capsys):
    vms, out = tmp_path / "vms.csv", tmp_path / "2026-12"
    head = ["InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "SpotPrice", "Region"]
    with vms.open("w", newline="") as stream:
        csv.writer(stream).writerows([head, ["g5.xlarge", "A10G", "1", "1.2", "0.4", "us-east-1"], ["p5.4xlarge", "H100", "1", "0.05", "", "us-east-1"]])
    words = ["catalog", "refresh", "--skypilot", f"aws={vms}", "--as-of", "2026-12-01"]
    assert main([*words, "-o", str(out), "--json"]) == 8
    found = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in found["held"]] == ["aws:p5.4xlarge@us-east-1"] and found["changed"] == 2
    assert load_catalog(out).offers[G5].on_demand_usd_per_hour == 1.2
    assert main(["catalog", "diff", "2026-11", str(out)]) == 0
    accepted = str(tmp_path / "accepted")
    assert main([*words, "-o", accepted, "--accept", "aws:p5.4xlarge@us-east-1"]) == 0
    # 6.88 to 0.05 is more than tenfold: the difference says so too.
    assert main(["catalog", "diff", "2026-11", accepted]) == 8
    assert main(["catalog", "refresh", "-o", accepted]) == 2
