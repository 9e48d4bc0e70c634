"""Every rule turns away what breaks it, with value and limit, and never hides another."""

import pytest
from own_pools import offer, service

from planner.candidates.registry import rules

BIG = service(model="Llama-3.1-70B", allow={"variants": ["bf16"]})


def test_every_rule_states_what_it_demands():
    for name, rule in rules().items():
        assert rule.statement.endswith("."), name


def test_a_model_too_large_for_its_accelerators_says_what_it_needs(make):
    # 70.6e9 parameters at 2 bytes are 131.5 GiB on one chip of 80 x 0.9 usable.
    found = make(BIG, offers=[offer(size=1)]).broken()["bf16 H100 tp1 batch 64"]["memory"]
    assert found.limit == pytest.approx(72.0) and found.value > 131.5
    assert found.relative_miss == pytest.approx(found.value / 72.0 - 1.0)
    assert "72.0" in found.message


def test_the_longest_request_must_fit_the_memory_too(make):
    tight = service(context_tokens=131_072, allow={"variants": ["bf16"]})
    # A 24 GiB chip holds the weights (15 GiB) and short requests, not 131,072 tokens at 128 KiB each (16 GiB).
    made = make(tight, offers=[offer(accelerator="A10", size=1)])
    assert "memory" in made.broken()["bf16 A10 tp1 batch 64"]
    assert make(service(allow={"variants": ["bf16"]}), offers=[offer(accelerator="A10", size=1)]).one().candidates


def test_a_precision_that_the_accelerator_does_not_multiply_is_out(make):
    made = make(service(allow={"variants": ["fp8"]}), offers=[offer(accelerator="A100-80GB")])
    assert "precision_supported" in made.broken()["fp8 A100-80GB tp1 batch 64"]


def test_unknown_facts_reject_and_never_count_as_zero(make):
    made = make(service(), offers=[offer(accelerator="mystery")], accelerators=[{"name": "mystery", "memory_gib": 80.0}])
    assert all(set(b) == {"accelerator_facts_known"} for b in made.broken().values())
    half = [{"name": "half", "memory_gib": 80.0, "memory_bandwidth_gb_per_s": 2000.0}]
    assert all("precision_supported" in b for b in make(service(), offers=[offer(accelerator="half")], accelerators=half).broken().values())


def test_heads_that_do_not_divide_are_out(make):
    made = make(service(allow={"tp": [3], "variants": ["bf16"]}), offers=[offer(size=6)])
    assert {"heads_divide", "instance_size"} <= set(made.broken()["bf16 H100 tp3 batch 64"])


def test_replicas_fill_whole_instances(make):
    found = make(service(allow={"tp": [4], "variants": ["bf16"]}), offers=[offer(size=6)]).broken()
    assert found["bf16 H100 tp4 batch 64"]["instance_size"].limit == 6


def test_requests_longer_than_the_context_are_out(make):
    found = make(service(context_tokens=200_000, allow={"variants": ["bf16"]}), offers=[offer()]).broken()
    assert found["bf16 H100 tp1 batch 64"]["context_length"].limit == 131_072


def test_an_encoder_does_not_generate(make):
    assert all("kind_of_model" in b for b in make(service(model="BERT-base"), offers=[offer()]).broken().values())


@pytest.mark.parametrize(
    "slo, rule", [({"ttft_ms": {"p95": 0.01}}, "ttft"), ({"tpot_ms": {"p95": 0.01}}, "tpot"), ({"end_to_end_ms": {"p95": 0.01}}, "end_to_end")]
)
def test_a_limit_that_no_class_meets_is_named_with_value_and_limit(make, slo, rule):
    for broken in make(service(slo=slo), offers=[offer()]).broken().values():
        assert broken[rule].value > broken[rule].limit


def test_all_rules_broken_are_kept_not_only_the_first(make):
    picky = service(
        model="Llama-3.1-70B", slo={"ttft_ms": {"p95": 500}}, allow={"vendors": ["AMD"], "regions": ["there"], "variants": ["bf16"]},
        quality={"min": 1.2},
    )  # fmt: skip
    made = make(picky, offers=[offer(size=1), offer("far", region="there", accelerator="MI300X")])
    assert set(made.broken()["bf16 H100 tp1 batch 64"]) == {"memory", "allowed_vendor", "allowed_region", "quality_min"}


def test_europe_only_and_an_accelerator_sold_elsewhere_are_named_exactly(make, catalog):
    made = make(
        service(allow={"accelerators": ["H100"], "regions": ["EU"], "variants": ["bf16"], "tp": [1]}),
        offers=[offer("us", provider="aws", region="us-east-1"), offer("eu", "L40S", provider="aws", region="eu-west-1")],
    )
    rejected = {r: set(b) for r, b in made.broken().items()}
    assert rejected == {"bf16 H100 tp1 batch 64": {"allowed_region"}, "bf16 L40S tp1 batch 64": {"allowed_accelerator"}}


def test_a_place_is_a_region_a_country_or_an_area(make):
    offers = [offer("eu", provider="aws", region="eu-west-1"), offer("us", provider="aws", region="us-east-1")]
    for pattern, left in (("EU", "eu"), ("IE", "eu"), ("aws:us-*", "us"), ("us-east-1", "us"), ("US", "us")):
        pools = {p for c in make(service(allow={"regions": [pattern]}), offers=offers).one().candidates for p in c.pools}
        assert {p.split(":")[1].split("@")[0] for p in pools} == {left}, pattern


def test_an_accelerator_that_is_named_but_not_sold_is_said_so(make):
    assert "on_offer" in make(service(allow={"accelerators": ["B200"]}), offers=[offer()]).broken()["bf16 B200 tp1 batch 64"]


def test_spot_alone_is_no_price_for_a_service_without_spot(make):
    row = offer(price=None, spot_usd_per_hour=4.0, spot_interruptions_per_month=1.0)
    assert all("price_known" in b for b in make(service(), offers=[row]).broken().values())
    assert make(service(spot={"allowed": True}), offers=[row]).one().candidates


def test_a_carbon_cap_needs_known_power_and_grid(make):
    row = offer(region="nowhere")
    assert all("power_known" in b for b in make(service(carbon_kg_per_month=1e9), offers=[row]).broken().values())
    known = offer(provider="aws", region="us-east-1")
    assert make(service(carbon_kg_per_month=1e9), offers=[known]).one().candidates


def test_a_floor_bars_lower_and_unknown_quality_but_never_the_published_model(make):
    made = make(service(quality={"min": 0.999}, allow={"variants": ["native", "fp8", "int4-rtn"]}), offers=[offer()])
    assert {c.configuration.variant for c in made.one().candidates} == {"bf16"}
    assert "quality_min" in made.broken()["int4-rtn H100 tp1 batch 64"]


def test_one_off_work_of_unknown_cost_is_out_only_under_a_cap_on_it(make):
    fp8 = service(allow={"variants": ["fp8"]})
    capped = make(fp8, offers=[offer()], limits={"one_off_usd": 1000.0})
    assert "preparation_known" in capped.broken()["fp8 H100 tp1 batch 64"]
    free = make(fp8, offers=[offer()]).one().candidates
    assert any("unknown and not counted" in text for c in free for text in c.assumptions)
