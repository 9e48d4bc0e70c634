"""Which sides of pools are left out, and what keeps them in."""

import pytest
from own_pools import offer, service

CHEAP, DEAR = offer("cheap", price=2.0), offer("dear", price=3.0)
SPOT = {"spot_usd_per_hour": 4.0, "spot_interruptions_per_month": 1.0}
EUROPE = {"provider": "aws", "region": "eu-west-1"}
AMERICA = {"provider": "aws", "region": "us-east-1"}


def test_a_dearer_pool_of_one_region_goes(make):
    assert make(service(), offers=[CHEAP, DEAR]).sides() == {"cheap firm"}


def test_a_region_whose_every_side_is_dearer_goes(make):
    far = offer("far", region="there", price=3.0)
    assert make(service(), offers=[CHEAP, far]).sides() == {"cheap firm"}


def test_of_two_pools_alike_the_first_by_name_stays(make):
    assert make(service(), offers=[offer("b"), offer("a")]).sides() == {"a firm"}


def test_a_region_that_is_cheaper_only_on_demand_keeps_its_spot_and_so_itself(make):
    # Replicas pool within a region: firm ones may not leave while spot ones stay.
    here = offer("here", price=2.0, spot_usd_per_hour=15.0, spot_interruptions_per_month=1.0)
    there = offer("there", region="there", price=3.0, spot_usd_per_hour=4.0, spot_interruptions_per_month=1.0)
    made = make(service(spot={"allowed": True}), offers=[here, there])
    assert made.sides() == {"here firm", "here spot", "there firm", "there spot"}


def test_within_one_region_firm_and_spot_are_judged_apart(make):
    both = offer("both", price=3.0, **SPOT)
    made = make(service(spot={"allowed": True}), offers=[CHEAP, both])
    assert made.sides() == {"cheap firm", "both spot"}


def test_smaller_instances_replace_larger_ones_and_not_the_reverse(make):
    small, large = offer("small", size=2, price=2.0), offer("large", size=8, price=2.0)
    upto2 = service(allow={"tp": [1, 2]})
    assert make(upto2, offers=[small, large]).sides() == {"small firm"}
    dearer = offer("small", size=2, price=2.5)
    assert make(upto2, offers=[dearer, large]).sides() == {"small firm", "large firm"}


def test_a_pool_for_replicas_that_fit_nowhere_else_stays(make):
    small, large = offer("small", size=2, price=2.0), offer("large", size=8, price=2.0)
    # Four accelerators of 24 GiB hold a 70B model at fp8, two do not; four fit the larger instance only.
    big = service(model="Llama-3.1-70B", allow={"variants": ["fp8"]})
    small["accelerator"] = large["accelerator"] = "L4"
    assert make(big, offers=[small, large]).sides() == {"large firm"}


@pytest.mark.parametrize(
    "limits",
    [
        {"quotas": [{"instance_type": "cheap", "max_instances": 1}]},
        {"quotas": [{"region": "here", "max_instances": 1}]},
    ],
    ids=["quota", "regional quota"],
)
def test_a_quota_that_only_the_cheaper_pool_is_under_keeps_the_dearer(make, limits):
    far = offer("far", region="there", price=3.0)
    assert "far firm" in make(service(), offers=[CHEAP, far], limits=limits).sides()


def test_a_quota_that_counts_both_alike_keeps_neither(make):
    limits = {"quotas": [{"accelerator": "H100", "max_instances": 9}]}
    assert make(service(), offers=[CHEAP, DEAR], limits=limits).sides() == {"cheap firm"}


def test_instances_under_a_quota_are_not_split_into_smaller_ones(make):
    small, large = offer("small", size=4, price=2.0), offer("large", size=8, price=2.0)
    asked = service(allow={"tp": [1]})
    counted = {"quotas": [{"accelerator": "H100", "max_instances": 9}]}
    assert make(asked, offers=[small, large], limits=counted).sides() == {"small firm", "large firm"}
    weighed = {"quotas": [{"accelerator": "H100", "max_accelerators": 9}]}
    assert make(asked, offers=[small, large], limits=weighed).sides() == {"small firm"}


def test_a_pool_of_limited_stock_replaces_nothing(make):
    assert make(service(), offers=[{**CHEAP, "stock": 5}, DEAR]).sides() == {"cheap firm", "dear firm"}


def test_a_reserved_price_keeps_a_pool_that_is_dearer_on_demand(make):
    reserved = offer("dear", price=3.0, reserved_1y_usd_per_hour=8.0)
    assert make(service(), offers=[CHEAP, reserved]).sides() == {"cheap firm", "dear firm"}
    unusable = make(service(), offers=[CHEAP, reserved], commitments={"offered": False})
    assert unusable.sides() == {"cheap firm"}


