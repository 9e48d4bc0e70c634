"""Fits the performance model: python -m planner.perf.fit CALIBRATION.csv OUT.csv [--catalog EDITION] [--as-of MONTH]."""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections import defaultdict
from pathlib import Path

import numpy as np

from planner.perf.coefficients import COLUMNS
from planner.perf.fit.design import Design
from planner.perf.fit.estimate import estimate
from planner.perf.fit.facts import facts
from planner.perf.fit.observations import Observations, read_observations
from planner.perf.fit.spread import spreads

EDITION = Path(__file__).parents[2] / "catalog" / "editions" / "2026-11"
#: Deviations smaller than this, in logarithms, change no prediction that anyone could see.
LEAST = 5e-4
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
    pairs = len(set(observations.pair[observations.used]))
    for (field, side, novelty), value in sorted(spreads(observations).items()):
        found.append((field, side, novelty, f"{value:.{DECIMALS}f}", int(observations.used.sum()), pairs))
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
