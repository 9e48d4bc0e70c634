"""Memory of a replica against numbers derived by hand from the published shapes."""

import pytest

from planner.perf.memory import (
    heads_divisible,
    kv_bytes_per_token,
    kv_copies,
    kv_tokens_held,
    memory_use,
    weight_bytes,
)
from planner.perf.replica import Engine, Precision, Replica
from tests.perf.shapes import A10G, DEEPSEEK, GEMMA_27B, H100, LLAMA_8B, LLAMA_70B, QWEN_HYBRID


def test_grouped_query_cache_is_two_times_layers_heads_and_head_size():
    # 2 (key, value) x 80 layers x 8 heads x 128 x 2 bytes
    assert kv_bytes_per_token(LLAMA_70B, "bf16") == (327_680.0, 0.0)


def test_eight_bit_cache_is_half():
    assert kv_bytes_per_token(LLAMA_70B, "fp8") == (163_840.0, 0.0)


def test_latent_cache_is_rank_plus_rotary_key():
    # 61 layers x (512 + 64) x 2 bytes
    assert kv_bytes_per_token(DEEPSEEK, "bf16") == (70_272.0, 0.0)


def test_sliding_window_layers_stop_growing_at_their_window():
    # 10 of 62 layers are full: at 5,120 tokens they hold 5,120, the other 52 hold 1,024
    assert (GEMMA_27B.full_layers, GEMMA_27B.window_layers) == (10, 52)
    assert kv_tokens_held(GEMMA_27B, 5120) == pytest.approx((10 * 5120 + 52 * 1024) / 62)
    assert kv_tokens_held(GEMMA_27B, 1000) == 1000


def test_hybrid_attention_caches_only_its_full_layers():
    # 16 of 64 layers: 2 x 16 x 4 x 256 x 2
    assert kv_bytes_per_token(QWEN_HYBRID, "bf16") == (65_536.0, 0.0)
    assert QWEN_HYBRID.state_layers == 48


def test_sixteen_bit_weights_are_two_bytes_a_parameter():
    assert weight_bytes(Replica(LLAMA_70B, H100)) == pytest.approx(2 * 70.55e9)


def test_eight_bit_weights_keep_embeddings_and_head_at_sixteen():
    # body 70.55e9 - 2 x 128256 x 8192 at one byte, embeddings and head at two
    embeddings = 2 * 128256 * 8192
    replica = Replica(LLAMA_70B, H100, Precision("fp8", "fp8", "fp8"))
    assert weight_bytes(replica) == pytest.approx(70.55e9 + embeddings)


def test_cache_gets_nine_tenths_of_what_the_rest_leaves():
    use = memory_use(Replica(LLAMA_8B, H100))
    left = 80 * 0.9 - use.needed_gib
    assert use.kv_safe_gib == pytest.approx(0.9 * left)
    # 131,072 bytes a token: 2 x 32 x 8 x 128 x 2
    assert use.kv_tokens == pytest.approx(use.kv_safe_gib * 2**30 / 131_072)


def test_seventy_billion_parameters_do_not_fit_one_small_card():
    use = memory_use(Replica(LLAMA_70B, A10G))
    assert not use.fits
    assert use.needed_gib > use.limit_gib


def test_more_chips_never_leave_less_cache():
    tokens = [memory_use(Replica(LLAMA_70B, H100, tp=tp)).kv_tokens for tp in (2, 4, 8)]
    assert tokens == sorted(tokens)


def test_cache_is_copied_once_chips_outnumber_its_heads():
    assert kv_copies(LLAMA_70B, 8) == 1.0
    assert kv_copies(LLAMA_70B, 16) == 2.0
    assert kv_copies(DEEPSEEK, 8) == 8.0  # every chip keeps the latent


@pytest.mark.parametrize("tp, divides", [(1, True), (2, True), (3, False), (8, True), (16, True), (128, False)])
def test_heads_divide_evenly(tp, divides):
    assert heads_divisible(LLAMA_70B, tp) is divides  # 64 query heads, 8 KV heads


def test_a_smaller_memory_share_leaves_less_cache():
    small = Replica(LLAMA_8B, H100, engine=Engine(memory_utilisation=0.5))
    assert memory_use(small).kv_tokens < memory_use(Replica(LLAMA_8B, H100)).kv_tokens
