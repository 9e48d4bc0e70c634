"""What a replica reads, multiplies and sends per token, as plain numbers that broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from planner.perf.communication import link_bytes_per_s, pcie_gb_per_s
from planner.perf.memory import kv_bytes_per_token, kv_copies, state_bytes_per_sequence, stored_bytes
from planner.perf.replica import BYTES_PER_VALUE, Replica
from planner.units import BYTES_PER_GIB

Number = Any  # a float, or a numpy array of them


@dataclass(frozen=True)
class Footprint:
    """One replica's loads and peaks. Bytes and operations are of the whole replica, peaks are of one chip.

    dense_bytes, routed_bytes       weights read by every step; all routed experts (a step reads a part)
    dense_flops, routed_flops       operations per token outside and inside routed experts, head excluded
    head_flops                      operations per generated token in the output head
    kv_full_bytes, kv_window_bytes  cache read per context token, of full and of window layers
    host_bytes                      weights that each chip reads from its host in every pass
    copies                          attention copies side by side (data parallelism inside one replica)
    decode_pair_flops               attention operations per (query, context token) of one generated token
    prefill_pair_flops              the same while a prompt is read
    """

    layers: Number
    hidden: Number
    tp: Number
    pp: Number
    copies: Number
    moe_layers: Number
    dense_bytes: Number
    routed_bytes: Number
    experts: Number
    experts_per_token: Number
    dense_flops: Number
    routed_flops: Number
    head_flops: Number
    kv_full_bytes: Number
    kv_window_bytes: Number
    window: Number
    sparse_tokens: Number
    kv_copies: Number
    state_bytes: Number
    decode_pair_flops: Number
    prefill_pair_flops: Number
    matrix_flops_per_s: Number
    attention_flops_per_s: Number
    bytes_per_s: Number
    link_bytes_per_s: Number
    wide_link_bytes_per_s: Number
    host_bytes: Number
    host_bytes_per_s: Number


@lru_cache(maxsize=65536)
def footprint(replica: Replica) -> Footprint | None:
    """Loads and peaks of ``replica``; None when the chip has no known rate for its activations."""
    model, chip, precision = replica.architecture, replica.chip, replica.precision
    matrix = chip.rate_tflops(precision.activations)
    sixteen = chip.rate_tflops("bf16")
    if matrix is None or sixteen is None:
        return None
    weight_bytes = BYTES_PER_VALUE[precision.weights]
    body = model.params_b * 1e9 - model.embedding_params
    routed = model.routed_params_b * 1e9
    dense = max(body - routed, 0.0)
    share = model.experts_per_token / model.experts if model.experts else 0.0
    full, window = kv_bytes_per_token(model, precision.kv)
    attending = model.full_layers + model.window_layers
    if model.attention == "MLA":  # decode works in the latent space, prefill on expanded heads
        decode_pair = 2.0 * model.heads * (2 * model.kv_lora_rank + model.qk_rope_dim)
        prefill_pair = 2.0 * model.heads * (model.head_dim + model.qk_rope_dim + model.v_head_dim)
    else:
        decode_pair = prefill_pair = 4.0 * model.heads * model.head_dim
    return Footprint(
        layers=float(model.depth),
        hidden=float(model.hidden),
        tp=float(replica.tp),
        pp=float(replica.pp),
        copies=max(1.0, replica.ep / replica.tp),
        moe_layers=float(min(model.moe_layers, model.depth)),
        dense_bytes=dense * weight_bytes + model.head_params * stored_bytes("head", precision.weights),
        routed_bytes=routed * weight_bytes,
        experts=float(model.experts),
        experts_per_token=float(model.experts_per_token),
        dense_flops=2.0 * dense,
        routed_flops=2.0 * routed * share,
        head_flops=2.0 * model.head_params,
        kv_full_bytes=full,
        kv_window_bytes=window,
        window=float(model.sliding_window),
        sparse_tokens=float(model.sparse_tokens or 1e12),
        kv_copies=kv_copies(model, replica.tp),
        state_bytes=state_bytes_per_sequence(model),
        decode_pair_flops=decode_pair * attending,
        prefill_pair_flops=prefill_pair * attending,
        matrix_flops_per_s=matrix * 1e12,
        attention_flops_per_s=sixteen * 1e12,
        bytes_per_s=chip.memory_bandwidth_gb_per_s * 1e9,
        link_bytes_per_s=link_bytes_per_s(chip, replica.tp),
        wide_link_bytes_per_s=link_bytes_per_s(chip, max(replica.tp, replica.ep)),
        host_bytes=replica.engine.host_gib * BYTES_PER_GIB,
        host_bytes_per_s=pcie_gb_per_s(chip.pcie) * 1e9,
    )


def stack_footprints(each: Sequence[Footprint]) -> Footprint:
    """One footprint of arrays."""
    names = [field.name for field in fields(Footprint)]
    rows = np.array([[getattr(one, name) for name in names] for one in each], dtype=float).reshape(-1, len(names))
    return Footprint(*rows.T)
