"""Accelerators and models: the physical facts that memory and speed follow from."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from planner.catalog.row import Count, CountOrZero, Names, NotNegative, Positive, Row, Text


class Accelerator(Row):
    """One accelerator as software sees it; rates are dense peaks per second.

    memory_gib               high-bandwidth memory; a vendor's "80 GB" of HBM is 80 GiB in practice
    memory_bandwidth_gb_per_s  10^9 bytes per second
    *_tflops, *_tops         10^12 operations per second without sparsity
    scaleup_gb_per_s         to the other accelerators of one machine, both directions together
    tdp_w, idle_w            board power limit and draw with no work
    embodied_kg_co2e         emissions of making one
    processor                a host's processors or a part of them, no card; its memory is the host's
    """

    name: Text
    vendor: Text
    aliases: Names = ()
    memory_gib: Positive
    memory_type: str | None = None
    memory_bandwidth_gb_per_s: Positive
    fp32_tflops: Positive | None = None
    tf32_tflops: Positive | None = None
    fp16_tflops: Positive | None = None
    bf16_tflops: Positive | None = None
    fp8_tflops: Positive | None = None
    int8_tops: Positive | None = None
    fp4_tflops: Positive | None = None
    int4_tops: Positive | None = None
    scaleup_link: str | None = None
    scaleup_gb_per_s: Positive | None = None
    pcie: str | None = None
    tdp_w: Positive | None = None
    idle_w: NotNegative | None = None
    embodied_kg_co2e: Positive | None = None
    release_year: Count | None = None
    processor: bool = False

    @property
    def id(self) -> str:
        return self.name


class Model(Row):
    """A language model's architecture, enough for weights, KV cache and arithmetic.

    params_b, active_params_b  10^9 parameters, in all and used per token
    head_dim                   per attention head; for MLA the part without position (see qk_rope_dim)
    v_head_dim                 value head size where it differs (MLA); None: head_dim
    experts, experts_per_token, shared_experts, moe_intermediate  None for dense models
    dense_layers               layers whose feed-forward is not a mixture
    attention                  of the layers that see the whole context
    full_attention_layers      how many those are
    other_attention            what the remaining layers do: ``sliding`` and ``chunked`` keep at most
                               ``sliding_window`` tokens, ``linear``, ``mamba2`` and ``none`` keep no KV per token
    max_context                tokens, input and output together
    native_precision           of the released weights: bf16, fp8, int8, mxfp4, nvfp4, int4
    """

    name: Text
    hf_id: str | None = None
    aliases: Names = ()
    kind_of_model: Literal["decoder", "encoder", "encoder-decoder"]
    params_b: Positive
    active_params_b: Positive
    layers: Count
    hidden: Count
    heads: Count
    kv_heads: Count
    head_dim: Count
    v_head_dim: Count | None = None
    ffn_intermediate: CountOrZero | None = None
    gated_ffn: bool = True
    experts: Count | None = None
    experts_per_token: Count | None = None
    shared_experts: CountOrZero | None = None
    moe_intermediate: Count | None = None
    dense_layers: CountOrZero | None = None
    vocab: Count
    tied_embeddings: bool = False
    attention: Literal["MHA", "GQA", "MQA", "MLA"]
    kv_lora_rank: Count | None = None
    qk_rope_dim: Count | None = None
    q_lora_rank: Count | None = None
    full_attention_layers: CountOrZero
    other_attention: Literal["sliding", "chunked", "linear", "mamba2", "none"] | None = None
    sliding_window: Count | None = None
    max_context: Count
    native_precision: Literal["fp32", "fp16", "bf16", "fp8", "int8", "mxfp4", "nvfp4", "int4"] = "bf16"

    @property
    def id(self) -> str:
        return self.name

    @model_validator(mode="after")
    def _adds_up(self) -> Model:
        if self.active_params_b > self.params_b:
            raise ValueError(f"active_params_b {self.active_params_b:g} exceeds params_b {self.params_b:g}")
        if self.full_attention_layers > self.layers:
            raise ValueError(f"full_attention_layers {self.full_attention_layers} exceeds layers {self.layers}")
        if self.full_attention_layers < self.layers and self.other_attention is None:
            raise ValueError("other_attention must say what the layers without full attention do")
        if self.other_attention in ("sliding", "chunked") and self.sliding_window is None:
            raise ValueError(f"{self.other_attention} attention needs sliding_window, in tokens")
        if self.kv_heads > self.heads:
            raise ValueError(f"kv_heads {self.kv_heads} exceeds heads {self.heads}")
        if self.attention == "MLA" and (self.kv_lora_rank is None or self.qk_rope_dim is None):
            raise ValueError("MLA needs kv_lora_rank and qk_rope_dim")
        if self.experts is not None and (self.experts_per_token is None or self.moe_intermediate is None):
            raise ValueError("a mixture of experts needs experts_per_token and moe_intermediate")
        if self.experts is not None and self.experts_per_token > self.experts:
            raise ValueError(f"experts_per_token {self.experts_per_token} exceeds experts {self.experts}")
        return self
