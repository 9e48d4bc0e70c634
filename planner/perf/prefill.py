"""Time to read prompts: matrix work, causal attention, all-reduces, launches; alone, or as work at saturation."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.perf.attention import prefill_attention_s
from planner.perf.calibration import Efficiency
from planner.perf.communication import all_reduce_s, expert_exchange_s, hand_over_s
from planner.perf.footprint import Footprint
from planner.perf.host_memory import host_s
from planner.perf.matrix import launches_s, matrices_s


def prefill_s(loads: Footprint, fresh: Any, cached: Any, rate: Efficiency) -> Any:
    """Seconds to compute one prompt's ``fresh`` tokens behind ``cached`` ones, alone on the replica.

    With attention copies one prompt is read by one copy, and its experts by all.
    """
    passes = _pass_s(loads, fresh * 1.0, loads.copies, rate)
    attention = prefill_attention_s(loads, fresh, cached, rate) * loads.copies
    return passes + attention + hand_over_s(loads, fresh, rate) * rate.prefill


def prefill_work_s(loads: Footprint, fresh: Any, cached: Any, chunk: Any, rate: Efficiency) -> Any:
    """Replica-seconds per prompt where prompts are read ``chunk`` tokens a pass and stages work side by side."""
    size = np.maximum(chunk, 1.0)
    passes = fresh / size * _pass_s(loads, size, 1.0, rate)
    return (passes + prefill_attention_s(loads, fresh, cached, rate)) / loads.pp


def _pass_s(loads: Footprint, tokens: Any, idle_copies: Any, rate: Efficiency) -> Any:
    """Seconds of one pass of ``tokens`` tokens; ``idle_copies`` as if all copies carried the same load."""
    spread = tokens * idle_copies
    here = spread / loads.copies
    talk = all_reduce_s(loads, here, rate) + expert_exchange_s(loads, tokens, rate)
    return (matrices_s(loads, spread, loads.copies, rate) + host_s(loads, rate) + talk + launches_s(loads, rate)) * rate.prefill
