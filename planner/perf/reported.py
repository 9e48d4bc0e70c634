"""What a benchmark would report for each case, given coefficients."""

from __future__ import annotations

import numpy as np

from planner.perf.calibration import Efficiency
from planner.perf.cases import Cases
from planner.perf.closed_loop import LoopState, loop_state
from planner.perf.decode import step_s
from planner.units import MS_PER_SECOND

#: Requests of a benchmark run over which ``drain`` spreads the cost of its tail.
DRAINED_REQUESTS = 1000.0
#: Little's law is solved for the number running under an open load by this many averaged steps.
OPEN_STEPS = 12


def reported(table: Cases, rate: Efficiency) -> np.ndarray:
    """Predicted value of each case's metric, in tokens per second or milliseconds."""
    load = _running(table, rate)
    state = _state(table, rate, load)
    through = state.output_tokens_per_s * table.count
    is_open, is_full = table.kind == "open", table.kind == "full"
    tail = rate.drain * table.output_tokens * step_s(table.loads, 1.0, table.input_tokens, rate) / DRAINED_REQUESTS
    through = np.where(is_full, through / (1.0 + through / table.output_tokens * tail / table.count), through)
    offered = np.where(is_open, table.load, 0.0) * table.output_tokens * table.count
    through = np.where(is_open, np.minimum(offered, through), through)
    total = through * (table.input_tokens + table.output_tokens) / table.output_tokens
    return np.select(
        [table.metric == "throughput", table.metric == "total", table.metric == "ttft"],
        [through, total, state.ttft_s * MS_PER_SECOND],
        state.tpot_s * MS_PER_SECOND,
    )


def _state(table: Cases, rate: Efficiency, load: np.ndarray) -> LoopState:
    return loop_state(table.loads, rate, table.input_tokens, table.output_tokens, load, table.room, table.budget)


def _running(table: Cases, rate: Efficiency) -> np.ndarray:
    """Requests present per replica: given, as many as the engine allows, or rate x residence (Little's law)."""
    most = np.array([one.engine.max_num_seqs for one in table.replicas], dtype=float)
    load = np.where(table.kind == "closed", table.load, most)
    is_open = table.kind == "open"
    if not is_open.any():
        return load
    arriving = np.where(is_open, table.load, 0.0)
    present = np.ones_like(load)
    for _ in range(OPEN_STEPS):
        state = _state(table, rate, present)
        stay = state.ttft_s + (table.output_tokens - 1.0) * state.tpot_s
        present = np.clip(0.5 * present + 0.5 * arriving * stay, 1.0, np.minimum(most, table.room))
    return np.where(is_open, present, load)
