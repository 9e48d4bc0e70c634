"""Private overlays: what they change, what they refuse, and that they stay private."""

from __future__ import annotations

import json

import pytest

from planner.catalog import load_catalog
from planner.catalog.overlay import from_stated, read_overlay, stated
from planner.errors import InvalidInput

H100_US = "aws:p5.48xlarge@us-east-1"  # 55.04 USD/h on demand
H100_WEST = "aws:p5.48xlarge@us-west-2"  # 55.04 USD/h on demand


@pytest.fixture
def over(overlay_file):
    def load(text, **kwargs):
        return load_catalog("2026-11", overlay=overlay_file("as_of: 2026-11-20\n" + text, **kwargs))

    return load


def refused(over, text):
    with pytest.raises(InvalidInput) as caught:
        over(text)
    return str(caught.value)


def test_negotiated_price_replaces_the_listed_one_and_is_private(over, shipped):
    catalog = over(f"prices: [{{offer: '{H100_US}', on_demand_usd_per_hour: 40}}]")
    offer = catalog.offers[H100_US]
    assert (offer.on_demand_usd_per_hour, offer.private, offer.source, offer.as_of) == (40, True, "overlay", "2026-11-20")
    assert offer.spot_usd_per_hour == shipped.offers[H100_US].spot_usd_per_hour
    assert shipped.offers[H100_US].on_demand_usd_per_hour == 55.04


def test_everything_else_stays_public(over):
    catalog = over(f"prices: [{{offer: '{H100_US}', on_demand_usd_per_hour: 40}}]")
    assert [offer.id for offer in catalog.offers.values() if offer.private] == [H100_US]


def test_pattern_prices_every_offer_that_it_matches(over):
    catalog = over("prices: [{offer: 'aws:p5.48xlarge@us-*', on_demand_usd_per_hour: 41}]")
    assert {catalog.offers[key].on_demand_usd_per_hour for key in (H100_US, H100_WEST)} == {41}


def test_offer_named_by_id_wins_over_a_pattern(over):
    catalog = over(
        f"prices: [{{offer: '{H100_US}', on_demand_usd_per_hour: 39}}, {{offer: 'aws:p5.*', on_demand_usd_per_hour: 41}}]"
    )
    assert catalog.offers[H100_US].on_demand_usd_per_hour == 39
    assert catalog.offers[H100_WEST].on_demand_usd_per_hour == 41


def test_discount_comes_off_listed_prices_and_not_off_agreed_ones(over):
    catalog = over(
        f"prices: [{{offer: '{H100_US}', on_demand_usd_per_hour: 40}}]\n"
        "discounts: [{provider: aws, share: 0.1, offers: 'aws:p5.48xlarge@*'}]"
    )
    assert catalog.offers[H100_US].on_demand_usd_per_hour == 40
    assert catalog.offers[H100_WEST].on_demand_usd_per_hour == pytest.approx(49.536)  # 55.04 x 0.9
    assert catalog.offers[H100_WEST].spot_usd_per_hour == 29.7216  # discounts are on demand unless they say more


def test_two_patterns_that_disagree_are_refused(over):
    text = "prices: [{offer: 'aws:p5.*', on_demand_usd_per_hour: 41}, {offer: 'aws:p5*', on_demand_usd_per_hour: 42}]"
    assert "41" in refused(over, text) and "42" in refused(over, text)


def test_two_discounts_on_one_price_are_refused(over):
    assert "two discounts" in refused(over, "discounts: [{provider: aws, share: 0.1}, {provider: aws, share: 0.2}]")


def test_discount_in_per_cent_is_refused_rather_than_guessed(over):
    assert "share" in refused(over, "discounts: [{provider: aws, share: 12}]")


def test_price_for_an_offer_that_does_not_exist_gets_near_ids(over):
    assert H100_US in refused(over, "prices: [{offer: 'aws:p5.48xlarg@us-east-1', on_demand_usd_per_hour: 40}]")


def test_price_zero_needs_free(over):
    assert "free" in refused(over, f"prices: [{{offer: '{H100_US}', on_demand_usd_per_hour: 0}}]")
    catalog = over(f"prices: [{{offer: '{H100_US}', on_demand_usd_per_hour: 0, free: true}}]")
    assert catalog.offers[H100_US].on_demand_usd_per_hour == 0


def test_misspelt_field_is_refused_with_its_line(over):
    text = refused(over, f"prices: [{{offer: '{H100_US}', on_demand_usd_per_hr: 40}}]")
    assert "overlay.yaml:2" in text and "on_demand_usd_per_hour" in text


