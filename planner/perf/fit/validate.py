"""How good predictions are for what the fit has never seen: cross-validation that leaves whole groups out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.perf.fit.design import Design
from planner.perf.fit.estimate import estimate, log_reported
from planner.perf.fit.observations import TARGETS, Observations

FOLDS = 8
SEED = 0


@dataclass(frozen=True)
class Errors:
    """Absolute relative errors |predicted / measured - 1| of one target; every source weighs the same.

    median, p90       over model-accelerator pairs, of each pair's median error
    row_median, row_p90  over rows
    """

    target: str
    pairs: int
    rows: int
    median: float
    p90: float
    row_median: float
    row_p90: float
    by_source: tuple[tuple[str, int, float], ...]


def left_out(observations: Observations, groups: np.ndarray, folds: int = FOLDS) -> np.ndarray:
    """log(predicted / measured) of every row, each predicted by a fit that saw no row of its group.

    ``groups`` such as the pair, the accelerator or the model of each row.
    """
    names = sorted(set(groups))
    dealt = np.random.default_rng(SEED).permutation(len(names)) % folds
    fold_of = dict(zip(names, dealt))
    fold = np.array([fold_of[name] for name in groups])
    design = Design.of(observations.table.relatives)
    ratio = np.full(len(groups), np.nan)
    for one in range(folds):
        train = np.flatnonzero((observations.weight > 0.0) & (fold != one))
        test = np.flatnonzero(fold == one)
        found = estimate(observations, design, train)
        predicted = log_reported(observations, test, design.field_values(found, test))
        ratio[test] = predicted - np.log(observations.value[test])
    return ratio


def errors(observations: Observations, log_ratio: np.ndarray) -> tuple[Errors, ...]:
    """Errors per target over the rows in use, tails (p99) left out."""
    counted = observations.used & ~np.isnan(log_ratio)
    counted &= np.array([groups["statistic"] != "p99" for groups in observations.table.relatives])
    return tuple(_errors(observations, log_ratio, name, counted & (observations.target == name)) for name in TARGETS)


def _errors(observations: Observations, log_ratio: np.ndarray, target: str, rows: np.ndarray) -> Errors:
    error = np.abs(np.expm1(log_ratio[rows]))
    source, pair = observations.source[rows], observations.pair[rows]
    keys = sorted(set(zip(source, pair)))
    medians = np.array([np.median(error[(source == s) & (pair == p)]) for s, p in keys])
    of_pair = np.array([s for s, _ in keys], dtype=object)
    by_source = tuple(
        (str(s), int((of_pair == s).sum()), float(np.median(medians[of_pair == s]))) for s in sorted(set(source))
    )
    pair_weight, row_weight = _equal_sources(of_pair), _equal_sources(source)
    return Errors(
        target=target,
        pairs=len(keys),
        rows=int(rows.sum()),
        median=weighted_quantile(medians, pair_weight, 0.5),
        p90=weighted_quantile(medians, pair_weight, 0.9),
        row_median=weighted_quantile(error, row_weight, 0.5),
        row_p90=weighted_quantile(error, row_weight, 0.9),
        by_source=by_source,
    )


def _equal_sources(source: np.ndarray) -> np.ndarray:
    count = {name: int((source == name).sum()) for name in set(source)}
    return np.array([1.0 / count[name] for name in source])


def weighted_quantile(values: Sequence[float], weights: Sequence[float], share: float) -> float:
    """Smallest value below or at which ``share`` of the weight lies; NaN without values."""
    values, weights = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if len(values) == 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(np.searchsorted(reached, share - 1e-12), len(values) - 1)])
