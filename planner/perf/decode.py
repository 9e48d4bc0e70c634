"""Time of one decode step: weights and resident cache read, matrix work, all-reduces, launches, scheduling."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.perf.attention import decode_attention_s
from planner.perf.calibration import Efficiency
from planner.perf.communication import all_reduce_s, expert_exchange_s, hand_over_s
from planner.perf.footprint import Footprint
from planner.perf.host_memory import host_s
from planner.perf.matrix import launches_s, matrices_s


def step_s(loads: Footprint, batch: Any, context: Any, rate: Efficiency, *, tokens_each: Any = 1.0) -> Any:
    """Seconds between two tokens of a sequence when ``batch`` sequences of mean ``context`` tokens decode together.

    ``tokens_each`` of every sequence are computed at once (more than one where a draft is checked).
    With pp stages the batch runs as pp smaller batches one behind the other: a token passes all stages.
    """
    part = np.maximum(batch / loads.pp, 1.0)
    here = np.maximum(part / loads.copies, 1.0)
    tokens, sent = part * tokens_each, here * tokens_each
    busy = matrices_s(loads, tokens, tokens, rate) + host_s(loads, rate) + decode_attention_s(loads, part, context, rate, tokens_each)
    talk = all_reduce_s(loads, sent, rate) + expert_exchange_s(loads, tokens, rate) + hand_over_s(loads, sent, rate)
    idle = 1.0 + rate.bubble * (loads.pp - 1.0) * np.minimum(batch / loads.pp, 1.0)
    return ((busy + launches_s(loads, rate)) * idle + talk + rate.step_s + batch * rate.sequence_s) * rate.decode
