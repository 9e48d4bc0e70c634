"""How good predictions are for what the fit has never seen: cross-validation that leaves whole groups out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.perf.fit.design import Design
from planner.perf.fit.estimate import estimate
from planner.perf.fit.observations import TARGETS, Observations
from planner.perf.sensitivity import log_reported, share_waited

FOLDS = 12
SEED = 0


@dataclass(frozen=True)
class LeftOut:
    """Every row predicted by a fit that saw no row of its group.

    log_ratio     log(predicted / measured)
    field_values  log deviations of the coefficients that it was predicted with (row, field)
    waited        share of the predicted time to first token that is waiting for others
    """

    log_ratio: np.ndarray
    field_values: np.ndarray
    waited: np.ndarray


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


def left_out(observations: Observations, groups: np.ndarray, folds: int = FOLDS, start: np.ndarray | None = None) -> LeftOut:
    """Predictions of every row by fits that leave its group out.

    ``groups`` such as the pair, the accelerator or the model of each row. Fits begin at ``start``: where, changes only
    how long they take.
    """
    names = sorted(set(groups))
    dealt = np.random.default_rng(SEED).permutation(len(names)) % folds
    fold_of = dict(zip(names, dealt))
    fold = np.array([fold_of[name] for name in groups])
    design = Design.of(observations.table.relatives)
    values: list[np.ndarray] = []
    order: list[np.ndarray] = []
    for one in range(folds):
        train = np.flatnonzero((observations.weight > 0.0) & (fold != one))
        test = np.flatnonzero(fold == one)
        order.append(test)
        values.append(design.field_values(estimate(observations, design, train, start), test))
    field_values = np.concatenate(values)[np.argsort(np.concatenate(order))]
    log_ratio = log_reported(observations.table, field_values) - np.log(observations.value)
    return LeftOut(log_ratio, field_values, share_waited(observations.table, field_values))


def errors(observations: Observations, log_ratio: np.ndarray, rows: np.ndarray | None = None) -> tuple[Errors, ...]:
    """Errors per target over the rows in use, tails (p99) left out; ``rows`` where ratios are of some rows only."""
    rows = np.arange(len(log_ratio)) if rows is None else rows
    counted = observations.used[rows] & ~np.isnan(log_ratio)
    counted &= np.array([observations.table.relatives[at]["statistic"] != "p99" for at in rows], dtype=bool)
    return tuple(
        _errors(observations, log_ratio[here], rows[here], name)
        for name in TARGETS
        for here in [np.flatnonzero(counted & (observations.target[rows] == name))]
    )


def _errors(observations: Observations, log_ratio: np.ndarray, rows: np.ndarray, target: str) -> Errors:
    error = np.abs(np.expm1(log_ratio))
    source, pair = observations.source[rows], observations.pair[rows]
    of_pair = pair_medians(source, pair, error)
    sources = [key[0] for key in of_pair]
    pair_weight, row_weight = equal_sources(sources), equal_sources(source)
    return Errors(
        target=target,
        pairs=len(of_pair),
        rows=len(set(rows.tolist())),
        median=weighted_quantile(list(of_pair.values()), pair_weight, 0.5),
        p90=weighted_quantile(list(of_pair.values()), pair_weight, 0.9),
        row_median=weighted_quantile(error, row_weight, 0.5),
        row_p90=weighted_quantile(error, row_weight, 0.9),
    )


def pair_medians(source: Sequence[str], pair: Sequence[str], value: np.ndarray) -> dict[tuple[str, str], float]:
    """The median of ``value`` by (source, pair), in order."""
    rows: dict[tuple[str, str], list[float]] = {}
    for key, one in zip(zip(source, pair), value.tolist()):
        rows.setdefault(key, []).append(one)
    return {key: float(np.median(rows[key])) for key in sorted(rows)}


def equal_sources(source: Sequence[str]) -> np.ndarray:
    """Weights with which every source counts the same."""
    count = Counter(source)
    return np.array([1.0 / count[name] for name in source])


def weighted_quantile(values: Sequence[float], weights: Sequence[float], share: float) -> float:
    """Smallest value below or at which ``share`` of the weight lies; NaN without values."""
    values, weights = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if len(values) == 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(np.searchsorted(reached, share - 1e-12), len(values) - 1)])
