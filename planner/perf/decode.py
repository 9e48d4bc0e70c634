"""Time of one decode step: weights and resident cache read, matrix work, all-reduces, launches, scheduling."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.perf.calibration import Efficiency
from planner.perf.communication import all_reduce_s, hand_over_s
from planner.perf.footprint import Footprint


def step_s(loads: Footprint, batch: Any, context: Any, rate: Efficiency) -> Any:
    """Seconds between two tokens of a sequence when ``batch`` sequences of mean ``context`` tokens decode together.

    With pp stages the batch runs as pp smaller batches one behind the other: a token passes all stages.
    """
    part = np.maximum(batch / loads.pp, 1.0)
    matrix = part * (loads.dense_flops + loads.routed_flops + loads.head_flops) / (
        loads.tp * loads.matrix_flops_per_s * rate.compute
    )
    attention = np.maximum(
        cache_read_s(loads, part, context, rate),
        part * context_seen(loads, context) * loads.decode_pair_flops
        / (loads.tp * loads.attention_flops_per_s * rate.attention),
    )
    busy = np.maximum(weights_read_s(loads, part, rate), matrix) + attention
    talk = all_reduce_s(loads, part, rate) + hand_over_s(loads, part, rate)
    return busy + talk + loads.layers * rate.launch_s + rate.step_s + batch * rate.sequence_s


def weights_read_s(loads: Footprint, tokens: Any, rate: Efficiency) -> Any:
    """Seconds to read the weights that ``tokens`` tokens touch, once."""
    read = loads.dense_bytes + loads.routed_bytes * experts_touched(loads, tokens)
    return read / (loads.tp * loads.bytes_per_s * rate.memory)


def experts_touched(loads: Footprint, tokens: Any) -> Any:
    """Expected share of routed experts read by ``tokens`` tokens that choose evenly: 1 - (1 - k/E)^tokens."""
    chosen = loads.experts_per_token / np.maximum(loads.experts, 1.0)
    return 1.0 - (1.0 - chosen) ** tokens


def cache_read_s(loads: Footprint, batch: Any, context: Any, rate: Efficiency) -> Any:
    """Seconds to read the cache (and fixed state, read and written) of ``batch`` sequences."""
    full = loads.kv_full_bytes * np.minimum(context, loads.sparse_tokens)
    window = loads.kv_window_bytes * np.minimum(context, loads.window)
    per_sequence = (full + window) * loads.kv_copies + 2.0 * loads.state_bytes
    return batch * per_sequence / (loads.tp * loads.bytes_per_s * rate.memory)


def context_seen(loads: Footprint, context: Any) -> Any:
    """Mean context tokens that one query attends to per attending layer."""
    bytes_full, bytes_window = loads.kv_full_bytes, loads.kv_window_bytes
    seen = bytes_full * np.minimum(context, loads.sparse_tokens) + bytes_window * np.minimum(context, loads.window)
    return seen / np.maximum(bytes_full + bytes_window, 1e-9)
