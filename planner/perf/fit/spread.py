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
            width = {name: max(sign * _quantile(observations, r, targets, share), 0.0) for name, r in ratio.items()}
            width = {name: max(one, width["pair"]) for name, one in width.items()}
            both = (width["chip"] ** 2 + width["model"] ** 2 - width["pair"] ** 2) ** 0.5
            for name, one in (*width.items(), ("chip model", both)):
                found[f"band {metric}", side, name] = sign * one
    return found


def _quantile(observations: Observations, log_ratio: np.ndarray, targets: tuple[str, ...], share: float) -> float:
    """Quantile of log(measured / predicted)."""
    rows = observations.used & np.isin(observations.target, targets)
    rows &= np.array([groups["statistic"] != "p99" for groups in observations.table.relatives])
    source, pair = observations.source[rows], observations.pair[rows]
    pairs_of = {s: len(set(pair[source == s])) for s in set(source)}
    size: dict[tuple[str, str], int] = {}
    for key in zip(source, pair):
        size[key] = size.get(key, 0) + 1
    weight = [1.0 / pairs_of[s] / size[s, p] for s, p in zip(source, pair)]
    return weighted_quantile(-log_ratio[rows], weight, share)
