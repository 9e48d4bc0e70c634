"""Provider APIs: who may be asked, at what price, and the rule that turns each of the others away."""

from __future__ import annotations

import pytest
from own_pools import offer, service

from planner.errors import InvalidInput

LOAD = {"rate_per_s": 1.0, "classes": [{"input_tokens": 1000, "output_tokens": 500, "share": 1.0}], "dispersion_10s": 1.0}
OWN = {"provider": "host", "model": "chat", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0,
       "context_window": 2000}  # fmt: skip
#: The catalogue's own rows are not the point here.
ONLY = {"providers": ["p", "host"]}


def asked(**fields):
    return service(modes=["real_time", "provider_api"], **{"workload": LOAD, "allow": ONLY, **fields})


def broken(made, name="host:chat"):
    (found,) = [r for r in made.one().hosted_rejections if r.name == name]
    return {b.rule: b for b in found.broken}


def test_an_api_costs_its_tokens(make):
    # 1,000 in at 1 USD and 500 out at 2 USD a million: 0.002 USD.
    (found,) = make(asked(), offers=[offer()], apis=[OWN]).one().hosted
    assert found.name == "host:chat" and found.usd_per_request == (pytest.approx(0.002),)


def test_cached_input_has_its_price_and_without_one_is_paid_in_full(make):
    # Half of the input found in the cache at 0.1 USD a million: 500 + 50 + 1,000 millionths.
    load = {**LOAD, "prefix_hit": 0.5}
    (found,) = make(asked(workload=load), offers=[offer()], apis=[{**OWN, "cached_input_usd_per_mtok": 0.1}]).one().hosted
    assert found.usd_per_request == (pytest.approx(0.00155),)
    (found,) = make(asked(workload=load), offers=[offer()], apis=[OWN]).one().hosted
    assert found.usd_per_request == (pytest.approx(0.002),) and "paid in full" in " ".join(found.assumptions)


def test_no_service_is_sent_to_a_provider_unless_it_says_so(make):
    made = make(service(workload=LOAD), offers=[offer()], apis=[OWN])
    assert made.one().hosted == () and made.one().hosted_rejections == ()


def test_without_replicas_among_its_modes_none_is_judged(make):
    made = make(asked() | {"modes": ["provider_api"]}, offers=[offer()], apis=[OWN]).one()
    assert made.candidates == made.rejections == () and len(made.hosted) == 1


@pytest.mark.parametrize(
    ("fields", "row", "rule", "value", "limit"),
    [
        ({"context_tokens": 2001}, {}, "api_context", 2001, 2000),
        ({}, {"context_window": None}, "api_context", 1500, None),
        ({"slo": {"ttft_ms": {"p95": 800}}}, {}, "api_latency", None, 800),
        ({"slo": {"ttft_ms": {"p95": 800}}}, {"ttft_ms": {"p90": 100}}, "api_latency", None, 800),
        ({"slo": {"ttft_ms": {"p95": 800}}}, {"ttft_ms": {"p99": 900}}, "api_latency", 900, 800),
        ({"allow": {**ONLY, "regions": ["EU"]}}, {}, "hosted_place", None, "EU"),
        ({"allow": {**ONLY, "regions": ["EU"]}}, {"regions": ["EU", "US"]}, "hosted_place", "US", "EU"),
        ({"allow": {**ONLY, "exclude_regions": ["US"]}}, {"regions": ["aws:us-east-1"]}, "hosted_place", "aws:us-east-1", "not US"),
        ({"allow": {**ONLY, "exclude_providers": ["ho*"]}}, {}, "hosted_provider", "host", "not ho*"),
        ({"requires": ["private_network"]}, {}, "hosted_attributes", None, "private_network"),
        ({"carbon_kg_per_month": 1.0}, {}, "hosted_emissions", None, None),
        ({"quality": {"min": 1.1}}, {}, "hosted_quality", 1.0, 1.1),
    ],
)
def test_every_rule_turns_away_what_breaks_it(make, fields, row, rule, value, limit):
    found = broken(make(asked(**fields), offers=[offer()], apis=[{**OWN, **row}]))[rule]
    assert (found.value, found.limit) == (value, limit)


def test_where_emissions_are_offset_those_of_an_api_would_have_to_be_known(make):
    stated = make(asked(), offers=[offer()], apis=[OWN], carbon={"offsets": {"usd_per_tonne": 50.0}})
    assert set(broken(stated)) == {"hosted_emissions"}


def test_a_figure_at_a_higher_percentile_is_known_to_hold_at_a_lower_one(make):
    slo = {"ttft_ms": {"p95": 800}}
    assert make(asked(slo=slo), offers=[offer()], apis=[{**OWN, "ttft_ms": {"p99": 800}}]).one().hosted


