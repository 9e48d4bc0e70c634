"""Architectures and parameter counts out of config.json files, against the published counts."""

from __future__ import annotations

import pytest

from planner.catalog.huggingface import model_from_config
from planner.errors import InvalidInput

LLAMA_70B = {
    "model_type": "llama", "num_hidden_layers": 80, "hidden_size": 8192, "num_attention_heads": 64,
    "num_key_value_heads": 8, "intermediate_size": 28672, "vocab_size": 128256, "max_position_embeddings": 131072,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}
MIXTRAL = {
    "model_type": "mixtral", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 32000, "max_position_embeddings": 32768,
    "num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": None, "torch_dtype": "bfloat16",
}
DEEPSEEK_V3 = {
    "model_type": "deepseek_v3", "num_hidden_layers": 61, "hidden_size": 7168, "num_attention_heads": 128,
    "num_key_value_heads": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 256,
    "n_shared_experts": 1, "num_experts_per_tok": 8, "first_k_dense_replace": 3, "moe_layer_freq": 1,
    "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
    "vocab_size": 129280, "max_position_embeddings": 163840, "quantization_config": {"quant_method": "fp8"},
}
QWEN2_MOE = {
    "model_type": "qwen2_moe", "num_hidden_layers": 28, "hidden_size": 3584, "num_attention_heads": 28,
    "num_key_value_heads": 4, "intermediate_size": 18944, "moe_intermediate_size": 2560, "num_experts": 64,
    "num_experts_per_tok": 8, "shared_expert_intermediate_size": 20480, "decoder_sparse_step": 1, "vocab_size": 151936,
    "max_position_embeddings": 65536, "use_sliding_window": False, "sliding_window": 65536,
}
GPT_OSS_20B = {
    "model_type": "gpt_oss", "num_hidden_layers": 24, "hidden_size": 2880, "num_attention_heads": 64,
    "num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 2880, "num_local_experts": 32,
    "num_experts_per_tok": 4, "vocab_size": 201088, "max_position_embeddings": 131072, "sliding_window": 128,
    "layer_types": ["sliding_attention", "full_attention"] * 12, "quantization_config": {"quant_method": "mxfp4"},
    "tie_word_embeddings": False,
}
GEMMA_3_27B = {
    "model_type": "gemma3", "vision_config": {"hidden_size": 1152},
    "text_config": {
        "model_type": "gemma3_text", "num_hidden_layers": 62, "hidden_size": 5376, "num_attention_heads": 32,
        "num_key_value_heads": 16, "head_dim": 128, "intermediate_size": 21504, "vocab_size": 262208,
        "sliding_window": 1024, "sliding_window_pattern": 6, "max_position_embeddings": 131072,
    },
}


def read(config, **counts):
    return model_from_config(config, "M", "config.json", "2026-11", **counts)


@pytest.mark.parametrize(
    ("config", "name"),
    [(LLAMA_70B, "Llama-3.1-70B"), (MIXTRAL, "Mixtral-8x7B"), (DEEPSEEK_V3, "DeepSeek-V3"), (QWEN2_MOE, "Qwen2-57B-A14B"),
     (GPT_OSS_20B, "gpt-oss-20b"), (GEMMA_3_27B, "Gemma-3-27B")],
)
def test_config_gives_the_catalogues_own_facts(shipped, config, name):
    model, known = read(config), shipped.models[name]
    same = ("layers", "hidden", "heads", "kv_heads", "head_dim", "v_head_dim", "experts", "experts_per_token", "shared_experts",
            "dense_layers", "vocab", "tied_embeddings", "attention", "kv_lora_rank", "qk_rope_dim", "q_lora_rank",
            "full_attention_layers", "other_attention", "sliding_window", "max_context", "native_precision")
    assert {field: getattr(model, field) for field in same} == {field: getattr(known, field) for field in same}
    assert model.params_b == pytest.approx(known.params_b, rel=0.02)


def test_parameters_of_a_tiny_model_counted_by_hand():
    # attention 4 x 8 x 8 = 256; feed-forward 3 x 8 x 16 = 384; two layers 1280; embedding and head 2 x 10 x 8 = 160.
    tiny = {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2,
            "intermediate_size": 16, "vocab_size": 10}
    from planner.catalog.parameters import count_parameters

    total, active = count_parameters(
        layers=2, hidden=8, heads=2, kv_heads=2, head_dim=4, v_head_dim=None, ffn_intermediate=16, gated_ffn=True,
        experts=None, experts_per_token=None, shared_experts=None, moe_intermediate=None, dense_layers=2, vocab=10,
        tied_embeddings=False, kv_lora_rank=None, qk_rope_dim=None, q_lora_rank=None,
    )
    assert (total, active) == (1440, 1440)
    assert read(tiny, params_b=1.0).attention == "MHA"


def test_mixture_uses_fewer_parameters_per_token_than_it_has():
    assert read(DEEPSEEK_V3).active_params_b == pytest.approx(37.5, rel=0.02)


def test_stated_counts_win_over_counted_ones():
    assert (read(LLAMA_70B, params_b=71.0).params_b, read(LLAMA_70B, params_b=71.0).active_params_b) == (71.0, 71.0)


@pytest.mark.parametrize(
    ("how", "stored"),
    [
        ({"quant_method": "gptq", "bits": 8}, "int8"),
        ({"quant_method": "awq", "bits": 4}, "int4"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "int4"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, "fp8"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "float"}}}}, "fp8"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int"}}}}, "int4"),
        ({"quant_method": "unheard of"}, "bf16"),
    ],
)
def test_quantised_releases_say_how_their_weights_are_stored(how, stored):
    assert read({**LLAMA_70B, "quantization_config": how}).native_precision == stored


def test_what_a_released_config_leaves_out_is_its_familys_default():
    # the released text configs of Gemma 3 state neither context nor pattern: 131,072 tokens, and every sixth layer sees all
    text = {k: v for k, v in GEMMA_3_27B["text_config"].items() if k not in ("sliding_window_pattern", "max_position_embeddings")}
    model = read({**GEMMA_3_27B, "text_config": text})
    assert (model.max_context, model.full_attention_layers) == (131072, 10)
    unknown = read({k: v for k, v in LLAMA_70B.items() if k != "max_position_embeddings"})
    assert unknown.max_context == 2048 and "context of 2,048 tokens assumed" in unknown.note


def test_window_over_every_layer_leaves_no_full_layer():
    config = {**LLAMA_70B, "model_type": "mistral", "sliding_window": 4096}
    model = read(config)
    assert (model.full_attention_layers, model.other_attention, model.sliding_window) == (0, "sliding", 4096)


@pytest.mark.parametrize("field", ["num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size"])
@pytest.mark.parametrize("value", [None, 0, -1, "32", True, 2.5])
def test_config_without_what_memory_depends_on_is_refused(field, value):
    with pytest.raises(InvalidInput, match=field):
        read({**LLAMA_70B, field: value})
