"""Width of the 80 % band by what was never measured: nothing but the pair, the accelerator, the model, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.perf.coefficients import MEASURED
from planner.perf.fit.observations import Observations
from planner.perf.fit.profiled import Profiled, profiled
from planner.perf.fit.validate import LeftOut, equal_sources, left_out, weighted_quantile

#: Share of cases beyond each end of the band.
TAIL = 0.1
METRIC_TARGETS = {"throughput": ("throughput_full", "throughput"), "ttft": ("ttft",), "tpot": ("tpot",)}


@dataclass(frozen=True)
class CrossValidation:
    """Every row predicted without its pair, accelerator or model, and with one measurement of its configuration."""

    pair: LeftOut
    chip: LeftOut
    model: LeftOut
    profiled: Profiled

    @classmethod
    def of(cls, observations: Observations) -> CrossValidation:
        """Three times as many fits as folds."""
        pair = left_out(observations, observations.pair)
        chip, model = left_out(observations, observations.chip), left_out(observations, observations.model)
        return cls(pair, chip, model, profiled(observations, pair))


def spreads(observations: Observations, found: CrossValidation) -> Mapping[tuple[str, str, str], float]:
    """Log multipliers by ("band METRIC", low | high, novelty), from rows left out by pair, accelerator and model.

    Sources weigh the same, and pairs of one source. Where both accelerator and model are new, the excess variances
    of each add up; no band is narrower than that of a new pair. Novelty ``measured`` holds quantiles in units of the
    deviation that one measurement of the configuration leaves.
    """
    every = np.arange(len(observations.value))
    ratio = {"pair": found.pair.log_ratio, "chip": found.chip.log_ratio, "model": found.model.log_ratio}
    known = found.profiled
    band: dict[tuple[str, str, str], float] = {}
    for metric, targets in METRIC_TARGETS.items():
        for side, share in (("low", TAIL), ("high", 1.0 - TAIL)):
            sign = -1.0 if side == "low" else 1.0
            width = {name: max(sign * _quantile(observations, -r, every, targets, share), 0.0) for name, r in ratio.items()}
            width = {name: max(one, width["pair"]) for name, one in width.items()}
            both = (width["chip"] ** 2 + width["model"] ** 2 - width["pair"] ** 2) ** 0.5
            units = -known.log_ratio / known.deviation
            width |= {"chip model": both, MEASURED: max(sign * _quantile(observations, units, known.row, targets, share), 0.0)}
            for name, one in width.items():
                band[f"band {metric}", side, name] = sign * one
    return band


def coverage(observations: Observations, value: np.ndarray, rows: np.ndarray | None = None) -> Mapping[str, float]:
    """Share of left-out rows inside a band that was drawn from the other half of the pairs; sources weigh the same.

    ``value`` is log(measured / predicted), in units of its deviation where that differs. The halves take turns; 0.8 is
    what the band promises, and its own pairs would flatter it.
    """
    rows = np.arange(len(value)) if rows is None else rows
    half = {pair: at % 2 for at, pair in enumerate(sorted(set(observations.pair)))}
    second = np.array([half[pair] == 1 for pair in observations.pair[rows]])
    found = {}
    for metric, targets in METRIC_TARGETS.items():
        inside = []
        for drawn, judged in ((second, ~second), (~second, second)):
            low, high = (_quantile(observations, value[drawn], rows[drawn], targets, q) for q in (TAIL, 1.0 - TAIL))
            here, weight = _weighted(observations, value[judged], rows[judged], targets)
            inside.append(float(np.average((min(low, 0.0) <= here) & (here <= max(high, 0.0)), weights=weight)))
        found[metric] = sum(inside) / len(inside)
    return found


def _quantile(observations: Observations, value: np.ndarray, rows: np.ndarray, targets: tuple[str, ...], share: float) -> float:
    """A quantile that holds for the next pair too: half a pair of n of equal weight further out."""
    here, weight = _weighted(observations, value, rows, targets)
    pairs = _pairs_that_count(observations, value, rows, targets)
    outer = (1.0 - TAIL) * (1.0 + 0.5 / pairs)
    return weighted_quantile(here, weight, min(outer, 1.0) if share > 0.5 else max(1.0 - outer, 0.0))


def _pairs_that_count(observations: Observations, value: np.ndarray, rows: np.ndarray, targets: tuple[str, ...]) -> float:
    """Pairs of equal weight that carry as much evidence as these (Kish's effective size)."""
    wanted = observations.used[rows] & np.isin(observations.target[rows], targets) & ~np.isnan(value)
    keys = set(zip(observations.source[rows[wanted]], observations.pair[rows[wanted]]))
    weight = equal_sources([source for source, _ in sorted(keys)])
    return max(float(weight.sum() ** 2 / (weight**2).sum()), 1.0) if len(weight) else 1.0


def _weighted(
    observations: Observations, value: np.ndarray, rows: np.ndarray, targets: tuple[str, ...]
) -> tuple[np.ndarray, list[float]]:
    """Values of a metric, and their weights: sources weigh the same, and pairs of one source."""
    wanted = observations.used[rows] & np.isin(observations.target[rows], targets) & ~np.isnan(value)
    wanted &= np.array([observations.table.relatives[at]["statistic"] != "p99" for at in rows], dtype=bool)
    source, pair = observations.source[rows[wanted]], observations.pair[rows[wanted]]
    pairs_of = {s: len(set(pair[source == s])) for s in set(source)}
    size: dict[tuple[str, str], int] = {}
    for key in zip(source, pair):
        size[key] = size.get(key, 0) + 1
    return value[wanted], [1.0 / pairs_of[s] / size[s, p] for s, p in zip(source, pair)]