def test_a_price_that_ends_within_the_horizon_is_no_price(make):
    # Bedrock's 70B of July 2024 is sold until 30 March 2027: five months from November 2026 on hold, six do not.
    only = {"providers": ["bedrock"]}
    stated = asked(model="Llama-3.1-70B", allow=only)
    name = "bedrock:meta.llama3-1-70b-instruct-v1:0"
    assert "api_sold" in broken(make(stated, offers=[offer()], horizon={"months": 6}), name)
    assert name in {h.name for h in make(stated, offers=[offer()], horizon={"months": 4}).one().hosted}


def test_a_policy_on_a_cloud_is_one_on_what_it_sells(make):
    stated = asked(model="Llama-3.1-70B", allow={"exclude_providers": ["aws"]})
    found = broken(make(stated, offers=[offer()], horizon={"months": 4}), "bedrock:meta.llama3-1-70b-instruct-v1:0")
    assert set(found) == {"hosted_provider"}


def test_an_altered_copy_is_another_variant(make):
    stated = asked(model="Llama-3.3-70B", allow={"providers": ["deepinfra"]})
    assert set(broken(make(stated, offers=[offer()]), "deepinfra:meta-llama/Llama-3.3-70B-Instruct-Turbo")) == {"api_variant"}
    allowed = asked(model="Llama-3.3-70B", allow={"providers": ["deepinfra"], "variants": ["bf16", "turbo"]})
    assert len(make(allowed, offers=[offer()]).one().hosted) == 2
    floor = asked(model="Llama-3.3-70B", allow={"providers": ["deepinfra"], "variants": ["bf16", "turbo"]}, quality={"min": 0.9})
    assert set(broken(make(floor, offers=[offer()]), "deepinfra:meta-llama/Llama-3.3-70B-Instruct-Turbo")) == {"hosted_quality"}


def test_a_substitute_has_the_quality_that_the_user_measured(make):
    other = {"provider": "openai", "model": "gpt-5.2", "quality": 0.8}
    stated = asked(substitutes=[other], allow={"providers": ["openai"]}, quality={"min": 0.75})
    (found,) = make(stated, offers=[offer()]).one().hosted
    assert (found.name, found.quality) == ("openai:gpt-5.2", 0.8)


def test_machines_must_have_what_is_required_too(make):
    made = make(service(requires=["private_network"]), offers=[offer()], vendors=[{"provider": "q*", "attributes": ["private_network"]}])
    assert all("attributes" in b for b in made.broken().values())
    assert make(service(requires=["no_training"]), offers=[offer()]).one().candidates


def test_a_batch_has_half_the_price_and_a_window_that_must_fit(make):
    row = {**OWN, "batch_input_usd_per_mtok": 0.5, "batch_output_usd_per_mtok": 1.0, "batch_window_hours": 24.0}
    waits = service(modes=["asynchronous", "batch"], window_hours=24.0, workload=LOAD, allow=ONLY)
    (found,) = make(waits, offers=[offer()], apis=[row]).one().hosted
    assert (found.name, found.usd_per_request) == ("host:chat batch", (pytest.approx(0.001),))
    late = broken(make({**waits, "window_hours": 23.0}, offers=[offer()], apis=[row]), "host:chat batch")["api_batch_window"]
    assert (late.value, late.limit) == (24.0, 23.0)
    unknown = {k: v for k, v in row.items() if k != "batch_window_hours"}
    assert "api_batch_window" in broken(make(waits, offers=[offer()], apis=[unknown]), "host:chat batch")


@pytest.mark.parametrize(
    "fields",
    [
        {"modes": ["asynchronous"]},
        {"modes": ["batch"]},
        {"window_hours": 12.0},
        {"modes": ["asynchronous", "real_time"], "window_hours": 12.0},
        {"modes": ["asynchronous"], "window_hours": 12.0, "slo": {"ttft_ms": {"p95": 100}}},
        {"modes": ["asynchronous"], "window_hours": 12.0, "routing": "slices", "slice_factor": 2},
        {"modes": ["provider_api"], "routing": "slices", "slice_factor": 2},
    ],
)
def test_what_cannot_be_meant_together_is_refused(make, fields):
    with pytest.raises(InvalidInput):
        make(service(workload=LOAD, **fields), offers=[offer()])


def test_a_retired_service_is_explained_and_never_offered(make):
    found = {r.name: r.broken[0].message for r in make(asked(), offers=[offer()], apis=[OWN]).one().hosted_rejections if r.broken[0].rule == "mode_retired"}
    closed = found["aws:SageMaker elastic inference (ended)"]
    assert "closed to new customers 2023-04-15" in closed and "Inferentia2" in closed
    assert "superseded by 25 MB" in found["aws:SageMaker real-time (classic limit)"]
