"""Time of one decode step: weights and resident cache read, matrix work, all-reduces, launches, scheduling."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.perf.attention import decode_attention_s
from planner.perf.calibration import Efficiency
from planner.perf.communication import all_reduce_s, expert_exchange_s, hand_over_s
from planner.perf.footprint import Footprint
from planner.perf.matrix import launches_s, matrices_s


def step_s(loads: Footprint, batch: Any, context: Any, rate: Efficiency) -> Any:
    """Seconds between two tokens of a sequence when ``batch`` sequences of mean ``context`` tokens decode together.

    With pp stages the batch runs as pp smaller batches one behind the other: a token passes all stages.
    """
    part = np.maximum(batch / loads.pp, 1.0)
    here = np.maximum(part / loads.copies, 1.0)
    busy = matrices_s(loads, part, part, rate) + decode_attention_s(loads, part, context, rate)
    talk = all_reduce_s(loads, here, rate) + expert_exchange_s(loads, part, rate) + hand_over_s(loads, here, rate)
    idle = 1.0 + rate.bubble * (loads.pp - 1.0) * np.minimum(batch / loads.pp, 1.0)
    return (busy + launches_s(loads, rate)) * idle + talk + rate.step_s + batch * rate.sequence_s
