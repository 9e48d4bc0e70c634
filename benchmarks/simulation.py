"""Requests a second that the simulation plays on one core, and what an hour of a fleet takes in time and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def measure(quick: bool, *, say: Callable[[str], None]) -> None:
    """Requests a second of processor time and of wall time; asked for: 50,000 and 25,000 on one core."""
    began = time.perf_counter()
    _play(_conversation(), 1, 1_000, 0.5)
    say(f"Simulated requests; load, and compile after a change {time.perf_counter() - began:.1f} s")
    count = 100_000 if quick else 500_000
    for name, case, replicas, load, asked in (
        ("conversation on one replica", _conversation(), 1, 0.8, 50_000),
        ("conversation on one replica, saturated", _conversation(), 1, 0.98, 50_000),
        ("long reasoning outputs on 16 replicas", _reasoning(), 16, 0.8, 25_000),
    ):
        worked = time.process_time()
        requests, seconds, simulated = _play(case, replicas, count if replicas == 1 else count // 2, load)
        worked = time.process_time() - worked
        verdict = "" if requests / worked >= asked else f"   under {asked:,}"
        say(f"  {name:40s} {requests / worked:9,.0f} /s of processor, {requests / seconds:9,.0f} /s of wall; {simulated / 3600:.1f} h{verdict}")
    hour = 600.0 if quick else 3600.0
    requests, seconds, _ = _play(_conversation(), 0, int(1000 * hour), 0.8)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"  {hour / 60:.0f} minutes of a fleet at 1,000 requests/s: {seconds:.1f} s for {requests:,} requests, peak memory {memory:,.0f} MiB")


def _conversation():
    """Lengths of a real conversation service, an 8B model on one accelerator."""
    from planner.workload import read_trace

    trace = read_trace(ROOT / "problems/workloads/azure2023-conversation.csv.gz")
    return _times("Llama-3.1-8B", "H100", 1, 128), trace.input_tokens, trace.output_tokens


def _reasoning():
    """Lengths of a real reasoning service (mean output about 2,000 tokens), a 671B model on eight accelerators."""
    from planner.workload import read_summary

    classes = read_summary(ROOT / "problems/workloads/servegen-deepseek-r1.json").classes
    drawn = np.random.default_rng(1).choice(len(classes.share), 20_000, p=classes.share)
    tokens = [np.maximum(np.rint(np.array(values)[drawn]), 1).astype(np.int64) for values in (classes.input_tokens, classes.output_tokens)]
    return _times("DeepSeek-R1", "B200", 8, 256), *tokens


def _times(model: str, accelerator: str, tp: int, batch: int):
    from planner.catalog import load_catalog
    from planner.perf.from_catalog import chip_of, replica_of, served_variant
    from planner.perf.iteration import iteration_times

    catalog = load_catalog(None)
    return iteration_times(replica_of(served_variant(catalog, model, "fp8"), chip_of(catalog, (), accelerator), tp, 1, batch))


def _play(case, replicas: int, count: int, load: float) -> tuple[int, float, float]:
    """(requests, wall seconds, simulated seconds); 0 replicas: as many as 1,000 requests/s need."""
    from planner.simulate.fleet import Fleet, Group, Part, Stage
    from planner.simulate.service import play
    from planner.simulate.tally import Limit, Tally

    times, tokens_in, tokens_out = case
    saturation = _saturation(times, tokens_in, tokens_out)
    replicas = replicas or int(np.ceil(1000.0 / (saturation * load)))
    rate = saturation * replicas * load
    group = Group("a", times, (Part("p", "r", "firm", (replicas,)),), ((1.0,),), 1.0)
    fleet = Fleet("s", (group,), ((1000.0, 200.0),), (Stage(0, 0.0),))
    limits = (Limit("ttft", 95.0, 1000.0), Limit("tpot", 95.0, 50.0))
    tally = Tally(limits, 0.0, count / rate)
    began = time.perf_counter()
    played = play(fleet, _poisson(rate, count, tokens_in, tokens_out), (tally,), limits=limits)
    return played.arrivals, time.perf_counter() - began, played.ended_s


def _saturation(times, tokens_in: np.ndarray, tokens_out: np.ndarray) -> float:
    """Requests/s of one replica that always has work: a short run with everything queued at once."""
    from planner.simulate.arrivals import Requests
    from planner.simulate.fleet import Fleet, Group, Part, Stage
    from planner.simulate.service import play

    count = 4_000
    at = np.random.default_rng(2).integers(0, len(tokens_in), count)
    none = np.zeros(count, np.int64)
    group = Group("a", times, (Part("p", "r", "firm", (1,)),), ((1.0,),), 1.0)
    requests = Requests(none, none, tokens_in[at], tokens_out[at])
    return count / play(Fleet("s", (group,), ((1.0, 1.0),), (Stage(0, 0.0),)), [requests], ()).ended_s


def _poisson(rate: float, count: int, tokens_in: np.ndarray, tokens_out: np.ndarray) -> Iterator:
    from planner.simulate.arrivals import CHUNK, Requests
    from planner.simulate.kernel.world import PS_PER_S

    draw = np.random.default_rng(3)
    at = 0.0
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        times = at + draw.exponential(1.0 / rate, size).cumsum()
        at = float(times[-1])
        which = draw.integers(0, len(tokens_in), size)
        yield Requests(np.rint(times * PS_PER_S).astype(np.int64), np.zeros(size, np.int64), tokens_in[which], tokens_out[which])


if __name__ == "__main__":
    measure(False, say=print)
