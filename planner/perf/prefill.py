"""Time to read a prompt: matrix work, causal attention, weights read at least once, all-reduces, launches."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.perf.calibration import Efficiency
from planner.perf.communication import all_reduce_s, hand_over_s
from planner.perf.decode import context_seen, weights_read_s
from planner.perf.footprint import Footprint


def prefill_s(loads: Footprint, tokens: Any, rate: Efficiency, *, cached: Any = 0.0) -> Any:
    """Seconds from start of a prompt of ``tokens`` to its first token, alone on the replica.

    ``cached`` of the tokens are in the prefix cache: their keys are attended to, not computed.
    """
    fresh = np.maximum(tokens - cached, 1.0)
    return prefill_work_s(loads, fresh, cached, rate) + rate.prompt_s + rate.step_s


def prefill_work_s(loads: Footprint, fresh: Any, cached: Any, rate: Efficiency) -> Any:
    """Replica-seconds of computing ``fresh`` prompt tokens behind ``cached`` ones."""
    matrix = (fresh * (loads.dense_flops + loads.routed_flops) + loads.head_flops) / (
        loads.tp * loads.matrix_flops_per_s * rate.compute
    )
    pairs = fresh * context_seen(loads, cached + 0.5 * fresh)
    attention = pairs * loads.prefill_pair_flops / (loads.tp * loads.attention_flops_per_s * rate.attention)
    work = np.maximum(matrix, weights_read_s(loads, fresh, rate)) + attention
    return work + all_reduce_s(loads, fresh, rate) + hand_over_s(loads, fresh, rate) + loads.layers * rate.launch_s

