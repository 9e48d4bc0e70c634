"""What a benchmark would report for each case, given coefficients."""

from __future__ import annotations

from dataclasses import fields

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
    """Predicted value of each case's metric, in tokens per second or milliseconds; ``rate`` holds arrays."""
    present = _present(table, rate)
    state = _state(table, rate, present)
    through = _better_split(table, rate, present, state.output_tokens_per_s) * table.count
    through = np.where(table.kind == "full", through / (1.0 + _tail_s(table, rate) * through), through)
    is_open = table.kind == "open"
    offered = np.where(is_open, table.load, 0.0) * table.output_tokens * table.count
    through = np.where(is_open, np.minimum(offered, through), through)
    total = through * (table.input_tokens + table.output_tokens) / table.output_tokens
    return np.select(
        [table.metric == "throughput", table.metric == "total", table.metric == "ttft"],
        [through, total, state.ttft_s * MS_PER_SECOND],
        state.tpot_s * MS_PER_SECOND,
    )


def waited(table: Cases, rate: Efficiency) -> np.ndarray:
    """Share of each case's time to first token that is spent waiting for other prompts and for room, 0 to 1."""
    return _state(table, rate, _present(table, rate)).waited


def _state(table: Cases, rate: Efficiency, present: np.ndarray) -> LoopState:
    return loop_state(
        table.loads, rate, table.input_tokens, table.output_tokens, present, table.room, table.budget, table.cached,
        table.speculation,
    )


def _present(table: Cases, rate: Efficiency) -> np.ndarray:
    """Requests present per replica: given, as many as the engine allows, or rate x residence (Little's law)."""
    most = np.array([one.engine.max_num_seqs for one in table.replicas], dtype=float)
    present = np.where(table.kind == "closed", table.load, most)
    rows = np.flatnonzero(table.kind == "open")
    if len(rows):
        present[rows] = _present_open(table.select(rows), _select(rate, rows), most[rows])
    return present


def _present_open(table: Cases, rate: Efficiency, most: np.ndarray) -> np.ndarray:
    present = np.ones(len(most))
    for _ in range(OPEN_STEPS):
        state = _state(table, rate, present)
        stay = state.ttft_s + (table.output_tokens - 1.0) * state.tpot_s
        present = np.clip(0.5 * present + 0.5 * table.load * stay, 1.0, np.minimum(most, table.room))
    return present


def _better_split(table: Cases, rate: Efficiency, present: np.ndarray, through: np.ndarray) -> np.ndarray:
    """Output tokens per second of a replica, with attention copies where an engine may choose them and gains."""
    rows = np.flatnonzero(table.wide.copies > table.loads.copies)
    if not len(rows):
        return through
    some, wide = table.select(rows), through.copy()
    each = present[rows] * some.wide.copies / some.loads.copies  # an engine's limit is that of every copy
    state = loop_state(
        some.wide, _select(rate, rows), some.input_tokens, some.output_tokens, each, some.wide_room, some.budget,
        some.cached, some.speculation,
    )
    wide[rows] = np.maximum(through[rows], state.output_tokens_per_s)
    return wide


def _tail_s(table: Cases, rate: Efficiency) -> np.ndarray:
    """Seconds that the tail of a finite run adds per output token and replica."""
    alone = step_s(table.loads, 1.0, table.input_tokens, rate)
    return rate.drain * alone / DRAINED_REQUESTS / table.count


def _select(rate: Efficiency, rows: np.ndarray) -> Efficiency:
    return Efficiency(*(getattr(rate, field.name)[rows] for field in fields(rate)))
