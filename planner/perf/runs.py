"""The user's own benchmark runs, which correct the formula for their configuration and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from planner.perf.calibration import Band, Efficiency
from planner.perf.closed_loop import loop_state
from planner.perf.coefficients import BANDS, FIELDS, efficiency, table_of
from planner.perf.evidence import METRICS, Evidence, Places
from planner.perf.footprint import footprint
from planner.perf.memory import SAFE_KV_SHARE, kv_tokens_held, memory_use
from planner.perf.predict import NEAR, configuration_of
from planner.perf.replica import Replica
from planner.perf.sensitivity import STEP
from planner.units import MS_PER_SECOND

#: Times that coefficients and their slopes are worked out in turn: the formula is not linear in logarithms.
ROUNDS = 3
#: More runs of one configuration are thinned evenly: they say the same.
MOST_RUNS = 120
FLOW, TTFT = METRICS.index("throughput"), METRICS.index("ttft")


@dataclass(frozen=True)
class MeasuredPoint:
    """One benchmark result of one replica; ``concurrency`` None means everything queued at once (maximum load)."""

    input_tokens: float
    output_tokens: float
    concurrency: float | None = None
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    output_tokens_per_s: float | None = None


@dataclass(frozen=True)
class Run:
    """A measured point and the replica that it was measured on."""

    replica: Replica
    point: MeasuredPoint


@dataclass(frozen=True)
class Learned:
    """What runs say of one replica.

    log_moved  log deviation of each coefficient, in the order of ``FIELDS``
    evidence   the runs' figures, with the replica's own split as 0
    """

    log_moved: tuple[float, ...]
    evidence: Evidence

    def efficiency(self, before: Efficiency) -> Efficiency:
        """Coefficients corrected by the runs."""
        moved = zip(fields(Efficiency), np.exp(self.log_moved))
        return Efficiency(*(getattr(before, field.name) * float(factor) for field, factor in moved))

    def at(self, replica: Replica, input_tokens: float, output_tokens: float, batch: float, prior: Band) -> tuple[str, Band]:
        """(basis, band) of the replica's figures at a load; the band is never wider than ``prior``.

        TTFT without waiting for others is that of a request alone.
        """
        still = np.zeros(len(FIELDS))
        places = _places(replica, MeasuredPoint(input_tokens, output_tokens, batch), still, 0)[0]
        alone = _places(replica, MeasuredPoint(input_tokens, output_tokens, 1.0), still, 0)[0]
        left = dict(zip(METRICS, self.evidence.shift(places)[1]))
        left |= {"queue": left["ttft"], "ttft": self.evidence.shift(alone)[1][TTFT]}
        sides = {}
        for name in BANDS:
            low, high = table_of(replica).around_measured("ttft" if name == "queue" else name, float(left[name]))
            wide = getattr(prior, name)
            sides[name] = (max(low, wide[0]), min(high, wide[1]))
        far = np.abs(self.evidence.places.where - places.where[0]).sum(axis=1)
        near = ((far <= NEAR) & (self.evidence.places.split == 0)).any()
        return ("measured" if near else "interpolated"), Band(**sides)


def figures_at(replica: Replica, point: MeasuredPoint, own: Learned | None) -> tuple[float, float, float]:
    """(output tokens per second, TTFT ms, TPOT ms) of a replica at the load of ``point``, corrected by what was learned."""
    moved = np.zeros(len(FIELDS)) if own is None else np.array(own.log_moved)
    flow, ttft, tpot = np.exp(_places(replica, point, moved, 0)[1]).tolist()
    return flow, ttft, tpot


@lru_cache(maxsize=4096)
def learned(runs: tuple[Run, ...], replica: Replica) -> Learned | None:
    """What ``runs`` say of ``replica``; None when none is of its model, accelerator, precision and engine."""
    key = configuration_of(replica)
    alike = [run for run in runs if configuration_of(run.replica) == key and footprint(run.replica) is not None]
    if not alike:
        return None
    if len(alike) > MOST_RUNS:
        alike = [alike[at * len(alike) // MOST_RUNS] for at in range(MOST_RUNS)]
    own = (replica.tp, replica.pp, replica.ep)
    splits = {own: 0}
    numbers = [splits.setdefault((r.replica.tp, r.replica.pp, r.replica.ep), len(splits)) for r in alike]
    moved = {number: np.zeros(len(FIELDS)) for number in splits.values()}
    for _ in range(ROUNDS):
        evidence = _evidence(alike, numbers, moved)
        if evidence is None:
            return None
        moved = {number: evidence.moved(number) for number in moved}
    return Learned(tuple(moved[0].tolist()), evidence)


def _evidence(runs: Sequence[Run], numbers: Sequence[int], moved: dict[int, np.ndarray]) -> Evidence | None:
    """The runs' figures against the formula, linear around the coefficients found so far.

    Of a full queue only throughput counts: latencies depend on how many requests it held.
    """
    kept: list[tuple[Places, np.ndarray]] = []
    for run, number in zip(runs, numbers):
        places, log_value = _places(run.replica, run.point, moved[number], number)
        measured = np.array([run.point.output_tokens_per_s, run.point.ttft_ms, run.point.tpot_ms], dtype=float)
        rows = np.flatnonzero(np.isfinite(measured) & ((np.arange(len(METRICS)) == FLOW) | (run.point.concurrency is not None)))
        ratio = np.log(measured[rows]) - log_value[rows] + places.slopes[rows] @ moved[number]
        kept.append((places.select(rows), ratio))
    if not kept:
        return None
    columns = {f.name: np.concatenate([getattr(places, f.name) for places, _ in kept]) for f in fields(Places)}
    ratios = np.concatenate([ratio for _, ratio in kept])
    return Evidence.of(Places(**columns), ratios) if len(ratios) else None


def _places(replica: Replica, point: MeasuredPoint, moved: np.ndarray, split: int) -> tuple[Places, np.ndarray]:
    """Figures of a replica at a load with their slopes, and their logarithms, in the order of ``METRICS``."""
    loads, use = footprint(replica), memory_use(replica)
    base = np.log([getattr(efficiency(replica), name) for name in FIELDS]) + moved
    steps = np.vstack([np.zeros(len(FIELDS)), np.eye(len(FIELDS)) * STEP])
    rate = Efficiency(*np.exp(base + steps).T)
    held = kv_tokens_held(replica.architecture, point.input_tokens + 0.5 * point.output_tokens)
    room = max(min(use.kv_tokens / SAFE_KV_SHARE / held, float(replica.engine.max_num_seqs)), 1.0)
    wanted = float(replica.engine.max_num_seqs) if point.concurrency is None else point.concurrency
    budget = float(replica.engine.max_batched_tokens)
    state = loop_state(loads, rate, point.input_tokens, point.output_tokens, wanted, room, budget)
    # Nobody measures the pace of answers of one token: any figure stands for it.
    tpot_s = state.tpot_s if point.output_tokens > 1.0 else np.ones_like(state.tpot_s)
    figures = (state.output_tokens_per_s, state.ttft_s * MS_PER_SECOND, tpot_s * MS_PER_SECOND)
    logs = np.log(np.array([np.broadcast_to(figure, len(steps)) for figure in figures], dtype=float))
    where = np.log([max(point.input_tokens, 1.0), max(point.output_tokens, 1.0), max(float(np.max(state.batch)), 1.0)])
    places = Places(
        slopes=(logs[:, 1:] - logs[:, :1]) / STEP,
        metric=np.arange(len(METRICS)),
        where=np.tile(where, (len(METRICS), 1)),
        split=np.full(len(METRICS), split),
    )
    return places, logs[:, 0]
