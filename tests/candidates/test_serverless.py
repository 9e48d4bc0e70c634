"""Serverless workers: when cold starts are rare enough, how long a worker is up, and the rules that turn services away."""

from __future__ import annotations

import math

import pytest
from own_pools import offer, service

from planner.economics.serverless import cold_share, least_rate, serverless_offers, tangents, up_share

LOAD = {"rate_per_s": 0.5, "classes": [{"input_tokens": 1000, "output_tokens": 100, "share": 1.0}], "dispersion_10s": 1.0}
RUNS = {"provider": "host", "service": "Runs", "accelerator": "H100", "usd_per_hour": 3.0, "max_request_mb": 1.0,
        "max_processing_s": 120.0, "cold_start_s": 4.0, "idle_timeout_s": 60.0}  # fmt: skip


def asked(**fields):
    return service(modes=["real_time", "serverless"], **{"workload": LOAD, "allow": {"providers": ["p", "host"]}, **fields})


def made(make, row=RUNS, **fields):
    return make(asked(**fields), offers=[offer()], serverless=[row]).one()


def broken(found, name="host:Runs H100"):
    return {b.rule: b for r in found.hosted_rejections if r.name.startswith(name) for b in r.broken}


def test_the_time_a_worker_is_up_is_never_counted_too_short():
    for load in [k / 20 for k in range(200)]:
        assert 1.0 - math.exp(-load) - 1e-12 <= up_share(load) <= min(1.0, load)
    assert len(tangents()) == 6


def test_cold_starts_grow_rare_with_the_rate_and_the_least_rate_is_the_crossing(make):
    host = next(o for o in serverless_offers(make(asked(), offers=[offer()], serverless=[RUNS]).problem, make(asked(), offers=[offer()]).catalog)
                if o.provider == "host")  # fmt: skip
    rate = least_rate(host, 20.0, 3.0, 0.025)
    assert cold_share(rate, host, 20.0, 3.0) == pytest.approx(0.025, rel=1e-6)
    assert cold_share(2.0 * rate, host, 20.0, 3.0) < 0.025 < cold_share(0.5 * rate, host, 20.0, 3.0)
    # Bursts of three come a third as often, and all of a burst meets the cold start.
    assert rate == pytest.approx(3.0 * least_rate(host, 20.0, 1.0, 0.025), rel=1e-6)
    assert least_rate(host, 20.0, 3.0, 1.0) == 0.0


def test_a_worker_is_offered_for_each_variant_that_fits(make):
    found = made(make)
    assert [h.name for h in found.hosted] == ["host:Runs H100 bf16", "host:Runs H100 fp8"]
    # 16.06 GB of weights at 1 GB/s after 4 s.
    assert found.hosted[0].workers.cold_s == pytest.approx(20.06, abs=0.1)
    assert found.hosted[0].workers.least_rate == 0.0  # no latency limit bears on it


@pytest.mark.parametrize(
    ("fields", "row", "rule"),
    [
        ({"request_mb": 1.5}, {}, "serverless_payload"),
        ({}, {"max_request_mb": None}, "serverless_payload"),
        ({}, {"max_processing_s": 20.0}, "serverless_time"),
        ({}, {"max_processing_s": None}, "serverless_time"),
        ({}, {"idle_timeout_s": None}, "serverless_facts_known"),
        ({}, {"usd_per_hour": None}, "serverless_price_known"),
        ({"slo": {"ttft_ms": {"p95": 2000}}, "workload": {**LOAD, "rate_per_s": 0.01}}, {}, "serverless_cold_start"),
        ({"allow": {"providers": ["p"]}}, {}, "hosted_provider"),
        ({"allow": {"providers": ["p", "host"], "regions": ["US", "p:here"]}}, {}, "hosted_place"),
        ({"allow": {"providers": ["p", "host"], "accelerators": ["L4"]}}, {}, "allowed_accelerator"),
        ({"model": "Llama-3.1-70B"}, {}, "memory"),
    ],
)
def test_every_rule_turns_away_what_breaks_it(make, fields, row, rule):
    assert rule in broken(made(make, {k: v for k, v in {**RUNS, **row}.items() if v is not None}, **fields))


def test_a_worker_kept_up_needs_no_rate(make):
    slo = {"slo": {"ttft_ms": {"p95": 2000}}, "workload": {**LOAD, "rate_per_s": 0.01}}
    found = made(make, {**RUNS, "kept_usd_per_hour": 2.0}, **slo).hosted
    assert found and all(h.workers.kept and h.workers.least_rate > 0.01 for h in found)


def test_a_service_without_accelerators_says_what_does_not_fit(make):
    found = made(make, allow={"providers": ["p", "aws"]})
    memory = broken(found, "aws:SageMaker")["serverless_memory"]
    assert memory.limit == 6.0 and memory.value == pytest.approx(8.5, abs=0.2)  # 8 bits of 8e9 parameters and 16 of the head


def test_the_price_of_a_worker_holds_its_processors_and_memory(make):
    # Modal: L4 0.000222, a core 0.0000131, a GiB 0.00000222 USD a second; 4 cores and 16 GiB.
    built = make(asked(), offers=[offer()])
    found = {o.id: o for o in serverless_offers(built.problem, built.catalog)}
    assert found["modal:Functions L4"].usd_per_hour == pytest.approx(3600 * (0.000222 + 4 * 0.0000131 + 16 * 0.00000222))
    # Cloud Run: the price of memory is not in the catalogue.
    assert found["gcp:Cloud Run L4"].usd_per_hour is None and "memory" in found["gcp:Cloud Run L4"].missing_price
