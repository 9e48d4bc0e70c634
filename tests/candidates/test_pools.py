"""What is a pool of its own, and what makes its firm side one that may be used."""

import pytest
from own_pools import offer, service

from planner.catalog.market import Offer
from planner.problem.purchase import OwnOffer

SPOT = {"spot_usd_per_hour": 4.0, "spot_interruptions_per_month": 1.0}
HELD = {"name": "old", "scope": {"instance_type": "box"}, "measure": "instances", "amount": 2, "usd_per_month": 1460.0}


def ids(made):
    return [pool.id for pool in made.pools]


def test_one_type_in_two_zones_of_a_region_is_two_pools(make):
    made = make(service(), offers=[offer(zone="a"), offer(zone="b", price=3.0)])
    assert ids(made) == ["p:box@here/a", "p:box@here/b"]
    assert [pool.on_demand[0] for pool in made.pools] == [16.0, 24.0]


def test_zones_of_two_regions_that_share_a_name_are_two_pools(make):
    assert ids(make(service(), offers=[offer(zone="a"), offer(region="there", zone="a")])) == ["p:box@here/a", "p:box@there/a"]


@pytest.mark.parametrize("zone", [None, "a"])
def test_catalogue_and_problem_name_an_offer_alike(zone):
    facts = {"provider": "p", "region": "here", "instance_type": "box", "accelerator": "H100", "zone": zone}
    known = Offer(**facts, accelerators_per_instance=8, source="s", as_of="2026", kind="published")
    assert known.id == OwnOffer(**facts, accelerators_per_instance=8).id


def test_what_is_sold_as_spot_only_is_firm_through_the_units_held(make):
    spot_only = offer(price=None, **SPOT)
    assert make(service(spot={"allowed": False}), offers=[spot_only]).sides() == set()
    held = {"held": [HELD]}
    assert "box firm" in make(service(spot={"allowed": False}), offers=[spot_only], commitments=held).sides()


def test_what_is_not_sold_at_all_is_a_pool_while_units_of_it_are_held(make):
    nothing = offer(price=None)
    assert make(service(), offers=[nothing]).left_out == {"p:box@here": "no price known"}
    assert make(service(), offers=[nothing], commitments={"held": [HELD]}).sides() == {"box firm"}


@pytest.mark.parametrize("change", [{"amount": 0}, {"measure": "spend"}, {"scope": {"instance_type": "bo"}}])
def test_neither_spend_nor_nothing_nor_another_scope_makes_a_pool_firm(make, change):
    held = {"held": [{**HELD, **change}]}
    catalogued = offer("bo", price=1.0)  # so that the scope names something
    made = make(service(spot={"allowed": False}), offers=[offer(price=None, **SPOT), catalogued], commitments=held)
    assert made.sides() == {"bo firm"}


def test_a_contract_with_a_price_of_its_own_makes_a_pool_firm(make):
    contract = {"name": "c", "scope": {"instance_type": "box"}, "measure": "accelerators", "term_months": 12, "usd_per_hour": 1.5}
    made = make(service(spot={"allowed": False}), offers=[offer(price=None, **SPOT)], commitments={"offers": [contract]})
    assert "box firm" in made.sides()
    # Eight accelerators at 1.5 USD.
    assert made.pools[0].committed_usd_per_hour == 12.0


def test_a_share_counts_on_demand_then_reserved_then_what_is_held(make):
    def share(**fields):
        return make(service(), offers=[offer(**fields)], commitments={"held": [HELD]}).pools[0].share_usd_per_hour(firm=True)

    assert share(price=2.0, reserved_1y_usd_per_hour=8.0) == (2.0,)
    assert share(price=None, reserved_1y_usd_per_hour=8.0) == (1.0,)
    # 1460 USD a month for two instances of eight: 1460 / (2 × 730 × 8).
    assert share(price=None) == (0.125,)
