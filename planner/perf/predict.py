"""Predicts a table of configurations and loads row by row, as a benchmark would report it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from planner.perf.cases import COLUMNS, Cases, cases
from planner.perf.coefficients import Coefficients, efficiencies, shipped
from planner.perf.profiles import NEAR, left_of_band, log_correction
from planner.perf.replica import Architecture, Chip
from planner.perf.reported import reported

#: Columns that say which configuration a row is of; the others say what was asked of it.
CONFIGURATION = COLUMNS[:9]


def predict_rows(
    columns: Mapping[str, Sequence[Any]],
    models: Mapping[str, Architecture],
    chips: Mapping[str, Chip],
    *,
    measured: Mapping[str, Sequence[Any]] | None = None,
    table: Coefficients | None = None,
) -> dict[str, list[Any]]:
    """Columns predicted, low, high, basis and reason, in the order of the rows.

    columns   model, gpu, n_gpu, tp, pp, engine, engine_version, weight_precision, kv_precision, isl, osl,
              concurrency_or_max (a number, ``max`` or ``qps:RATE``) and metric (output_tok_s_total, total_tok_s,
              ttft_ms, tpot_ms or itl_ms, with _mean, _p50 or _p99); blank cells are None, NaN or ""
    measured  the user's own results: the same columns and ``value``; they override the formula for their
              configuration, the more the nearer
    low, high hold the true value in 80 % of cases. A row that cannot be predicted has None and says why in
    ``reason``; elsewhere ``reason`` names what had to be assumed.
    """
    coefficients = shipped() if table is None else table
    found = cases(columns, models, chips)
    count = len(columns["model"])
    out: dict[str, list[Any]] = {name: [None] * count for name in ("predicted", "low", "high", "basis", "reason")}
    for at, reason in found.refused.items():
        out["basis"][at], out["reason"][at] = "none", reason
    if not len(found.at):
        return out
    value = reported(found, efficiencies(found.relatives, coefficients))
    basis = ["modelled"] * len(value)
    if measured is not None and len(measured["value"]):
        value, basis = _corrected(value, found, columns, measured, models, chips, coefficients)
    low, high = _bands(found, basis, coefficients)
    for row, at in enumerate(found.at.tolist()):
        out["predicted"][at] = float(value[row])
        out["low"][at], out["high"][at] = float(value[row] * low[row]), float(value[row] * high[row])
        out["basis"][at], out["reason"][at] = basis[row], _reason(found, row, coefficients)
    return out


def _reason(found: Cases, row: int, coefficients: Coefficients) -> str:
    """What had to be assumed for a row."""
    groups, note = found.relatives[row], found.notes[row]
    if not coefficients.never_ran(groups):
        return note
    unknown = f"no measurement of engine {groups['engine']!r}: predicted as any engine"
    return f"{note}; {unknown}" if note else unknown


def metric_names(found: Cases) -> np.ndarray:
    """throughput, ttft or tpot of each row; total tokens per second count as throughput."""
    return np.where(found.metric == "total", "throughput", found.metric)


def _corrected(value, found: Cases, columns, measured, models, chips, coefficients) -> tuple[np.ndarray, list[str]]:
    """Values multiplied with what measured rows of the same configuration and metric say."""
    own = cases(measured, models, chips)
    modelled = reported(own, efficiencies(own.relatives, coefficients))
    ratio = np.log(np.array([float(measured["value"][at]) for at in own.at]) / modelled)
    rows_of = defaultdict(list)
    for row, key in enumerate(_keys(own, measured)):
        rows_of[key].append(row)
    here, there = _places(found), _places(own)
    value, basis = value.copy(), ["modelled"] * len(value)
    for row, key in enumerate(_keys(found, columns)):
        rows = rows_of.get(key)
        if rows:
            distance = np.abs(there[rows] - here[row]).sum(axis=1)
            value[row] *= np.exp(log_correction(key[-1], distance, ratio[rows]))
            basis[row] = "measured" if distance.min() <= NEAR else "interpolated"
    return value, basis


def _keys(found: Cases, columns: Mapping[str, Sequence[Any]]) -> list[tuple[str, ...]]:
    names = metric_names(found)
    return [
        (*(str(columns[name][at]) for name in CONFIGURATION), names[row]) for row, at in enumerate(found.at.tolist())
    ]


def _places(found: Cases) -> np.ndarray:
    load = np.where(np.isfinite(found.load), found.load, found.room)
    return np.log(np.stack([found.input_tokens, found.output_tokens, load], axis=1))


def _bands(found: Cases, basis: list[str], coefficients: Coefficients) -> tuple[np.ndarray, np.ndarray]:
    known: dict[tuple[str, ...], Any] = {}
    low, high = np.empty(len(basis)), np.empty(len(basis))
    names = metric_names(found)
    for row, groups in enumerate(found.relatives):
        key = (groups["chip"], groups["model"], groups["engine"])
        if key not in known:
            known[key] = coefficients.band(groups)
        left = left_of_band(basis[row])
        low[row], high[row] = (side**left for side in getattr(known[key], names[row]))
    return low, high
