"""Other tools' price lists as overlays: units are guarded, what is unknown is left out and counted."""

import json

import pytest
from answers import written

from planner.catalog import load_catalog
from planner.cli.main import main
from planner.documents import parse_csv
from planner.errors import InvalidInput
from planner.imports.price_lists import litellm_prices, skypilot_prices

HEAD = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,SpotPrice,Region,AvailabilityZone\n"


def skypilot(rows, provider="aws"):
    return skypilot_prices(parse_csv((HEAD + rows).encode(), "vms.csv"), provider, load_catalog("2026-11"), "2026-12-01")


def test_known_offers_get_prices_and_new_ones_are_added():
    found = skypilot(
        "p5.48xlarge,H100,8,192,2048,98.32,44.1,us-east-1,a\np5.48xlarge,H100,8,192,2048,98.32,41.5,us-east-1,b\np9.new,H100,4,,,40,,us-east-1,a\n"
    )
    # Of two zones the cheaper spot price.
    assert found.overlay["prices"] == [{"offer": "aws:p5.48xlarge@us-east-1", "on_demand_usd_per_hour": 98.32, "spot_usd_per_hour": 41.5}]
    assert [one["instance_type"] for one in found.overlay["offers"]] == ["p9.new"] and "spot_usd_per_hour" not in found.overlay["offers"][0]


def test_what_the_catalogue_does_not_know_is_left_out_and_counted():
    found = skypilot("m5.large,,,2,8,0.1,0.05,us-east-1,a\np5.48xlarge,H100,8,,,98,,mars-1,a\nx,Warp9,1,,,1,,us-east-1,a\np5.48xlarge,H100,8,,,,,us-east-1,a\n")
    assert found.rows == 0 and sum(found.left_out.values()) == 4 and found.left_out["price unknown"] == 1


@pytest.mark.parametrize("price", ["71773", "-1", "free", "nan"])
def test_a_price_that_cannot_be_by_the_hour_is_refused(price):
    with pytest.raises(InvalidInput, match="vms.csv:2"):
        skypilot(f"p5.48xlarge,H100,8,192,2048,{price},,us-east-1,a\n")


def test_token_prices_are_per_million_and_wrong_units_are_left_out():
    data = {
        "sample_spec": {"mode": "chat"},
        "gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07, "max_input_tokens": 128000},
        "nebius/meta-llama/Llama-3.1-8B": {"litellm_provider": "nebius", "mode": "chat", "input_cost_per_token": 2e-08, "output_cost_per_token": 0},
        "odd": {"litellm_provider": "x", "mode": "chat", "input_cost_per_token": 0.0032, "output_cost_per_token": 0.01},
        "pictures": {"litellm_provider": "x", "mode": "image_generation"},
    }
    found = litellm_prices(data, load_catalog("2026-11"), "2026-12-01", "prices.json")
    rows = {row["api_model"]: row for row in found.overlay["api_prices"]}
    assert rows["gpt-x"]["input_usd_per_mtok"] == 0.15 and rows["gpt-x"]["weights"] == "closed" and rows["gpt-x"]["context_window"] == 128000
    known = rows["meta-llama/Llama-3.1-8B"]
    # A price of nothing is unknown.
    assert known["model"] == "Llama-3.1-8B" and "output_usd_per_mtok" not in known
    assert set(rows) == {"gpt-x", "meta-llama/Llama-3.1-8B"} and sum(found.left_out.values()) == 3


def test_both_lists_make_overlays_that_can_be_used(tmp_path, capsys):
    vms = written(tmp_path, "vms.csv", HEAD + "p5.48xlarge,H100,8,192,2048,98.32,44.1,us-east-1,a\n")
    tokens = written(tmp_path, "t.json", {"gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-7, "output_cost_per_token": 1e-7}})
    for words in (["skypilot", vms, "--provider", "aws"], ["litellm", tokens]):
        overlay = str(tmp_path / f"{words[0]}.json")
        assert main(["import", *words, "-o", overlay, "--as-of", "2026-12-01"]) == 0
        assert json.loads(open(overlay, encoding="utf-8").read())["as_of"] == "2026-12-01"
        load_catalog("2026-11", overlay)
    assert main(["import", "skypilot", vms, "--provider", "amazon"]) == 2