def test_a_commitment_on_a_pool_keeps_it(make):
    held = {"name": "h", "scope": {"instance_type": "dear"}, "measure": "instances", "amount": 1}
    assert "dear firm" in make(service(), offers=[CHEAP, DEAR], commitments={"held": [held]}).sides()
    both = {**held, "scope": {"provider": "p"}}
    assert make(service(), offers=[CHEAP, DEAR], commitments={"held": [both]}).sides() == {"cheap firm"}


def test_upfront_cash_sets_two_commitments_apart(make):
    offers = [
        {"name": "a", "scope": {"instance_type": "cheap"}, "measure": "instances", "term_months": 12, "discount": 0.5, "upfront_share": 1.0},
        {"name": "b", "scope": {"instance_type": "dear"}, "measure": "instances", "term_months": 12, "discount": 0.4, "upfront_share": 0.5},
    ]  # fmt: skip
    made = make(service(), offers=[CHEAP, DEAR], commitments={"offers": offers})
    assert made.sides() == {"cheap firm", "dear firm"}


def test_a_service_that_may_only_use_the_dearer_place_keeps_it(make):
    cheap, dear = {**CHEAP, **AMERICA}, {**DEAR, **EUROPE}
    made = make(service("a"), service("b", allow={"regions": ["EU"]}), offers=[cheap, dear])
    assert made.choices(prune=True)[1].candidates[0].pools == ("aws:dear@eu-west-1",)
    assert make(service("a"), offers=[cheap, dear]).sides() == {"cheap firm"}


def test_a_cleaner_grid_is_kept_where_carbon_counts(make):
    # Sweden's grid is a fraction of Virginia's.
    cheap, dear = {**CHEAP, **AMERICA}, {**DEAR, "provider": "aws", "region": "eu-north-1"}
    assert make(service(), offers=[cheap, dear]).sides() == {"cheap firm"}
    for fields in ({"limits": {"carbon_kg_per_month": 1e6}}, {"carbon": {"price_usd_per_tonne": 100.0}}):
        assert make(service(), offers=[cheap, dear], **fields).sides() == {"cheap firm", "dear firm"}
    capped = make(service(carbon_kg_per_month=1e6), offers=[cheap, dear])
    assert capped.sides() == {"cheap firm", "dear firm"}


def test_spot_that_must_survive_losses_is_never_put_together(make):
    one, two = offer("one", **SPOT), offer("two", **{**SPOT, "spot_usd_per_hour": 5.0})
    asked = {"spot": {"allowed": True}}
    assert make(service(**asked), offers=[one, two]).sides() == {"one firm", "one spot"}
    survivor = service(**asked, availability={"survives_loss": {"fraction": 0.5}})
    assert make(survivor, offers=[one, two]).sides() == {"one firm", "one spot", "two spot"}


def test_spot_that_is_there_more_often_is_not_replaced_by_cheaper_spot(make):
    steady = offer("steady", price=None, spot_usd_per_hour=5.0, spot_availability=0.99, spot_interruptions_per_month=1.0)
    cheap = offer("cheap", price=None, spot_usd_per_hour=4.0, spot_availability=0.9, spot_interruptions_per_month=1.0)
    made = make(service(spot={"allowed": True}), offers=[steady, cheap])
    assert made.sides() == {"steady spot", "cheap spot"}


def test_a_season_in_which_the_dearer_pool_is_cheaper_keeps_it(make):
    seasons = [
        {"name": "now", "months": 6},
        {"name": "later", "months": 6, "prices": [{"offers": "p:dear@here", "on_demand": 0.5}]},
    ]
    assert make(service(), offers=[CHEAP, DEAR], horizon={"seasons": seasons}).sides() == {"cheap firm", "dear firm"}


def test_a_zone_keeps_a_pool_for_a_service_that_must_survive_its_loss(make):
    cheap, dear = {**CHEAP, "zone": "z1"}, {**DEAR, "zone": "z2"}
    survivor = service(availability={"survives_loss": {"fraction": 0.5, "of": ["zone"]}})
    assert make(survivor, offers=[cheap, dear]).sides() == {"cheap firm", "dear firm"}
    assert make(service(), offers=[cheap, dear]).sides() == {"cheap firm"}


def test_owned_hardware_neither_replaces_nor_is_replaced(make):
    rack = {"name": "rack", "accelerator": "H100", "accelerators_per_instance": 8, "instances": 2, "electricity_usd_per_kwh": 0.1}
    assert make(service(), offers=[CHEAP], owned=[rack]).sides() == {"cheap firm", "rack firm"}


def test_every_side_left_out_is_said_with_what_replaces_it(make):
    (record,) = [d for d in make(service(), offers=[CHEAP, DEAR]).one(prune=True).dominated if d.kind == "side"]
    assert (record.what, record.by) == ("p:dear@here firm", "p:cheap@here firm")
    assert "no dearer" in record.why