OWN_SITE = """
regions: [{provider: acme, region: muc, country: DE, geo: EU, pue: 1.2, carbon_average_g_co2e_per_kwh: 371}]
accelerators: [{name: NPU-9, vendor: Acme, memory_gib: 64, memory_bandwidth_gb_per_s: 2000, aliases: [n9]}]
offers:
  - {provider: acme, region: muc, instance_type: npu-x4, accelerator: NPU-9, accelerators_per_instance: 4,
     on_demand_usd_per_hour: 6, attributes: {iso27001: 'yes'}}
owned:
  - {name: rack-1, site: 'acme:muc', accelerator: A100-80GB, accelerators_per_instance: 8, instances: 2,
     electricity_usd_per_kwh: 0.21, power_cap_kw: 20}
"""


def test_own_accelerator_region_offer_and_machines_join_the_catalogue(over):
    catalog = over(OWN_SITE)
    offer = catalog.offers["acme:npu-x4@muc"]
    assert catalog.accelerator("N9").memory_gib == 64
    assert catalog.region_of(offer).country == "DE"
    assert offer.attributes == (("iso27001", "yes"),)
    assert [pool.name for pool in catalog.owned] == ["rack-1"]
    assert offer.private and catalog.region_of(offer).private and catalog.owned[0].private


def test_own_offer_of_an_unknown_accelerator_is_refused(over):
    assert "NPU-8" in refused(over, OWN_SITE.replace("accelerator: NPU-9", "accelerator: NPU-8"))


def test_own_offer_may_not_take_a_listed_id(over):
    text = "offers: [{provider: aws, region: us-east-1, instance_type: p5.48xlarge, accelerator: H100, accelerators_per_instance: 8}]"
    assert "exists already" in refused(over, text)


def test_own_measurement_replaces_the_published_recovery(over):
    text = """
variants:
  - {model: Llama-3.1-8B, method: nvfp4, weight_precision: nvfp4, size_factor: 0.28, benchmark: gsm8k, recovery: 0.97}
"""
    found = over(text).recovery("Llama-3.1-8B", "nvfp4", "gsm8k")
    assert (found.value, found.kind, found.row.private) == (0.97, "measured", True)


def test_overlay_changes_the_digest_and_order_of_keys_does_not(over, overlay_file, shipped):
    one = over(f"prices: [{{offer: '{H100_US}', on_demand_usd_per_hour: 40}}]")
    same = {"prices": [{"on_demand_usd_per_hour": 40, "offer": H100_US}], "as_of": "2026-11-20"}
    two = load_catalog("2026-11", overlay=overlay_file(json.dumps(same), "overlay.json"))
    assert one.overlay_digest == two.overlay_digest and one.digest == two.digest
    assert one.digest != shipped.digest and shipped.overlay_digest is None


LLAMA_8B = {
    "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256, "max_position_embeddings": 131072,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}


def test_model_is_read_from_a_config_beside_the_overlay(over, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    catalog = over("model_configs: [{name: Our-8B, config: config.json}]")
    model = catalog.model("our-8b")
    assert (model.attention, model.kv_heads, model.private) == ("GQA", 8, True)
    assert model.params_b == pytest.approx(8.03, rel=1e-3)
    assert catalog.variants_of("Our-8B")[0][0].native


def test_stated_native_variant_of_an_own_model_is_kept(over, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    catalog = over("""
model_configs: [{name: Our-8B, config: config.json}]
variants:
  - {model: Our-8B, method: bf16, native: true, size_factor: 0.9, benchmark: '*', recovery: 1}
""")
    assert [rows[0].size_factor for rows in catalog.variants_of("Our-8B") if rows[0].native] == [0.9]


def test_changed_config_changes_the_overlays_digest(over, tmp_path):
    text = "model_configs: [{name: Our-8B, config: config.json}]"
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    before = over(text).overlay_digest
    (tmp_path / "config.json").write_text(json.dumps({**LLAMA_8B, "vocab_size": 32000}))
    assert over(text).overlay_digest != before


@pytest.mark.parametrize("path", ["../secret.json", "/etc/passwd", "link.json", "missing.json"])
def test_config_outside_the_overlays_folder_is_refused(over, tmp_path, path):
    (tmp_path / "link.json").symlink_to("/etc/hostname")
    assert "model_configs[0].config" in refused(over, f"model_configs: [{{name: X, config: '{path}'}}]")


@pytest.mark.parametrize("attributes", [{}, {"storage": "local", "network": "efa"}])
def test_offers_of_an_overlay_come_back_as_a_plan_carries_them(tmp_path, attributes):
    row = {"provider": "aws", "region": "us-east-1", "instance_type": "two", "accelerator": "H100", "accelerators_per_instance": 1, "on_demand_usd_per_hour": 10.0}
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({"schema_version": 1, "as_of": "2026-11-01", "offers": [row | ({"attributes": attributes} if attributes else {})]}), encoding="utf-8")
    facts = read_overlay(file)
    assert from_stated(json.loads(json.dumps(stated(facts))), "plan.json") == facts
