"""Arithmetic and memory of training: the published rules, with numbers worked out beside them."""

import pytest

from planner.perf.training import lora_params, training_work
from tests.perf.shapes import LLAMA_8B

CONSTANTS = {
    "flop_per_parameter": 6.0, "lora_flop_per_parameter": 4.0, "tokens_per_parameter": 20.0, "utilisation": 0.4, "full_bytes": 16.0,
    "lora_base_bytes": 2.0, "qlora_base_bytes": 0.516, "qlora_speed": 0.65, "activation_bytes": 34.0,
}  # fmt: skip
GIB = 2**30
PARAMS = LLAMA_8B.params_b * 1e9


def works(**options):
    return {one.method: one for one in training_work(LLAMA_8B, CONSTANTS, tokens=1e8, **options)}


def test_full_training_is_six_operations_per_parameter_and_token():
    assert works()["full"].flop == pytest.approx(6 * PARAMS * 1e8)
    assert works()["pretraining"].tokens == pytest.approx(20 * PARAMS)


def test_mixed_precision_adam_keeps_sixteen_bytes_per_parameter():
    assert works()["full"].state_gib == pytest.approx(16 * PARAMS / GIB)


def test_lora_trains_two_thin_factors_beside_every_matrix():
    # hidden 4,096, keys and values 1,024, feed-forward 14,336, 32 layers, rank 16:
    # q, o 2 × 8,192; k, v 2 × 5,120; gate, up, down 3 × 18,432: 16 × 32 × 81,920 = 41.9 million
    assert lora_params(LLAMA_8B, 16) == pytest.approx(41.94e6, rel=0.01)


def test_quantised_lora_needs_less_memory_and_more_time():
    lora, quantised = works()["lora"], works()["qlora"]
    assert quantised.memory_gib < 0.5 * lora.memory_gib < 0.2 * works()["full"].memory_gib
    assert quantised.accelerator_hours(400.0, 0.4) == pytest.approx(lora.accelerator_hours(400.0, 0.4) / 0.65)


def test_activations_with_recomputation_are_each_layers_input_and_one_layer_in_full():
    # 4,096 tokens × 4,096 wide × (2 bytes × 32 layers + 34 bytes) = 1.53 GiB
    assert works(sequence=4096)["full"].activations_gib == pytest.approx(4096 * 4096 * 98 / GIB)


def test_state_is_spread_over_the_fewest_accelerators_that_hold_it():
    full = works()["full"]  # 119.7 GiB of state, 1.5 of activations each
    assert (full.accelerators(80.0), full.accelerators(24.0), full.accelerators(1.0)) == (2, 8, 0)
