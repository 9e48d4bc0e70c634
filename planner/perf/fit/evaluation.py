"""The evaluation of the fit as a table: errors of rows that no fit had seen, by source, pair, engine and target."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from planner.perf.fit.observations import TARGETS, Observations
from planner.perf.fit.spread import CrossValidation, coverage, coverage_measured
from planner.perf.fit.validate import equal_sources, errors, pair_medians, weighted_quantile
from planner.perf.memory import memory_use

EVALUATION_COLUMNS = (
    "basis", "source", "model", "family", "accelerator", "vendor", "engine", "target", "pairs", "rows", "median_log_ratio",
    "median_error", "p90_error", "coverage",
)  # fmt: skip
#: Blank cells of a row that speaks of all sources, models, accelerators and engines.
ALL = ("",) * 6
#: Bases: by the formula alone; with one measured run of the configuration, any or at another place; with all at other places;
#: rows left out of all; and configurations that ran (rows), and those of them predicted to fit in memory (pairs).
FORMULA, PROFILED, ELSEWHERE, INFORMED = "formula", "one profile", "one profile elsewhere", "all profiles elsewhere"
EXCLUDED, MEMORY = "excluded", "memory"
DECIMALS = 4


def evaluation(observations: Observations, validated: CrossValidation) -> list[tuple]:
    """Rows of ``EVALUATION_COLUMNS``.

    One for each source, pair, engine and target; one for each target over all of them, where every source weighs the
    same and figures are over pairs' medians; one for each metric with the share of rows that bands drawn from other pairs
    hold (``coverage``); and one for each source with the rows that were left out.
    """
    every = np.arange(len(observations.value))
    profiled, elsewhere, informed = validated.profiled, validated.elsewhere, validated.informed
    found = _grouped(observations, FORMULA, validated.pair.log_ratio, every)
    found += _grouped(observations, PROFILED, profiled.log_ratio, profiled.row)
    found += _grouped(observations, ELSEWHERE, elsewhere.log_ratio, elsewhere.row)
    found += _grouped(observations, INFORMED, informed.log_ratio, informed.row)
    found += _overall(observations, FORMULA, validated.pair.log_ratio, every)
    found += _overall(observations, PROFILED, profiled.log_ratio, profiled.row)
    found += _overall(observations, ELSEWHERE, elsewhere.log_ratio, elsewhere.row)
    found += _overall(observations, INFORMED, informed.log_ratio, informed.row)
    held = {
        FORMULA: coverage(observations, validated.pair),
        PROFILED: coverage_measured(observations, profiled),
    }
    for basis, shares in held.items():
        found += [(basis, *ALL, metric, *("",) * 5, _text(share)) for metric, share in shares.items()]
    for source in sorted(set(observations.source)):
        out = int((~observations.used & (observations.source == source)).sum())
        if out:
            found.append((EXCLUDED, source, *("",) * 7, out, *("",) * 4))
    return found + _memory(observations)


def _memory(observations: Observations) -> list[tuple]:
    """Distinct configurations that ran, and how many of them are predicted to fit, by source; misfits by name."""
    ran = sorted({(str(source), replica.architecture.name, replica.chip.name, memory_use(replica).fits, str(replica))
                  for source, replica in zip(observations.source, observations.table.replicas)})  # fmt: skip
    found = []
    for source in sorted({one[0] for one in ran}):
        here = [one for one in ran if one[0] == source]
        fitting = sum(one[3] for one in here)
        found.append((MEMORY, source, *("",) * 6, fitting, len(here), *("",) * 4))
    misfits = sorted({(source, model, chip) for source, model, chip, fits, _ in ran if not fits})
    return found + [(MEMORY, source, model, "", chip, *("",) * 3, 0, 1, *("",) * 4) for source, model, chip in misfits]


def _grouped(observations: Observations, basis: str, log_ratio: np.ndarray, rows: np.ndarray) -> list[tuple]:
    groups: dict[tuple, list[float]] = defaultdict(list)
    for at, ratio in zip(rows, log_ratio):
        target, relatives = observations.target[at], observations.table.relatives[at]
        if observations.used[at] and target in TARGETS and relatives["statistic"] != "p99":
            model, chip = str(observations.model[at]), str(observations.chip[at])
            key = (str(observations.source[at]), model, family_of(model), chip, relatives["vendor"], relatives["engine"], target)
            groups[key].append(float(ratio))
    return [(basis, *key, 1, len(ratios), *_quantiles(ratios), "") for key, ratios in sorted(groups.items())]


def _quantiles(ratios: list[float]) -> tuple[str, str, str]:
    error = np.abs(np.expm1(ratios))
    return _text(np.median(ratios)), _text(np.median(error)), _text(np.quantile(error, 0.9))


def _overall(observations: Observations, basis: str, log_ratio: np.ndarray, rows: np.ndarray) -> list[tuple]:
    counted = np.array([observations.table.relatives[at]["statistic"] != "p99" for at in rows], dtype=bool) & observations.used[rows]
    found = []
    for one in errors(observations, log_ratio, rows):
        here = counted & (observations.target[rows] == one.target)
        source, pair = observations.source[rows[here]], observations.pair[rows[here]]
        bias = pair_medians(source, pair, log_ratio[here])
        middle = weighted_quantile(list(bias.values()), equal_sources([key[0] for key in bias]), 0.5)
        found.append((basis, *ALL, one.target, one.pairs, one.rows, _text(middle), _text(one.median), _text(one.p90), ""))
    return found


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
