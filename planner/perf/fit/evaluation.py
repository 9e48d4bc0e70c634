"""The evaluation of the fit as a table: errors of rows that no fit had seen, by source, pair, engine and target."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from planner.perf.fit.observations import TARGETS, Observations
from planner.perf.fit.spread import METRIC_TARGETS, CrossValidation, coverage

EVALUATION_COLUMNS = (
    "basis", "source", "model", "family", "accelerator", "vendor", "engine", "target", "rows", "median_log_ratio",
    "median_error", "worst_error", "coverage",
)  # fmt: skip
#: Bases: by the formula alone; with one measured row of the configuration; and what is left out of both, with its reason.
FORMULA, PROFILED, EXCLUDED = "formula", "one profile", "excluded"
DECIMALS = 4


def evaluation(observations: Observations, validated: CrossValidation) -> list[tuple]:
    """Rows of ``EVALUATION_COLUMNS``.

    One for each source, pair, engine and target, and for each metric one with the share of rows that bands drawn from
    other pairs hold (``coverage``); rows left out of fit and evaluation are counted by source.
    """
    every = np.arange(len(observations.value))
    profiled = validated.profiled
    found = _grouped(observations, FORMULA, validated.pair.log_ratio, every)
    found += _grouped(observations, PROFILED, profiled.log_ratio, profiled.row)
    held = {
        FORMULA: coverage(observations, -validated.pair.log_ratio),
        PROFILED: coverage(observations, -profiled.log_ratio / profiled.deviation, profiled.row),
    }
    for basis, shares in held.items():
        for metric in METRIC_TARGETS:
            found.append((basis, *("",) * 6, metric, *("",) * 4, _text(shares[metric])))
    for source in sorted(set(observations.source)):
        out = int((~observations.used & (observations.source == source)).sum())
        if out:
            found.append((EXCLUDED, source, *("",) * 6, out, *("",) * 4))
    return found


def _grouped(observations: Observations, basis: str, log_ratio: np.ndarray, rows: np.ndarray) -> list[tuple]:
    groups: dict[tuple, list[float]] = defaultdict(list)
    for at, ratio in zip(rows, log_ratio):
        target, relatives = observations.target[at], observations.table.relatives[at]
        if observations.used[at] and target in TARGETS and relatives["statistic"] != "p99":
            model, chip = str(observations.model[at]), str(observations.chip[at])
            key = (str(observations.source[at]), model, family_of(model), chip, relatives["vendor"], relatives["engine"], target)
            groups[key].append(float(ratio))
    return [
        (
            basis, *key, len(ratios), _text(np.median(ratios)), _text(np.median(np.abs(np.expm1(ratios)))),
            _text(np.max(np.abs(np.expm1(ratios)))), "",
        )
        for key, ratios in sorted(groups.items())
    ]  # fmt: skip


def family_of(model: str) -> str:
    """What a model's name begins with, up to its version or size: Llama, Qwen, DeepSeek."""
    letters = ""
    for letter in model:
        if not (letter.isalpha() or (letter == "-" and not letters)):
            break
        letters += letter
    return letters or model


def _text(value: float) -> str:
    return f"{value:.{DECIMALS}f}"
