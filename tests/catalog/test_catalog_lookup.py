"""Looking things up in the shipped edition."""

from __future__ import annotations

import pytest

from planner.catalog.geography import geo_of, lies_in, normalise_country, normalise_geo


@pytest.mark.parametrize("name", ["H100", "h100", "H100-SXM5-80GB", "h100_sxm5 80gb"])
def test_accelerator_is_found_by_name_or_alias_in_any_case(shipped, name):
    assert shipped.accelerator(name).name == "H100"


def test_a_name_that_could_be_two_accelerators_is_no_alias(shipped):
    assert shipped.accelerator("A100") is None
    assert {"A100-40GB", "A100-80GB"} <= set(shipped.near_accelerators("A100-0GB"))


@pytest.mark.parametrize("name", ["Llama-3.1-8B", "meta-llama/Llama-3.1-8B", "llama-3.1-8b-instruct"])
def test_model_is_found_by_name_or_hugging_face_id(shipped, name):
    assert shipped.model(name).name == "Llama-3.1-8B"


def test_misspelt_model_gets_near_names(shipped):
    assert shipped.near_models("lama-3.1-8b")[0] == "Llama-3.1-8B"


def test_every_offer_has_an_accelerator_and_a_region(shipped):
    for offer in shipped.offers.values():
        assert offer.accelerator in shipped.accelerators
        assert shipped.region_of(offer) is not None


def test_offers_of_an_accelerator_are_all_and_only_its_own(shipped):
    found = shipped.offers_of("h200")
    assert len(found) == sum(offer.accelerator == "H200" for offer in shipped.offers.values()) > 0
    assert shipped.offers_of("no such thing") == ()


def test_hourly_ratios_are_24_with_mean_one(shipped):
    ratios = shipped.hourly_ratio("US-CAL-CISO")
    assert len(ratios) == 24
    # Each is an hour's mean over the year's mean; every hour has the same number of days.
    assert sum(ratios) / 24 == pytest.approx(1.0, abs=2e-3)


def test_germany_has_the_shape_of_its_bidding_zone(shipped):
    assert shipped.hourly_ratio("DE") == shipped.hourly_ratio("DE-LU")


def test_grid_without_a_shape_is_unknown(shipped):
    assert shipped.hourly_ratio("SE") is None
    assert shipped.hourly_ratio(None) is None


def test_spot_facts_of_a_machine_come_from_its_own_row(shipped):
    spot = shipped.spot_of(shipped.offers["aws:g5.xlarge@us-east-1"])
    assert spot.instance_type == "g5.xlarge"
    assert spot.notice_s == 120


def test_spot_notice_without_an_own_row_is_the_providers_rule(shipped):
    offer = next(offer for offer in shipped.offers.values() if offer.provider == "gcp")
    spot = shipped.spot_of(offer)
    assert spot.notice_s == 30
    assert spot.interruptions_per_month is None


def test_recovery_prefers_the_models_own_fact(shipped):
    own = shipped.recovery("Llama-3.1-8B", "nvfp4", "gsm8k")
    assert (own.value, own.generic) == (0.9095, False)


def test_recovery_without_an_own_fact_is_the_lowest_seen_for_the_method(shipped):
    generic = shipped.recovery("Qwen2.5-14B", "nvfp4", "gsm8k")
    assert (generic.value, generic.generic, generic.kind) == (0.9095, True, "assumed")


def test_recovery_of_an_unknown_method_is_unknown(shipped):
    assert shipped.recovery("Qwen2.5-14B", "int2", "mmlu") is None


def test_released_weights_keep_all_of_their_quality(shipped):
    for name in shipped.models:
        native = shipped.variants_of(name)[0]
        assert native[0].native and native[0].recovery == 1.0


def test_models_released_in_eight_or_four_bits_have_that_as_their_base(shipped):
    assert shipped.variants_of("DeepSeek-R1")[0][0].method == "fp8"
    assert shipped.variants_of("DeepSeek-R1")[0][0].size_factor == 0.5
    assert shipped.variants_of("gpt-oss-120b")[0][0].method == "mxfp4"


def test_mxfp4_covers_the_experts_only(shipped):
    # gpt-oss-120b: 36 layers x 128 experts x 3 matrices x 2880 x 2880 = 114.66e9 of 116.8e9 weights at 4.25 bits.
    experts = 36 * 128 * 3 * 2880 * 2880 / 116.8e9
    expected = experts * 4.25 / 16 + (1 - experts)
    assert shipped.variants_of("gpt-oss-120b")[0][0].size_factor == pytest.approx(expected, abs=1e-4)


def test_switzerland_norway_and_the_united_kingdom_are_not_in_the_european_union(shipped):
    assert [geo_of(country) for country in ("CH", "NO", "GB", "DE")] == ["EFTA", "EFTA", "UK", "EU"]
    assert lies_in(shipped.regions["aws:eu-central-2"], "EU") is False  # Zurich
    assert lies_in(shipped.regions["aws:eu-west-2"], "EU") is False  # London
    assert lies_in(shipped.regions["aws:eu-central-1"], "european union") is True
    assert lies_in(shipped.regions["aws:eu-central-1"], "Germany") is True


def test_region_that_names_no_place_is_neither_in_nor_out(shipped):
    assert lies_in(shipped.regions["runpod:global"], "EU") is None


@pytest.mark.parametrize(("name", "code"), [("Germany", "DE"), ("uk", "GB"), ("se", "SE"), ("Atlantis", None)])
def test_country_names_are_normalised(name, code):
    assert normalise_country(name) == code


def test_area_names_are_normalised():
    assert [normalise_geo(name) for name in ("eu", "Asia Pacific", "mars")] == ["EU", "APAC", None]


def test_commitment_covers_by_instance_family_and_by_accelerator(shipped):
    aws = {row.product for row in shipped.commitments_of(shipped.offers["aws:g5.xlarge@us-east-1"])}
    assert "Standard Reserved Instance" in aws
    gcp = shipped.commitments_of(shipped.offers["gcp:ct6e-standard-1t@us-east5"])
    assert {row.product for row in gcp} == {"TPU commitment v6e"}
    assert all("g5.*" not in row.applies_to for row in shipped.commitments_of(shipped.offers["aws:g6.xlarge@us-east-1"]))


def test_spot_facts_put_together_are_as_weak_as_the_weakest():
    from planner.catalog.market import Offer, Spot
    from planner.catalog.spot import spot_for

    said = {"source": "s", "as_of": "2026"}
    own = Spot(provider="p", region="r", instance_type="i", saving=0.5, kind="published", **said)
    rule = Spot(provider="p", notice_s=30, saving=0.9, kind="assumed", **said)
    offer = Offer(provider="p", region="r", instance_type="i", accelerator="A", accelerators_per_instance=1, kind="published", **said)
    found = spot_for({own.id: own, rule.id: rule}, offer)
    assert (found.saving, found.notice_s, found.kind) == (0.5, 30, "assumed")
