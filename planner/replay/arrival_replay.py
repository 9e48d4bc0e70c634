"""Whether a load misses a limit whatever the batching does: arrivals replayed through one server that only reads prompts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from planner.perf.iteration import IterationTimes
from planner.simulate.arrivals import Requests
from planner.simulate.kernel.world import PS_PER_S
from planner.simulate.tally import Limit
from planner.units import MS_PER_SECOND

#: Rounded picoseconds of a simulation may fall this much short of the formula (relative).
SLACK = 1e-6
#: What is over no sooner than the first token.
METRICS = ("ttft", "end_to_end")


def surely_missed(times: IterationTimes, limits: Sequence[Limit], chunks: Iterable[Requests], begin_s: float) -> bool:
    """Whether one replica misses a limit on the first token or the whole answer, without simulating it.

    Prompts are read in order of arrival, so nobody's first token comes before all earlier prompts and its own are read, at
    the pace of the best chunk and with nothing decoded meanwhile (Lindley's recursion with these times of service). More
    replicas may let a short prompt pass a long one, so of several this says nothing. Requests before ``begin_s`` do not count.
    """
    asked = [limit for limit in limits if limit.metric in METRICS]
    if not asked:
        return False
    parts = list(chunks)
    at = np.concatenate([part.at_ps for part in parts]) / PS_PER_S if parts else np.zeros(0)
    if not len(at):
        return False
    stay = first_tokens(at, np.concatenate([reading_s(times, part) for part in parts])) - at + times.prompt_s
    counted = stay[at >= begin_s] * (1.0 - SLACK)
    return any(np.mean(counted <= limit.limit_ms / MS_PER_SECOND) < limit.percentile / 100.0 for limit in asked) if len(counted) else False


def first_tokens(at_s: np.ndarray, service_s: np.ndarray) -> np.ndarray:
    """When each of some pieces of work is done that one server takes in order of arrival."""
    done = np.cumsum(service_s)
    return done + np.maximum.accumulate(at_s - (done - service_s))


def reading_s(times: IterationTimes, requests: Requests) -> np.ndarray:
    """The least that reading each prompt takes; nothing where a request is turned away for its length."""
    if times.work_s is not None:
        return np.array(times.work_s)[requests.kind]
    tokens = requests.input_tokens.astype(float)
    chunk = np.arange(1, len(times.pass_s))
    least = tokens * float((times.pass_s[1:] / chunk).min())
    if len(times.knots) == 1:
        # Each query attends to all before it, however the prompt is cut.
        least += times.pair_s * tokens * (times.seen[0] + times.seen_slope[0] * 0.5 * tokens)
    total = tokens + requests.output_tokens
    held = total * times.full_kv_share + (1.0 - times.full_kv_share) * np.minimum(total, times.window_tokens)
    return np.where(held > times.kv_capacity_tokens, 0.0, least)
