"""Time of one pass through the weight matrices: dense, experts, output head."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.perf.calibration import ROOFLINE_SHARPNESS, Efficiency
from planner.perf.footprint import Footprint


def matrices_s(loads: Footprint, tokens: Any, sampled: Any, rate: Efficiency) -> Any:
    """Seconds to multiply ``tokens`` tokens by all weights, ``sampled`` of them by the output head too.

    Dense and routed weights are read once per pass (of the routed ones only those touched), and computed at a
    rate that is half its peak at ``half_tokens`` tokens per matrix.
    """
    here = tokens / loads.copies  # tokens of one attention copy; experts see all copies' tokens
    dense_read = loads.dense_bytes / (loads.tp * loads.bytes_per_s * rate.memory)
    dense_work = ((here + rate.half_tokens) * loads.dense_flops + sampled / loads.copies * loads.head_flops) / (
        loads.tp * loads.matrix_flops_per_s * rate.compute
    )
    chips = loads.tp * loads.copies
    touched = experts_touched(loads, tokens, rate.spread)
    routed_read = loads.routed_bytes * touched / (chips * loads.bytes_per_s * rate.memory * rate.routed)
    per_token = np.maximum(loads.experts_per_token, 1.0)
    padded = tokens + rate.half_tokens * loads.experts * touched / per_token * rate.padding
    routed_work = padded * loads.routed_flops / (chips * loads.matrix_flops_per_s * rate.compute * rate.routed)
    return roofline(dense_read, dense_work) + roofline(routed_read, routed_work)


def roofline(read_s: Any, work_s: Any) -> Any:
    """The longer of two overlapping times, rounded off where they are alike."""
    longer, shorter = np.maximum(read_s, work_s), np.minimum(read_s, work_s)
    ratio = shorter / np.maximum(longer, 1e-30)
    return longer * (1.0 + ratio**ROOFLINE_SHARPNESS) ** (1.0 / ROOFLINE_SHARPNESS)


def experts_touched(loads: Footprint, tokens: Any, spread: Any = 1.0) -> Any:
    """Expected share of routed experts that ``tokens`` tokens read: 1 - (1 - k/E)^(1 + spread (tokens - 1)).

    ``spread`` 1 is an even choice; below 1, tokens crowd on the same experts.
    """
    chosen = loads.experts_per_token / np.maximum(loads.experts, 1.0)
    return 1.0 - (1.0 - chosen) ** (1.0 + spread * np.maximum(tokens - 1.0, 0.0))


def launches_s(loads: Footprint, rate: Efficiency) -> Any:
    """Seconds of kernel launches of one pass that the device does not hide."""
    return loads.layers * rate.launch_s + loads.moe_layers * rate.routed_launch_s
