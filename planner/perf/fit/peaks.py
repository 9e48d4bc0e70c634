"""Measurements that no machine of the stated peaks can have made: they measured something else than they say."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from planner.perf.calibration import Efficiency
from planner.perf.cases import Cases
from planner.perf.reported import reported
from planner.units import MS_PER_SECOND

#: A machine that reaches all of its peaks and pays for nothing else. Engines may compute attention at the 8-bit rate,
#: twice the 16-bit one that it is counted at.
WHOLE = ("prefill", "decode", "memory", "cache", "compute", "link", "routed", "spread", "throughput", "ttft", "tpot")
IDEAL = {field.name: 1e-12 for field in fields(Efficiency)} | dict.fromkeys(WHOLE, 1.0) | {"attention": 2.0}


def beyond_peaks(table: Cases, value: np.ndarray, keys: list[tuple]) -> np.ndarray:
    """Rows that generate faster than weights, cache and arithmetic at full rate allow.

    ``keys`` tell runs apart. Latencies of a closed load say how fast it generates by Little's law; usual reasons for a
    figure beyond the peaks are prompts found in a cache, or a narrower format than the one stated.
    """
    count = len(value)
    rate = Efficiency(**{name: np.full(count, one) for name, one in IDEAL.items()})
    most = reported(replace(table, metric=np.full(count, "throughput", dtype=object)), rate)
    return _tokens_per_s(table, value, keys) > most


def _tokens_per_s(table: Cases, value: np.ndarray, keys: list[tuple]) -> np.ndarray:
    """Output tokens per second that each row claims, itself or with the other latency of its run; NaN: neither."""
    total = 1.0 + table.input_tokens / table.output_tokens
    claimed = np.select([table.metric == "throughput", table.metric == "total"], [value, value / total], np.nan)
    runs: dict[tuple, dict[str, float]] = {}
    latency = np.isin(table.metric, ("ttft", "tpot")) & (table.kind == "closed")
    for at in np.flatnonzero(latency):
        if table.relatives[at]["statistic"] != "p99":
            runs.setdefault(keys[at], {}).setdefault(table.metric[at], float(value[at]))
    for at in np.flatnonzero(latency):
        run = runs.get(keys[at], {})
        if len(run) == 2:
            stay_s = (run["ttft"] + (table.output_tokens[at] - 1.0) * run["tpot"]) / MS_PER_SECOND
            claimed[at] = table.load[at] * table.count[at] * table.output_tokens[at] / stay_s
    return claimed
