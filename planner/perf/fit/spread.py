"""Width of the 80 % band by what was never measured: nothing but the pair, the accelerator, the model, or both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.perf.fit.observations import Observations
from planner.perf.fit.validate import left_out, weighted_quantile

TAIL = 0.1
METRIC_TARGETS = {"throughput": ("throughput_full", "throughput"), "ttft": ("ttft",), "tpot": ("tpot",)}


def spreads(observations: Observations) -> Mapping[tuple[str, str, str], float]:
    """Log multipliers by ("band METRIC", low | high, novelty), from rows left out by pair, accelerator and model.

    Sources weigh the same, and pairs of one source. Where both accelerator and model are new, the excess variances
    of each add up; no band is narrower than that of a new pair.
    """
    ratio = {
        "pair": left_out(observations, observations.pair),
        "chip": left_out(observations, observations.chip),
        "model": left_out(observations, observations.model),
    }
    found: dict[tuple[str, str, str], float] = {}
    for metric, targets in METRIC_TARGETS.items():
        for side, share in (("low", TAIL), ("high", 1.0 - TAIL)):
            sign = -1.0 if side == "low" else 1.0
            width = {
                name: max(sign * _quantile(observations, r, targets, share, observations.used), 0.0)
                for name, r in ratio.items()
            }
            width = {name: max(one, width["pair"]) for name, one in width.items()}
            both = (width["chip"] ** 2 + width["model"] ** 2 - width["pair"] ** 2) ** 0.5
            for name, one in (*width.items(), ("chip model", both)):
                found[f"band {metric}", side, name] = sign * one
    return found


def coverage(observations: Observations, log_ratio: np.ndarray) -> Mapping[str, float]:
    """Share of left-out rows inside a band that was drawn from the other half of the pairs; sources weigh the same.

    The halves take turns; 0.8 is what the band promises, and its own pairs would flatter it.
    """
    half = {pair: at % 2 for at, pair in enumerate(sorted(set(observations.pair)))}
    second = np.array([half[pair] == 1 for pair in observations.pair])
    found = {}
    for metric, targets in METRIC_TARGETS.items():
        inside = []
        for drawn, judged in ((second, ~second), (~second, second)):
            low, high = (_quantile(observations, log_ratio, targets, share, drawn) for share in (TAIL, 1.0 - TAIL))
            rows, weight = _rows(observations, targets, judged & ~np.isnan(log_ratio))
            held = (min(low, 0.0) <= -log_ratio[rows]) & (-log_ratio[rows] <= max(high, 0.0))
            inside.append(float(np.average(held, weights=weight)))
        found[metric] = sum(inside) / len(inside)
    return found


def _quantile(
    observations: Observations, log_ratio: np.ndarray, targets: tuple[str, ...], share: float, among: np.ndarray
) -> float:
    """Quantile of log(measured / predicted) of rows ``among`` those left out."""
    rows, weight = _rows(observations, targets, among & ~np.isnan(log_ratio))
    return weighted_quantile(-log_ratio[rows], weight, share)


def _rows(observations: Observations, targets: tuple[str, ...], among: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Rows of a metric, and their weights: sources weigh the same, and pairs of one source."""
    rows = observations.used & among & np.isin(observations.target, targets)
    rows &= np.array([groups["statistic"] != "p99" for groups in observations.table.relatives])
    source, pair = observations.source[rows], observations.pair[rows]
    pairs_of = {s: len(set(pair[source == s])) for s in set(source)}
    size: dict[tuple[str, str], int] = {}
    for key in zip(source, pair):
        size[key] = size.get(key, 0) + 1
    return np.flatnonzero(rows), [1.0 / pairs_of[s] / size[s, p] for s, p in zip(source, pair)]
