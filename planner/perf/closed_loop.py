"""One replica under a number of concurrent requests, as benchmarks measure it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.perf.calibration import Efficiency
from planner.perf.coefficients import efficiency
from planner.perf.footprint import Footprint, footprint
from planner.perf.memory import SAFE_KV_SHARE, kv_tokens_held, memory_use
from planner.perf.prefill import prefill_s, prefill_work_s
from planner.perf.replica import Replica
from planner.perf.speculation import Speculation, token_s


@dataclass(frozen=True)
class LoopState:
    """What a benchmark reports; arrays where the inputs were arrays. ``batch`` requests run, the rest wait.

    waited  share of the time to the first token that is spent waiting for other prompts and for room
    """

    ttft_s: Any
    waited: Any
    tpot_s: Any
    output_tokens_per_s: Any
    batch: Any


def closed_loop(
    replica: Replica, input_tokens: float, output_tokens: float, concurrency: float | None
) -> LoopState | None:
    """State of ``replica`` with ``concurrency`` requests always present (None: as many as fit).

    None when the weights do not fit or a matrix rate is unknown.
    """
    loads, use = footprint(replica), memory_use(replica)
    if loads is None or not use.fits:
        return None
    held = kv_tokens_held(replica.architecture, input_tokens + 0.5 * output_tokens)
    room = min(use.kv_tokens / SAFE_KV_SHARE / held, replica.engine.max_num_seqs)
    wanted = float(replica.engine.max_num_seqs) if concurrency is None else float(concurrency)
    budget = float(replica.engine.max_batched_tokens)
    return loop_state(loads, efficiency(replica), input_tokens, output_tokens, wanted, room, budget)


def loop_state(
    loads: Footprint,
    rate: Efficiency,
    input_tokens: Any,
    output_tokens: Any,
    concurrency: Any,
    room: Any,
    budget: Any,
    cached: Any = 0.0,
    speculation: Speculation = Speculation(),
) -> LoopState:
    """As ``closed_loop`` on plain numbers or arrays; ``room`` requests fit at once, ``cached`` input tokens are known.

    A request costs its prefill plus its share of the decode steps; TTFT is its own prefill plus the part
    ``rate.together`` of the prefills that start with it; the rest of the cycle is decoding (Little's law).
    """
    batch = np.maximum(np.minimum(concurrency, room), 1.0)
    steps = np.maximum(output_tokens - 1.0, 0.0)
    fresh = input_tokens - cached
    step = token_s(loads, batch, input_tokens + 0.5 * output_tokens, rate, speculation)
    alone = prefill_s(loads, fresh, cached, rate)
    chunk = np.minimum(np.maximum(budget, fresh), fresh * batch)
    reading = np.minimum(prefill_work_s(loads, fresh, cached, chunk, rate), alone)
    cycle = reading + steps * step / batch
    others = (batch - 1.0) * reading
    turn = np.minimum(rate.steps_waited * step * (1.0 - 1.0 / batch), others)
    queued = np.minimum(rate.together * others + turn, others)
    ttft = rate.prompt_s + alone + queued
    tpot = np.maximum(batch * cycle - (ttft - rate.prompt_s), steps * step) / np.maximum(steps, 1.0)
    waiting = np.maximum(concurrency - batch, 0.0) * cycle
    return LoopState(
        ttft_s=(ttft + waiting) * rate.ttft,
        waited=(queued - turn + waiting) / (ttft + waiting),
        tpot_s=tpot * rate.tpot,
        output_tokens_per_s=output_tokens / cycle * rate.throughput,
        batch=batch,
    )
