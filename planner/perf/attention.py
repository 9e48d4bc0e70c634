"""Time of attention: reading the resident cache in decode, multiplying queries with keys in prefill."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.perf.calibration import Efficiency
from planner.perf.footprint import Footprint


def decode_attention_s(loads: Footprint, batch: Any, context: Any, rate: Efficiency, queries: Any = 1.0) -> Any:
    """Seconds of attention of one step of ``batch`` sequences, ``queries`` each, with ``context`` tokens in cache."""
    full = loads.kv_full_bytes * np.minimum(context, loads.sparse_tokens)
    window = loads.kv_window_bytes * np.minimum(context, loads.window)
    per_sequence = (full + window) * loads.kv_copies + 2.0 * loads.state_bytes
    chips = loads.tp * loads.copies
    read = batch * per_sequence / (chips * loads.bytes_per_s * rate.cache)
    pairs = batch * queries * context_seen(loads, context)
    return np.maximum(read, pairs * loads.decode_pair_flops / (chips * loads.attention_flops_per_s * rate.attention))


def prefill_attention_s(loads: Footprint, fresh: Any, cached: Any, rate: Efficiency) -> Any:
    """Seconds of causal attention of ``fresh`` prompt tokens behind ``cached`` ones, of one prompt."""
    pairs = fresh * context_seen(loads, cached + 0.5 * fresh)
    chips = loads.tp * loads.copies
    return pairs * loads.prefill_pair_flops / (chips * loads.attention_flops_per_s * rate.attention) * rate.prefill


def context_seen(loads: Footprint, context: Any) -> Any:
    """Mean context tokens that one query attends to per attending layer."""
    full, window = loads.kv_full_bytes, loads.kv_window_bytes
    seen = full * np.minimum(context, loads.sparse_tokens) + window * np.minimum(context, loads.window)
    return seen / np.maximum(full + window, 1e-9)
