"""Fits the performance model: python -m planner.perf.fit CALIBRATION.csv OUT.csv [--catalog EDITION]."""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner.perf.coefficients import COLUMNS, FIELDS
from planner.perf.fit.design import Design
from planner.perf.fit.estimate import estimate
from planner.perf.fit.facts import facts
from planner.perf.fit.observations import Observations, read_observations
from planner.perf.fit.spread import spreads
from planner.perf.relatives import relatives, version_of

EDITION = Path(__file__).parents[2] / "catalog" / "editions" / "2026-11"
#: Deviations smaller than this, in logarithms, change no prediction that anyone could see.
LEAST = 5e-4
#: Groups whose levels name a version.
VERSIONED = ("stack", "version", "version weights")
DECIMALS = 4


def main(argv: list[str] | None = None) -> None:
    """Read, fit, cross-validate for the band, write; the same input gives the same bytes."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("calibration", type=Path)
    asked.add_argument("out", type=Path)
    asked.add_argument("--catalog", type=Path, default=EDITION, help="folder with models.csv and accelerators.csv")
    asked.add_argument("--as-of", default="2026-11")
    options = asked.parse_args(argv)
    observations = read_observations(options.calibration, *facts(options.catalog))
    digest = hashlib.sha256(options.calibration.read_bytes()).hexdigest()[:12]
    source = f"{options.calibration.name} sha256:{digest}"
    rows = fitted_rows(observations)
    with options.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*row, "derived", source, options.as_of) for row in rows)


def fitted_rows(observations: Observations) -> list[tuple]:
    """(field, group, level, log value, rows, pairs) of every deviation that matters, and of the bands."""
    design = Design.of(observations.table.relatives)
    values = estimate(observations, design, np.flatnonzero(observations.weight > 0.0))
    rows_of, pairs_of = _evidence(observations)
    found = []
    for (field, group, level), value in sorted(zip(design.names, values)):
        if abs(value) >= LEAST:
            key = (group, level)
            found.append((field, group, level, f"{value:.{DECIMALS}f}", rows_of[key], pairs_of[key]))
    found += _latest(observations, dict(zip(design.names, values)))
    pairs = len(set(observations.pair[observations.used]))
    for (field, side, novelty), value in sorted(spreads(observations).items()):
        found.append((field, side, novelty, f"{value:.{DECIMALS}f}", int(observations.used.sum()), pairs))
    return found


def _latest(observations: Observations, value_of: dict[tuple[str, str, str], float]) -> list[tuple]:
    """What a version that nobody measured leans on: the mean of its engine's versions of the present design.

    Versions weigh by the pairs they were measured on, with one pair's weight on no deviation at all.
    """
    pairs: dict = defaultdict(lambda: defaultdict(set))
    for replica, groups, pair, used in zip(
        observations.table.replicas, observations.table.relatives, observations.pair, observations.used
    ):
        if used and version_of(replica)[1] == "current":
            newest = relatives(replace(replica, engine=replace(replica.engine, version=None)))
            for group in VERSIONED:
                pairs[group, newest[group]][groups[group]].add(pair)
    found = []
    for (group, newest), levels in sorted(pairs.items()):
        weight = {level: len(on) for level, on in levels.items()}
        for field in FIELDS:
            total = sum(weight[level] * value_of.get((field, group, level), 0.0) for level in sorted(weight))
            mean = total / (sum(weight.values()) + 1.0)
            if abs(mean) >= LEAST:
                on = set().union(*levels.values())
                found.append((field, group, newest, f"{mean:.{DECIMALS}f}", 0, len(on)))
    return found


def _evidence(observations: Observations) -> tuple[dict, dict]:
    """Rows and pairs in use by (group, level)."""
    rows: dict = defaultdict(int)
    pairs: dict = defaultdict(set)
    for groups, pair, used in zip(observations.table.relatives, observations.pair, observations.used):
        if used:
            for key in (("all", ""), *groups.items()):
                rows[key] += 1
                pairs[key].add(pair)
    return rows, {key: len(found) for key, found in pairs.items()}


if __name__ == "__main__":
    main()
