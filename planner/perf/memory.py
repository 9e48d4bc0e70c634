"""Where a replica's memory goes, per chip: weights with adapters, activations, runtime, and the KV cache that is left."""

from __future__ import annotations

from dataclasses import dataclass

from planner.perf.adapters import adapter_bytes_per_chip
from planner.perf.calibration import (
    GRAPH_GIB,
    INTER_STAGE_BUFFERS,
    RUNTIME_GIB,
    SAFE_KV_SHARE,
    STATE_BYTES_PER_CHANNEL,
)
from planner.perf.replica import BYTES_PER_VALUE, Architecture, Replica
from planner.units import BYTES_PER_GIB


@dataclass(frozen=True)
class MemoryUse:
    """Memory of one chip of a replica.

    limit_gib       what the engine may use: memory x utilisation
    kv_safe_gib     0.9 of what weights, activations and runtime leave; 0 when they do not fit
    kv_tokens       tokens of cache the whole replica can hold in kv_safe_gib
    """

    weights_gib: float
    activations_gib: float
    runtime_gib: float
    limit_gib: float
    kv_safe_gib: float
    kv_tokens: float

    @property
    def needed_gib(self) -> float:
        return self.weights_gib + self.activations_gib + self.runtime_gib

    @property
    def fits(self) -> bool:
        return self.kv_tokens >= 1.0


def memory_use(replica: Replica) -> MemoryUse:
    """Parts of the memory of the fullest chip, in GiB."""
    weights = (weight_bytes_per_chip(replica) + (adapter_bytes(replica) or 0.0)) / BYTES_PER_GIB - replica.engine.host_gib
    activations = activation_bytes(replica) / BYTES_PER_GIB
    limit = replica.chip.memory_gib * replica.engine.memory_utilisation
    runtime = RUNTIME_GIB + GRAPH_GIB
    left = max(limit - weights - activations - runtime, 0.0)
    safe = SAFE_KV_SHARE * left
    per_token = sum(kv_bytes_per_token(replica.architecture, replica.precision.kv))
    per_chip = per_token * kv_copies(replica.architecture, replica.tp) / replica.chips
    states = state_bytes_per_sequence(replica.architecture) / replica.chips * replica.engine.max_num_seqs
    room = max(safe * BYTES_PER_GIB - min(states, 0.5 * safe * BYTES_PER_GIB), 0.0)
    tokens = room / per_chip if per_chip > 0 else (1e12 if room > 0 else 0.0)
    return MemoryUse(weights, activations, runtime, limit, safe, tokens)


def weight_bytes(replica: Replica) -> float:
    """Stored weights of the whole replica; formats under 16 bits leave embeddings and head at 16."""
    model, stored = replica.architecture, replica.precision.weights
    body = max(model.params_b * 1e9 - model.embedding_params, 0.0)
    embeddings = min(model.embedding_params, model.params_b * 1e9)
    return body * BYTES_PER_VALUE[stored] + embeddings * stored_bytes("head", stored)


def weight_bytes_per_chip(replica: Replica) -> float:
    """Weights on one chip: routed experts are split over all chips, the rest over tp x pp."""
    total = weight_bytes(replica)
    routed = replica.architecture.routed_params_b * 1e9 * BYTES_PER_VALUE[replica.precision.weights]
    return routed / replica.chips + (total - routed) / (replica.tp * replica.pp)


def adapter_bytes(replica: Replica) -> float | None:
    """Adapters that are kept loaded on one chip; None: unknown."""
    engine = replica.engine
    return adapter_bytes_per_chip(replica.architecture, replica.tp, replica.pp, engine.adapters, engine.adapter_rank)


def stored_bytes(part: str, weights: str) -> float:
    """Bytes per parameter of ``part`` ("body", or "head" for embeddings and output head)."""
    return BYTES_PER_VALUE[weights] if part == "body" else max(BYTES_PER_VALUE[weights], 2.0)


def kv_bytes_per_token(model: Architecture, kv: str) -> tuple[float, float]:
    """Cache bytes per token, one copy: (layers with full attention, layers with a sliding window).

    MHA, GQA, MQA keep keys and values: 2 x kv_heads x head_dim per layer. MLA keeps one latent and one
    rotary key: kv_lora_rank + qk_rope_dim. Llama-3-70B at 16 bits: 2 x 80 x 8 x 128 x 2 = 327,680.
    """
    value = BYTES_PER_VALUE[kv]
    if model.attention == "MLA":
        per_layer = (model.kv_lora_rank + model.qk_rope_dim) * value
    else:
        per_layer = 2.0 * model.kv_heads * model.head_dim * value
    return per_layer * model.full_layers, per_layer * model.window_layers


def kv_tokens_held(model: Architecture, tokens: float) -> float:
    """Tokens' worth of cache a sequence of ``tokens`` holds, in units of one token in every layer."""
    layers = model.full_layers + model.window_layers
    if not model.window_layers or layers == 0:
        return tokens
    return (model.full_layers * tokens + model.window_layers * min(tokens, model.sliding_window)) / layers


def kv_copies(model: Architecture, tp: int) -> float:
    """How often the cache is stored across tp chips: a chip keeps at least one KV head (MLA: the latent)."""
    heads = 1.0 if model.attention == "MLA" else model.kv_heads
    return max(1.0, tp / heads)


def state_bytes_per_sequence(model: Architecture) -> float:
    """Fixed state of linear-attention or Mamba layers, 32-bit, per running sequence."""
    return float(model.state_layers) * model.hidden * STATE_BYTES_PER_CHANNEL


def activation_bytes(replica: Replica) -> float:
    """Largest set of live intermediate values on one chip for a full token budget."""
    model, tokens = replica.architecture, replica.engine.max_batched_tokens
    widest = INTER_STAGE_BUFFERS * model.hidden * 2.0 * tokens
    logits = 4.0 * model.vocab * replica.engine.max_num_seqs / replica.tp
    return widest + logits


def heads_divisible(model: Architecture, tp: int) -> bool:
    """Whether tp chips can share the attention heads evenly (KV heads may be copied, query heads may not)."""
    shared = model.kv_heads % tp == 0 or tp % model.kv_heads == 0 or model.attention == "MLA"
    return model.heads % tp == 0 and shared
