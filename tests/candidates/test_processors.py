"""Processors are judged like cards: by rates and bandwidth, with twice the width of bands, and where they are too small by name."""

from __future__ import annotations

import math

import pytest
from own_pools import offer, service

from planner.perf.coefficients import band, efficiency
from planner.perf.from_catalog import chip_of, replica_of, served_variant
from planner.perf.relatives import relatives

SMALL = {"model": "Llama-3.2-1B", "batch_limits": [1], "allow": {"variants": ["native"], "providers": ["aws"]}}


def asked(rate=0.001, **fields):
    load = {"rate_per_s": rate, "classes": [{"input_tokens": 100, "output_tokens": 5, "share": 1.0}], "dispersion_10s": 1.0}
    return service(**{"workload": load, "modes": ["real_time", "serverless"], **SMALL, **fields})


def refused(made, name):
    return {b.rule: b for r in made.one().hosted_rejections if r.name.startswith(name) for b in r.broken}


def replica(catalog, chip):
    return replica_of(served_variant(catalog, "Llama-3.2-1B", "bf16"), chip_of(catalog, (), chip), 1, 1, 8)


def test_the_rates_of_a_socket_are_cores_times_operations_times_clock(catalog):
    row = catalog.accelerator("Xeon-8488C-48c")
    # 48 cores at 2 GHz, 1,024 operations on 16-bit floats a cycle; eight channels of 38.4 GB/s.
    assert row.bf16_tflops == pytest.approx(48 * 2e9 * 1024 / 1e12, abs=1e-3) and row.memory_bandwidth_gb_per_s == pytest.approx(8 * 38.4)
    assert row.processor and not catalog.accelerator("H100").processor


def test_cards_of_the_same_maker_say_nothing_about_its_processors_and_bands_are_twice_as_wide(catalog):
    host = replica(catalog, "Xeon-8488C-48c")
    unknown = replica(catalog, "Radeon-V520")
    assert {name for name, level in relatives(host).items() if "Intel" in level} == set()
    for wide, narrow in zip((band(host).throughput, band(host).tpot), (band(unknown).throughput, band(unknown).tpot)):
        assert [math.log(w) for w in wide] == pytest.approx([2.0 * math.log(n) for n in narrow])


def test_a_token_of_seven_billion_parameters_takes_a_socket_less_than_what_intel_states(catalog):
    from planner.perf.decode import step_s
    from planner.perf.footprint import footprint

    host = replica_of(served_variant(catalog, "Llama-2-7B", "bf16"), chip_of(catalog, (), "Xeon-8488C-48c"), 1, 1, 1)
    seconds = float(step_s(footprint(host), 1.0, 1024.0, efficiency(host)))
    # 13.5 GB at 307 GB/s are 44 ms; Intel says under 100 ms.
    assert 0.044 < seconds < 0.1


def test_functions_run_a_small_model_one_request_to_a_worker(make):
    made = make(asked(), offers=[offer()])
    assert "aws:Lambda Lambda-10GB bf16" in [h.name for h in made.one().hosted]
    batch = make(asked(batch_limits=[8]), offers=[offer()])
    assert refused(batch, "aws:Lambda")["serverless_concurrency"].limit == 1


def test_an_endpoint_without_accelerators_is_refused_for_time_and_allowed_where_its_cold_start_is_known_to_be_short(make):
    # A minute of cold start at the most, and the weights: requests end after 60 s.
    assert refused(make(asked(), offers=[offer()]), "aws:SageMaker")["serverless_time"].limit == 60
    short = [{"provider": "aws", "service": "SageMaker", "cold_start_s": 15}]
    made = make(asked(), offers=[offer()], serverless=short).one()
    (found,) = [h for h in made.hosted if h.name.startswith("aws:SageMaker")]
    # 6 GiB at 0.00002 USD a second for the cold start alone, and more for the request.
    assert found.usd_per_request[0] > 6 * 0.00002 * 15


def test_what_does_not_fit_a_function_or_is_more_at_once_than_it_takes_is_refused(make):
    large = make(asked(model="Llama-3.1-8B"), offers=[offer()])
    assert refused(large, "aws:Lambda")["serverless_memory"].limit == 10 and refused(large, "aws:SageMaker")["serverless_memory"].limit == 6
    assert refused(make(asked(rate=100.0), offers=[offer()]), "aws:Lambda")["serverless_concurrency"].limit == 1000


def test_limits_that_a_cold_start_breaks_turn_functions_away(make):
    assert "serverless_cold_start" in refused(make(asked(slo={"ttft_ms": {"p95": 9000}}), offers=[offer()]), "aws:Lambda")
