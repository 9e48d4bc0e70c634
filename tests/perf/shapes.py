"""Published shapes that the performance tests reason about by hand."""

from planner.perf.replica import Architecture, Chip

LLAMA_70B = Architecture.of(
    {
        "name": "Llama-3-70B", "params_b": 70.55, "active_params_b": 70.55, "layers": 80, "hidden": 8192,
        "heads": 64, "kv_heads": 8, "head_dim": 128, "ffn_intermediate": 28672, "gated_ffn": 1,
        "dense_layers": 80, "vocab": 128256, "tied_embeddings": 0, "attention": "GQA",
        "full_attention_layers": 80, "max_context": 8192,
    }
)  # fmt: skip
LLAMA_8B = Architecture.of(
    {
        "name": "Llama-3-8B", "params_b": 8.03, "active_params_b": 8.03, "layers": 32, "hidden": 4096,
        "heads": 32, "kv_heads": 8, "head_dim": 128, "ffn_intermediate": 14336, "gated_ffn": 1,
        "dense_layers": 32, "vocab": 128256, "tied_embeddings": 0, "attention": "GQA", "max_context": 8192,
    }
)  # fmt: skip
MIXTRAL = Architecture.of(
    {
        "name": "Mixtral-8x7B", "params_b": 46.7, "active_params_b": 12.88, "layers": 32, "hidden": 4096,
        "heads": 32, "kv_heads": 8, "head_dim": 128, "ffn_intermediate": 0, "gated_ffn": 1, "experts": 8,
        "experts_per_token": 2, "moe_intermediate": 14336, "dense_layers": 0, "vocab": 32000, "attention": "GQA",
    }
)  # fmt: skip
DEEPSEEK = Architecture.of(
    {
        "name": "DeepSeek-V3", "params_b": 671.0, "active_params_b": 37.5, "layers": 61, "hidden": 7168,
        "heads": 128, "kv_heads": 128, "head_dim": "128 nope+64 rope / v128", "ffn_intermediate": 18432,
        "gated_ffn": 1, "experts": 256, "experts_per_token": 8, "shared_experts": 1, "moe_intermediate": 2048,
        "dense_layers": 3, "vocab": 129280, "attention": "MLA", "kv_lora_rank": 512, "qk_rope_dim": 64,
    }
)  # fmt: skip
GEMMA_27B = Architecture.of(
    {
        "name": "Gemma-3-27B", "params_b": 27.4, "layers": 62, "hidden": 5376, "heads": 32, "kv_heads": 16,
        "head_dim": 128, "ffn_intermediate": 21504, "vocab": 262208, "tied_embeddings": 1, "attention": "GQA",
        "sliding_window": "1024 (5 in 6)", "full_attention_layers": 10,
    }
)  # fmt: skip
QWEN_HYBRID = Architecture.of(
    {
        "name": "Qwen3.5-27B", "params_b": 27, "layers": 64, "hidden": 5120, "heads": 24, "kv_heads": 4,
        "head_dim": 256, "vocab": 248320, "attention": "hybrid linear+GQA (1 full in 4)",
        "full_attention_layers": 16,
    }
)  # fmt: skip
H100 = Chip(
    "H100", "NVIDIA", 80.0, 3350.0, fp32_tflops=67.0, fp16_tflops=989.4, bf16_tflops=989.4, fp8_tflops=1978.9,
    int8_tops=1978.9, scaleup_link="NVLink4", scaleup_gb_per_s=900.0, pcie="5.0x16",
)  # fmt: skip
A10G = Chip("A10G", "NVIDIA", 24.0, 600.0, fp16_tflops=70.0, bf16_tflops=70.0, int8_tops=140.0, pcie="4.0x16")
H100_PCIE = Chip(
    "H100-PCIe", "NVIDIA", 80.0, 2039.0, fp16_tflops=756.0, bf16_tflops=756.0, fp8_tflops=1513.0,
    scaleup_link="NVLink4 bridge", scaleup_gb_per_s=600.0, pcie="5.0x16",
)  # fmt: skip
