"""Endpoints as pools: what they cost, who may use them, what they take, and what they are no part of."""

from __future__ import annotations

import pytest
from own_pools import offer, service

from planner.catalog import load_catalog
from planner.economics.commitments import scope_covers
from planner.problem.purchase import Scope

END = {"provider": "p", "service": "End", "premium_share": 0.25, "max_request_mb": 2.0, "max_processing_s": 60.0}
BOTH = ["real_time", "managed"]


def asked(**fields):
    return service(modes=BOTH, **fields)


def ends(made):
    return [pool for pool in made.pools if pool.endpoint is not None]


def test_without_the_mode_nothing_is_derived(make):
    assert ends(make(service(), offers=[offer()], managed=[END])) == []


def test_the_price_is_the_machine_s_and_the_premium_and_nothing_else_is_sold(make):
    made = make(asked(), offers=[offer(spot_usd_per_hour=1.0, spot_interruptions_per_month=0.1, reserved_1y_usd_per_hour=8.0)], managed=[END])
    (end,) = ends(made)
    # Eight at 2 USD an hour, and a quarter more.
    assert end.on_demand == (pytest.approx(20.0),) and (end.spot, end.reserved, end.stock) == (None, (), None)
    assert (end.id, end.region, end.kind) == ("p:end.box@here", "p/End:here", "derived")
    assert any("25%, stated in the problem" in text for text in end.assumed)


def test_the_premium_of_the_catalogue_is_the_high_end_of_what_is_told(make):
    found = {e.endpoint.name: e for e in ends(make(asked(), offers=[offer(provider=p) for p in ("aws", "gcp", "azure")]))}
    prices = {name: pool.on_demand[0] / 16.0 for name, pool in found.items()}
    assert prices == pytest.approx({"aws/SageMaker": 1.4, "gcp/Vertex AI": 1.15, "azure/Azure ML": 1.0})
    assert found["aws/SageMaker"].instance_type == "ml.box"


def test_an_unknown_premium_leaves_the_endpoint_out(make):
    made = make(asked(), offers=[offer()], managed=[{"provider": "p", "service": "End"}])
    assert ends(made) == [] and "premium_share" in made.left_out["p/End"]


def test_each_kind_of_machine_is_for_the_modes_that_name_it(make):
    made = make(service(modes=["managed"]), asked(name="any"), service(name="own"), offers=[offer()], managed=[END])
    used = {c.service: {pool for one in c.candidates for pool in one.pools} for c in made.choices()}
    assert used == {"chat": {"p:end.box@here"}, "any": {"p:box@here", "p:end.box@here"}, "own": {"p:box@here"}}


def test_requests_that_are_too_large_or_last_too_long_stay_on_bare_machines(make):
    for fields, end in (({"request_mb": 2.1}, END), ({}, {**END, "max_processing_s": 0.5})):
        made = make(asked(**fields), offers=[offer()], managed=[end]).one()
        assert {pool for one in made.candidates for pool in one.pools} == {"p:box@here"}


def test_where_only_the_endpoint_is_left_the_rule_is_named_with_value_and_limit(make):
    made = make(service(modes=["managed"]), offers=[offer()], managed=[{**END, "max_processing_s": 0.5}])
    broken = [b["managed_time"] for b in made.broken().values() if "managed_time" in b]
    assert broken and all(b.limit == 0.5 and b.value > 0.5 for b in broken)


@pytest.mark.parametrize(
    ("fields", "way"),
    [({}, "real-time"), ({"slo": {"ttft_ms": {"p95": 900}}}, "streaming"), ({"modes": ["asynchronous", "managed"], "window_hours": 6}, "asynchronous")],
)
def test_limits_are_those_of_the_way_in_which_requests_come(make, fields, way):
    made = make({**asked(), **fields}, offers=[offer(provider="aws")])
    (end,) = ends(made)
    asked_as, limits = end.endpoint.limits_of(made.problem.services[0])
    # SageMaker: 25 MB and a minute, eight minutes streamed, 1 GB and an hour through a queue.
    assert asked_as == way
    assert (limits.max_request_mb, limits.max_processing_s) == {"real-time": (25, 60), "streaming": (25, 480), "asynchronous": (1024, 3600)}[way]


def test_commitments_on_bare_machines_do_not_reach_endpoints(make):
    bare, end = make(asked(), offers=[offer()], managed=[END]).pools
    assert [scope_covers(Scope(provider="p"), pool) for pool in (bare, end)] == [True, False]
    assert scope_covers(Scope(provider="p", instance_type="end.*"), end)


def test_an_endpoint_may_be_excluded_by_name(make):
    made = make(asked(), offers=[offer()], managed=[END])
    assert len(ends(made)) == 1
    own = made.problem.offers.model_copy(update={"exclude": ("p:end.*",)})
    from planner.economics.build_pools import build_pools

    pools, left_out = build_pools(made.problem.model_copy(update={"offers": own}), load_catalog(), made.times)
    assert [p.id for p in pools] == ["p:box@here"] and "offers.exclude" in left_out["p:end.box@here"]
