"""Counts a transformer's parameters from its shape."""

from __future__ import annotations


def count_parameters(
    *, layers: int, hidden: int, heads: int, kv_heads: int, head_dim: int, v_head_dim: int | None,
    ffn_intermediate: int, gated_ffn: bool, experts: int | None, experts_per_token: int | None,
    shared_experts: int | None, moe_intermediate: int | None, dense_layers: int, vocab: int, tied_embeddings: bool,
    kv_lora_rank: int | None, qk_rope_dim: int | None, q_lora_rank: int | None,
) -> tuple[float, float]:
    """Parameters in all and used per token; norms and biases (under 0.1 %) are not counted.

    The embedding counts as used, as published active counts have it; an untied output head is counted too.
    """
    attention = (
        _latent_attention(hidden, heads, head_dim, v_head_dim or head_dim, kv_lora_rank, qk_rope_dim or 0, q_lora_rank)
        if kv_lora_rank
        else hidden * head_dim * (2 * heads + 2 * kv_heads)
    )
    matrices = 3 if gated_ffn else 2
    dense = matrices * hidden * ffn_intermediate
    expert = matrices * hidden * (moe_intermediate or 0)
    sparse_layers = layers - dense_layers
    shared = (shared_experts or 0) * expert
    router = hidden * (experts or 0)
    embeddings = vocab * hidden * (1 if tied_embeddings else 2)
    common = layers * attention + dense_layers * dense + sparse_layers * (shared + router) + embeddings
    return (
        float(common + sparse_layers * (experts or 0) * expert),
        float(common + sparse_layers * (experts_per_token or 0) * expert),
    )


def _latent_attention(
    hidden: int, heads: int, nope: int, value: int, kv_rank: int, rope: int, q_rank: int | None
) -> int:
    """Multi-head latent attention: queries (through their own rank where they have one), the shared latent, output."""
    query = heads * (nope + rope)
    queries = hidden * q_rank + q_rank * query if q_rank else hidden * query
    latent = hidden * (kv_rank + rope) + kv_rank * heads * (nope + value)
    return queries + latent + heads * value * hidden
