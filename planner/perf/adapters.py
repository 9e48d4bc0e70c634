"""Memory of LoRA adapters that an engine keeps loaded beside the weights of one base model."""

from __future__ import annotations

from planner.perf.architecture import Architecture

#: Factors are kept in 16 bits, whatever the base is stored in.
BYTES_PER_VALUE = 2.0


def adapter_bytes_per_chip(model: Architecture, tp: int, pp: int, count: int, rank: int) -> float | None:
    r"""Bytes on each chip of ``count`` adapters of up to ``rank``; None: the model's shape does not say.

    vLLM sets room aside for every linear layer of every adapter, at the highest rank. A factor that meets the split side of
    a layer is split over tp, the other stands on each chip (its setting without ``fully_sharded_loras``). With hidden size
    h, query width q, key and value width k, feed-forward width f, a layer holds

    .. math:: r \left( 3h + \frac{q + 2k}{t} + \frac{q}{t} + h + 2h + \frac{2f}{t} + \frac{f}{t} + h \right)

    values for query, key, value, output, gate, up and down. Without a gate one h and one f less. Llama-3.1-8B at rank 16 on
    one chip: 32 x 16 x (7 x 4096 + 2 x 4096 + 2 x 1024 + 3 x 14336) = 41.9 million values, 84 MB.
    """
    if not count:
        return 0.0
    if model.shape_assumed or model.ffn is None or model.experts or model.state_layers or model.attention == "MLA":
        return None
    query, key, up = model.heads * model.head_dim, model.kv_heads * model.head_dim, 2 if model.gated_ffn else 1
    whole = model.hidden * (3 + 1 + up + 1)
    split = (2.0 * query + 2.0 * key + (up + 1) * model.ffn) / tp
    return BYTES_PER_VALUE * rank * (whole + split) * model.layers / pp * count
