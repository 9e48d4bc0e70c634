"""Times of prefill, decode and communication against bounds that follow from peaks alone."""

import dataclasses

import numpy as np
import pytest

from planner.perf.calibration import Efficiency
from planner.perf.communication import all_reduce_s, link_bytes_per_s
from planner.perf.decode import step_s
from planner.perf.footprint import footprint
from planner.perf.matrix import experts_touched
from planner.perf.prefill import prefill_s
from planner.perf.replica import Chip, Precision, Replica
from tests.perf.shapes import DEEPSEEK, H100, H100_PCIE, LLAMA_8B, LLAMA_70B, MIXTRAL

#: Every peak reached and nothing costs extra.
IDEAL = Efficiency(
    memory=1.0, cache=1.0, compute=1.0, attention=1.0, link=1.0, routed=1.0, half_tokens=0.0, padding=0.0,
    spread=1.0, launch_s=0.0, routed_launch_s=0.0, all_reduce_s=0.0, hops=1.0, exchange_s=0.0, step_s=0.0, sequence_s=0.0,
    prompt_s=0.0, together=0.0, steps_waited=0.0, bubble=0.0, drain=0.0,
)  # fmt: skip


def test_one_sequence_decodes_at_the_speed_of_reading_the_weights():
    # all but the input embedding: (8.03e9 - 128256 x 4096) x 2 bytes / 3350 GB/s = 4.48 ms; the cache of one
    # token of context adds 131,072 bytes
    expected = ((8.03e9 - 128256 * 4096) * 2 + 131_072) / 3350e9
    assert step_s(footprint(Replica(LLAMA_8B, H100)), 1.0, 1.0, IDEAL) == pytest.approx(expected)


def test_prefill_multiplies_each_body_parameter_twice_per_token():
    # 2 operations x (8.03e9 - embedding and head) x 8192 tokens, head once, and 8192^2/2 pairs x 4 x 32 x 128 x 32
    body = 8.03e9 - 2 * 128256 * 4096
    matrix = 2 * body * 8192 + 2 * 128256 * 4096
    attention = 8192 * 8192 / 2 * 4 * 32 * 128 * 32
    expected = (matrix + attention) / 989.4e12
    assert prefill_s(footprint(Replica(LLAMA_8B, H100)), 8192.0, 0.0, IDEAL) == pytest.approx(expected)


def test_cached_prompt_tokens_are_not_computed_again():
    loads = footprint(Replica(LLAMA_8B, H100))
    assert prefill_s(loads, 1000.0, 7000.0, IDEAL) < 0.25 * prefill_s(loads, 8000.0, 0.0, IDEAL)


def test_distinct_experts_read_grow_with_the_batch():
    # Mixtral: 2 of 8; one token reads 1/4, four tokens 1 - 0.75^4
    loads = footprint(Replica(MIXTRAL, H100))
    assert experts_touched(loads, 1.0) == pytest.approx(0.25)
    assert experts_touched(loads, 4.0) == pytest.approx(1 - 0.75**4)
    assert experts_touched(footprint(Replica(LLAMA_8B, H100)), 64.0) == 0.0


def test_all_reduce_moves_the_ring_share_twice_a_layer():
    # tp 4: 2 x 3/4 of 100 tokens x 8192 x 2 bytes over 450 GB/s, twice in each of 80 layers
    loads = footprint(Replica(LLAMA_70B, H100, tp=4))
    expected = 2 * 80 * (2 * 3 / 4 * 100 * 8192 * 2 / 450e9)
    assert all_reduce_s(loads, 100.0, IDEAL) == pytest.approx(expected)
    assert all_reduce_s(footprint(Replica(LLAMA_70B, H100)), 100.0, IDEAL) == 0.0


def test_a_bridge_joins_two_cards_and_more_take_the_slot():
    assert link_bytes_per_s(H100_PCIE, 2) == 300e9
    # PCIe 5.0: 0.985 GB/s x 4 x 16 lanes
    assert link_bytes_per_s(H100_PCIE, 4) == pytest.approx(63.04e9)


def test_beyond_the_link_domain_the_network_carries_the_traffic():
    assert link_bytes_per_s(H100, 8) == 450e9
    assert link_bytes_per_s(H100, 16) < 100e9


def test_latent_attention_reads_fewer_bytes_than_its_heads_would():
    loads = footprint(Replica(DEEPSEEK, H100, tp=8))
    assert loads.kv_full_bytes == 70_272.0


def test_decode_time_grows_with_batch_and_context():
    loads = footprint(Replica(LLAMA_70B, H100, tp=4))
    batch = np.array([1.0, 8.0, 64.0, 256.0])
    assert np.all(np.diff(step_s(loads, batch, 1000.0, IDEAL)) > 0)
    assert np.all(np.diff(step_s(loads, 32.0, np.array([100.0, 1000.0, 10000.0]), IDEAL)) > 0)


def test_pipeline_stages_hold_the_latency_of_one_sequence():
    one = footprint(Replica(LLAMA_70B, H100))
    two = footprint(Replica(LLAMA_70B, H100, pp=2))
    free_link = dataclasses.replace(two, link_bytes_per_s=1e18)
    assert step_s(free_link, 1.0, 500.0, IDEAL) == pytest.approx(step_s(one, 1.0, 500.0, IDEAL))


def test_no_rate_for_the_activations_means_no_footprint():
    old = Chip("old", "NVIDIA", 16.0, 900.0, fp16_tflops=125.0)
    assert footprint(Replica(LLAMA_8B, old, Precision("fp8", "fp8", "fp8"))) is None
    assert footprint(Replica(LLAMA_8B, old, Precision("fp8", "fp16", "fp16"))) is not None
