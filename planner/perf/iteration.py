"""How long one iteration of a replica takes: the record that a simulation of requests runs on, as plain tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.errors import PlannerError
from planner.perf.attention import context_seen, prefill_attention_s
from planner.perf.coefficients import efficiency
from planner.perf.footprint import footprint
from planner.perf.memory import memory_use
from planner.perf.prefill import prefill_work_s
from planner.perf.replica import Replica
from planner.perf.runs import Run, learned
from planner.perf.speculation import Speculation, token_s

#: Where a model states no longest context; only the slope beyond the last bend is taken there.
LONGEST_CONTEXT = 131_072


@dataclass(frozen=True, eq=False)
class IterationTimes:
    """One replica's iterations; every running sequence decodes one token in each, and prompts are read in chunks.

    An iteration lasts ``decode`` (none running: 0) plus ``pass_s[chunk]`` plus the attention of the chunk: decode steps
    and prompt passes one after the other, as the predictions and their calibration have it.

    max_num_seqs        sequences at once
    token_budget        tokens of one iteration: one a running sequence, the rest for prompts
    kv_capacity_tokens  cache the replica may fill                                                       [tokens]
    knots               mean contexts at which decode time bends; the first is 0                         [tokens]
    decode_s            [running, knot]: an iteration's time at that mean context                        [s]
    decode_slope_s      [running, knot]: more per token of all contexts together, from that knot on      [s]
    pass_s              [tokens]: reading so many prompt tokens in one iteration, attention apart        [s]
    pair_s              per pair of prompt token and context token that it attends to                    [s]
    seen, seen_slope    [knot]: context tokens a query attends to at that knot, and more per token after it
    prompt_s            before a request's prefill starts; occupies nothing                              [s]
    full_kv_share       share of cache layers that keep the whole context; the rest keep ``window_tokens``
    basis               how throughput was found: modelled or measured
    work_s              per request class, where nothing but throughput is known: a request is one piece of work   [s]
    """

    max_num_seqs: int
    token_budget: int
    kv_capacity_tokens: float
    knots: tuple[int, ...]
    decode_s: np.ndarray
    decode_slope_s: np.ndarray
    pass_s: np.ndarray
    pair_s: float
    seen: tuple[float, ...]
    seen_slope: tuple[float, ...]
    prompt_s: float
    full_kv_share: float = 1.0
    window_tokens: int = 0
    basis: str = "modelled"
    work_s: tuple[float, ...] | None = None

    def kv_per_token(self, tokens: float) -> float:
        """Cache that a sequence of ``tokens`` holds, per token of it: 1, or less where layers keep a window only."""
        if self.full_kv_share >= 1.0 or tokens <= 0:
            return 1.0
        return self.full_kv_share + (1.0 - self.full_kv_share) * min(tokens, self.window_tokens) / tokens


def iteration_times(replica: Replica, *, runs: tuple[Run, ...] = (), slower: float = 1.0) -> IterationTimes:
    """The record of ``replica``; ``runs`` are the user's measurements that correct the formula.

    slower  multiplies every time, for a plan made with the safe end of predictions

    Raises PlannerError where the chip has no known matrix rate.
    """
    loads = footprint(replica.with_batch(1))
    if loads is None:
        raise PlannerError(f"{replica.chip.name} has no known matrix rate for {replica.precision.activations}")
    own = learned(runs, replica.with_batch(1)) if runs else None
    rate = efficiency(replica) if own is None else own.efficiency(efficiency(replica))
    engine, shape = replica.engine, replica.architecture
    slower *= replica.engine.slower
    pace = slower / float(rate.throughput)
    last = shape.max_context or LONGEST_CONTEXT
    bends = {shape.sliding_window if shape.window_layers else 0, shape.sparse_tokens or 0, 0}
    knots = tuple(sorted(bend for bend in bends if bend < last))
    speculation = Speculation(float(engine.draft_tokens), engine.draft_acceptance, engine.draft_cost)
    running = np.arange(engine.max_num_seqs + 1, dtype=float)[:, None]
    contexts = np.array([*knots, last], dtype=float)[None, :]
    at = np.asarray(token_s(loads, np.maximum(running, 1.0), contexts, rate, speculation)) * pace
    slope = np.diff(at, axis=1) / (np.diff(contexts) * np.maximum(running, 1.0))
    tokens = np.arange(1, engine.max_batched_tokens + 1, dtype=float)
    reading = np.asarray(prefill_work_s(loads, tokens, 0.0, tokens, rate)) - np.asarray(
        prefill_attention_s(loads, tokens, 0.0, rate) / loads.pp
    )
    seen = np.array([float(context_seen(loads, x)) for x in contexts[0]])
    pairs = float(prefill_attention_s(loads, 1.0, 0.0, rate)) / max(float(context_seen(loads, 0.5)), 1e-30) / loads.pp
    layers = shape.full_layers + shape.window_layers
    return IterationTimes(
        max_num_seqs=engine.max_num_seqs,
        token_budget=engine.max_batched_tokens,
        kv_capacity_tokens=memory_use(replica).kv_tokens,
        knots=knots,
        decode_s=at[:, :-1],
        decode_slope_s=np.maximum(slope, 0.0),
        pass_s=np.concatenate([[0.0], reading]) * pace,
        pair_s=pairs * pace,
        seen=tuple(seen[:-1]),
        seen_slope=tuple(np.diff(seen) / np.diff(contexts[0])),
        prompt_s=float(rate.prompt_s) * slower,
        full_kv_share=shape.full_layers / layers if layers and shape.window_layers else 1.0,
        window_tokens=shape.sliding_window,
        basis="modelled" if own is None else "measured",
    )


def measured_work(work_s: tuple[float, ...]) -> IterationTimes:
    """A replica of which only throughputs were measured: requests of a class take ``work_s`` each, one after the other."""
    none = np.zeros((2, 1))
    return IterationTimes(
        1, 1, 1e12, (0,), none, none, np.zeros(2), 0.0, (0.0,), (0.0,), 0.0, basis="measured", work_s=tuple(work_s)
    )
