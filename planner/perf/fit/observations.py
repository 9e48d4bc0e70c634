"""Measurements as the fit uses them: which rows count, for what, and how much."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from planner.perf.cases import COLUMNS, LATENCIES, Cases, cases
from planner.perf.fit.peaks import beyond_peaks
from planner.perf.memory import memory_use
from planner.perf.replica import Architecture, Chip
from planner.units import MS_PER_SECOND

#: What is predicted: throughput with everything queued, throughput and latencies at a given number of requests.
TARGETS = ("throughput_full", "throughput", "tpot", "ttft")
#: Weight of a row by what it measures; other rows (open loads) mix service with waiting.
TARGET_WEIGHT = {"throughput_full": 1.0, "throughput": 0.6, "tpot": 1.0, "ttft": 2.5, "other": 0.1}
#: A 99th percentile says less about the mean than a median does.
TAIL_WEIGHT = 0.2
#: Rows of one source, pair and target beyond this many add nothing new and are thinned evenly.
MOST_ROWS = 16
#: Rows of one pair share their error, and so do pairs of one source: weight falls with their number to these powers.
ROW_POWER, PAIR_POWER = 0.8, 0.3
#: Mean weight of a row: how much of a row's evidence is its own (the rest it shares with its neighbours).
MEAN_WEIGHT = 0.24
#: A row whose throughput and latencies imply this many times more or fewer requests than stated contradicts itself.
CONTRADICTION = 2.0


@dataclass(frozen=True)
class Observations:
    """Rows of a table of measurements; arrays are aligned with ``table``.

    value   what was measured, in the metric's unit
    used    whether the row takes part in fit and report; ``weight`` counts in the fit (0 where thinned out)
    """

    table: Cases
    value: np.ndarray
    source: np.ndarray
    model: np.ndarray
    chip: np.ndarray
    target: np.ndarray
    used: np.ndarray
    weight: np.ndarray

    @property
    def pair(self) -> np.ndarray:
        return np.array([f"{m} on {c}" for m, c in zip(self.model, self.chip)], dtype=object)


def read_observations(path: Path, models: Mapping[str, Architecture], chips: Mapping[str, Chip]) -> Observations:
    """Read a table with the columns of ``cases`` and ``source``, ``value``, ``notes``; raises OSError."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = cases({name: [row[name] for row in rows] for name in COLUMNS}, models, chips)
    kept = [rows[at] for at in table.at]
    column = {name: np.array([row[name] for row in kept], dtype=object) for name in ("source", "model", "gpu", "notes")}
    value = np.array([float(row["value"]) for row in kept])
    target = _targets(table)
    keys = [tuple(row[name] for name in ("source", *COLUMNS) if name != "metric") for row in kept]
    used = _usable(table, column["notes"], value) & ~_contradicting(table, value, keys) & ~beyond_peaks(table, value, keys)
    found = Observations(table, value, column["source"], column["model"], column["gpu"], target, used, np.zeros(0))
    return replace(found, weight=_weights(found))


def _targets(table: Cases) -> np.ndarray:
    flow = np.isin(table.metric, ("throughput", "total"))
    closed = table.kind == "closed"
    return np.select(
        [flow & (table.kind == "full"), flow & closed, *(closed & (table.metric == name) for name in TARGETS[2:])],
        np.array(TARGETS, dtype=object),
        "other",
    )


def _usable(table: Cases, notes: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Not rows beyond physical limits or memory, nor latencies of a full queue, nor an open load's own rate."""
    fits = np.array([memory_use(replica).fits for replica in table.replicas], dtype=bool)
    sound = np.array(["SUSPECT" not in note for note in notes], dtype=bool)
    given = (table.kind == "open") & ~np.isin(table.metric, LATENCIES)
    return fits & sound & ~table.queued & ~given & (value > 0.0)


def _contradicting(table: Cases, value: np.ndarray, keys: list[tuple]) -> np.ndarray:
    """Rows of a closed load whose throughput and latencies cannot both be true (Little's law)."""
    seen = _seen(table, value, keys)
    wrong = np.zeros(len(keys), dtype=bool)
    for at, key in enumerate(keys):
        found = seen[key]
        if table.kind[at] != "closed" or not {"throughput", "ttft", "tpot"} <= set(found):
            continue
        output = table.output_tokens[at]
        stay_s = (found["ttft"] + output * found["tpot"]) / MS_PER_SECOND
        implied = found["throughput"] / output * stay_s / (table.load[at] * table.count[at])
        wrong[at] = not 1.0 / CONTRADICTION <= implied <= CONTRADICTION
    return wrong


def _seen(table: Cases, value: np.ndarray, keys: list[tuple]) -> dict[tuple, dict[str, float]]:
    """The median of each metric, tails left out, of the rows of one run."""
    seen: dict[tuple, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for key, metric, groups, measured in zip(keys, table.metric, table.relatives, value):
        if groups["statistic"] != "p99":
            seen[key][metric].append(measured)
    return defaultdict(dict, {k: {m: float(np.median(v)) for m, v in found.items()} for k, found in seen.items()})


def _weights(found: Observations) -> np.ndarray:
    group = list(zip(found.source, found.target, found.pair))
    rank, size = _evenly_ranked(group, found.used), Counter(g for g, used in zip(group, found.used) if used)
    pairs = Counter((source, target) for source, target, _ in size)
    weight = np.zeros(len(group))
    for at, key in enumerate(group):
        if not found.used[at] or rank[at] >= MOST_ROWS:
            continue
        weight[at] = TARGET_WEIGHT[key[1]] * min(size[key], MOST_ROWS) ** -ROW_POWER * pairs[key[:2]] ** -PAIR_POWER
        if found.table.relatives[at]["statistic"] == "p99":
            weight[at] *= TAIL_WEIGHT
    return weight * MEAN_WEIGHT / weight[weight > 0.0].mean() if weight.any() else weight


def _evenly_ranked(group: list, used: np.ndarray) -> np.ndarray:
    """Order in which a group's rows are taken, so that the first few lie evenly over the table."""
    members: dict = defaultdict(list)
    for at, key in enumerate(group):
        if used[at]:
            members[key].append(at)
    rank = np.full(len(group), np.iinfo(int).max)
    for rows in members.values():
        golden = np.argsort((np.arange(len(rows)) * 0.6180339887498949) % 1.0, kind="stable")
        rank[np.array(rows)[golden]] = np.arange(len(rows))
    return rank
