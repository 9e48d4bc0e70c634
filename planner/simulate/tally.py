"""Counts what became of requests, by latency bins and batches of time: the same memory however long the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from planner.simulate.intervals import CONFIDENCE, half_width, lower_bound
from planner.simulate.kernel.world import ENDINGS, FINISHED, PS_PER_S, gap_edges

METRICS = ("ttft", "tpot", "end_to_end")
#: Gaps between the tokens of a sequence, counted apart: bins 0.5 % apart, by batch of the instant that they end at.
ITL = "itl"
PS_PER_MS = PS_PER_S // 1000
#: Latencies are told apart to a thousandth of themselves; the limits are edges of bins, so shares under them are exact.
BIN_STEP = 1.001
SHORTEST_PS, LONGEST_PS = 1_000_000, 10**19 // 2
#: Batches of a run: enough for Student's t, few enough for each to be longer than most bursts.
BATCHES = 30


@dataclass(frozen=True)
class Limit:
    """A latency limit at a percentile; ``metric`` is ttft, tpot or end_to_end."""

    metric: str
    percentile: float
    limit_ms: float


@dataclass(frozen=True)
class Quantile:
    """A percentile with the bounds that hold it in 90 % of cases; None: not reached by requests that finished."""

    percentile: float
    value_ms: float | None
    low_ms: float | None
    high_ms: float | None


@dataclass(frozen=True)
class Attainment:
    """How a limit was kept: the share of requests in time, its lower bound, and the percentile as measured.

    unknown  requests of which nobody knows how long they took; the share is unknown with them
    """

    limit: Limit
    requests: int
    attainment: float | None
    lower_bound: float | None
    measured_ms: float | None
    unknown: int = 0

    @property
    def measured(self) -> bool:
        """Somebody asked; it may still be unknown how long that took."""
        return self.requests > 0

    @property
    def met(self) -> bool | None:
        """The share reaches the percentile; not where it is unknown. None: nobody asked, so nothing was measured."""
        return self._reaches(self.attainment)

    @property
    def confident(self) -> bool | None:
        """Its lower bound does too; None as of ``met``."""
        return self._reaches(self.lower_bound)

    def _reaches(self, share: float | None) -> bool | None:
        if not self.measured:
            return None
        return share is not None and share >= self.limit.percentile / 100.0


def not_measured(limit: Limit) -> Attainment:
    """A limit that nobody met or missed."""
    return Attainment(limit, 0, None, None, None)


def verdict(each: Iterable[bool | None]) -> bool | None:
    """False where one is; None where one was not measured; True otherwise."""
    found = tuple(each)
    return False if False in found else None if None in found else True


class Tally:
    """Requests that arrived from ``begin_s`` on, by batch of arrival time; batches end at ``end_s``.

    Percentiles are upper edges of bins, 0.1 % apart; requests that never finished lie above all of them.
    """

    def __init__(
        self,
        limits: tuple[Limit, ...],
        begin_s: float,
        end_s: float,
        batches: int = BATCHES,
        *,
        runs: int = 1,
        copies: int = 1,
        confidence: float = CONFIDENCE,
    ) -> None:
        """``runs`` independent ones have batches each (``run`` says which is counted); ``copies`` repeat the same arrivals.

        ``confidence`` is that of lower bounds.
        """
        self.limits, self.copies, self.run, self.confidence = limits, copies, 0, confidence
        self.begin, self.end = round(begin_s * PS_PER_S), max(round(end_s * PS_PER_S), round(begin_s * PS_PER_S) + 1)
        self.batches, self.rows = batches, batches * runs
        self.edges = {m: _edges(tuple(one.limit_ms for one in limits if one.metric == m)) for m in METRICS}
        self.edges[ITL] = gap_edges()
        self.counts = {m: np.zeros((self.rows, len(edges) + 1), np.int64) for m, edges in self.edges.items()}
        self.endings = np.zeros(len(ENDINGS), np.int64)
        self.warm_up = 0
        self.good = np.zeros(self.rows, np.int64)
        self.sums = dict.fromkeys(METRICS, 0.0)
        self.retried = 0

    def add(self, rows: np.ndarray, prompt_ps: np.ndarray) -> None:
        """Counts rows of requests that left; ``prompt_ps`` per row is time before a prefill starts, which occupies nothing."""
        warm = rows["arrived"] < self.begin
        self.warm_up += int(warm.sum())
        rows, prompt_ps = rows[~warm], prompt_ps[~warm]
        self.endings += np.bincount(rows["status"], minlength=len(ENDINGS))
        self.retried += int((rows["retries"] > 0).sum())
        batch = ((rows["arrived"] - self.begin).astype(float) / (self.end - self.begin) * self.batches).astype(np.int64)
        batch = np.clip(batch, 0, self.batches - 1) + self.run * self.batches
        done = rows["status"] == FINISHED
        in_time = done.copy()
        for metric, (value, counted) in latencies(rows, prompt_ps).items():
            edges, table = self.edges[metric], self.counts[metric]
            place = np.where(done, np.searchsorted(edges, value, side="left"), len(edges))
            np.add.at(table, (batch[counted], place[counted]), 1)
            self.sums[metric] += float(value[counted & done].astype(float).sum())
            for limit in self.limits:
                if limit.metric == metric:
                    in_time &= ~counted | (value <= round(limit.limit_ms * PS_PER_MS))
        self.good += np.bincount(batch[in_time], minlength=self.rows)

    @property
    def gap_batches(self) -> tuple[int, int, int]:
        """(begin, length of a batch, number of batches) by which gaps between tokens are counted [ps]."""
        return self.begin, max(1, -((self.begin - self.end) // self.batches)), self.batches

    def add_gaps(self, gaps: np.ndarray) -> None:
        """Counts the gaps of a run; ``gaps`` as ``World`` has them, the last rows being its batches."""
        batches = gaps[2:]
        if len(batches) == self.batches:
            self.counts[ITL][self.run * self.batches : (self.run + 1) * self.batches] += batches
        else:  # of another tally's batches: all in one
            self.counts[ITL][self.run * self.batches] += batches.sum(axis=0)

    @property
    def requests(self) -> int:
        """Counted: all that arrived after the warm-up and left in whatever way."""
        return int(self.endings.sum())

    def attainments(self) -> tuple[Attainment, ...]:
        """Each limit with what was measured."""
        return tuple(self._attainment(limit) for limit in self.limits)

    def quantiles(self, metric: str, percentiles: tuple[float, ...]) -> tuple[Quantile, ...]:
        """Percentiles over all requests asked, those that never finished above all others."""
        return tuple(self._quantile(metric, p) for p in percentiles)

    def finished(self, metric: str) -> int:
        """Requests of which this was measured, or gaps between tokens."""
        return int(self.counts[metric][:, :-1].sum())

    def mean_ms(self, metric: str) -> float | None:
        """Mean over finished requests."""
        finished = self.finished(metric)
        return self.sums[metric] / finished / PS_PER_MS if finished else None

    def _attainment(self, limit: Limit) -> Attainment:
        table = self.counts[limit.metric]
        past = int(np.searchsorted(self.edges[limit.metric], round(limit.limit_ms * PS_PER_MS), side="left")) + 1
        met, offered = table[:, :past].sum(axis=1), table.sum(axis=1)
        total = int(offered.sum())
        share = float(met.sum() / total) if total else None
        sure = lower_bound(met / self.copies, offered / self.copies, self.confidence)
        return Attainment(limit, total, share, sure, self._at(limit.metric, limit.percentile / 100.0))

    def _quantile(self, metric: str, percentile: float) -> Quantile:
        table = self.counts[metric]
        value = self._at(metric, percentile / 100.0)
        offered = table.sum(axis=1)
        kept = offered > 0
        if value is None or not kept.any():
            return Quantile(percentile, value, None, None)
        past = int(np.searchsorted(self.edges[metric], round(value * PS_PER_MS), side="left")) + 1
        half = half_width(table[kept][:, :past].sum(axis=1).astype(float), offered[kept].astype(float))
        if half is None:
            return Quantile(percentile, value, None, None)
        low, high = max(0.0, percentile / 100.0 - half), percentile / 100.0 + half
        return Quantile(percentile, value, self._at(metric, low), self._at(metric, high) if high <= 1.0 else None)

    def _at(self, metric: str, share: float) -> float | None:
        """The least bin edge under which at least ``share`` of the requests lie [ms]."""
        below = np.cumsum(self.counts[metric].sum(axis=0))
        if not below[-1]:
            return None
        place = int(np.argmax(below / below[-1] >= share))
        edges = self.edges[metric]
        return None if place >= len(edges) else float(edges[place] / PS_PER_MS)


def latencies(rows: np.ndarray, prompt_ps: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(picoseconds, whether it is asked of the request) by metric; an answer of one token has no time per further token.

    Meaningless where a request did not finish.
    """
    steps, every = rows["output"] - 1, np.ones(len(rows), bool)
    return {
        "ttft": (rows["first"] - rows["arrived"] + prompt_ps, every),
        "tpot": ((rows["last"] - rows["first"]) // np.maximum(steps, 1), steps > 0),
        "end_to_end": (rows["last"] - rows["arrived"] + prompt_ps, every),
    }


def in_time(rows: np.ndarray, prompt_ps: np.ndarray, limits: Sequence[Limit]) -> np.ndarray:
    """[limit, request]: whether it finished within the limit, or the limit asks nothing of it."""
    done, values = rows["status"] == FINISHED, latencies(rows, prompt_ps)
    kept = [done & (values[one.metric][0] <= round(one.limit_ms * PS_PER_MS)) | ~values[one.metric][1] for one in limits]
    return np.array(kept, bool).reshape(len(limits), len(rows))


@lru_cache(maxsize=64)
def _edges(limits_ms: tuple[float, ...]) -> np.ndarray:
    steps = int(np.ceil(np.log(LONGEST_PS / SHORTEST_PS) / np.log(BIN_STEP)))
    grid = (SHORTEST_PS * BIN_STEP ** np.arange(steps)).astype(np.int64)
    return np.unique(np.concatenate([grid, np.array([round(ms * PS_PER_MS) for ms in limits_ms], np.int64)]))
