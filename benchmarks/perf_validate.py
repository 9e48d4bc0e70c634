"""Prints how good predictions are for what the fit never saw: python -m benchmarks.perf_validate CALIBRATION.csv."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from planner.perf.coefficients import EDITIONS
from planner.perf.fit.design import Design
from planner.perf.fit.estimate import estimate
from planner.perf.fit.facts import facts
from planner.perf.fit.observations import TARGETS, Observations, read_observations
from planner.perf.fit.profiled import informed, profiled
from planner.perf.fit.spread import coverage, coverage_measured
from planner.perf.fit.validate import Errors, errors, left_out, pair_medians

#: What the errors are to reach: (median, 90th percentile, median with one measured profile); None: no aim.
AIMS = {"throughput_full": (0.12, 0.60, 0.06), "tpot": (0.20, 0.50, 0.10), "ttft": (0.35, None, 0.22)}


def main() -> None:
    """Leave whole pairs out, then allow one measured run of each configuration, and print both."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("calibration", type=Path)
    asked.add_argument("--catalog", type=Path, default=max(path.parent for path in EDITIONS.glob("*/models.csv")))
    asked.add_argument("--folds", type=int, default=12, help="parts that pairs are left out in")
    options = asked.parse_args()
    observations = read_observations(options.calibration, *facts(options.catalog))
    design = Design.of(observations.table.relatives)
    start = estimate(observations, design, np.flatnonzero(observations.weight > 0.0))
    found = left_out(observations, observations.pair, options.folds, start)
    known, elsewhere = profiled(observations, found), profiled(observations, found, elsewhere=True)
    print("Model-accelerator pairs never seen in the fit; absolute relative errors, sources weighted equally")
    _print(errors(observations, found.log_ratio), 0)
    print("\nThe same with one measured run of the configuration")
    _print(errors(observations, known.log_ratio, known.row), 2)
    print("\nThe same with one measured run at another length or load")
    _print(errors(observations, elsewhere.log_ratio, elsewhere.row), 2)
    others = informed(observations, found)
    print("\nThe same with all measured runs at other lengths or loads")
    _print(errors(observations, others.log_ratio, others.row), 2)
    print("\nShare inside the 80 % band, each half of the pairs judged by the other's")
    _print_shares("formula", coverage(observations, found))
    _print_shares("with one profile", coverage_measured(observations, known))
    print("\nMedian error by source")
    _print_sources(observations, found.log_ratio)
    print(f"\nRows {len(observations.value)}, used {int(np.count_nonzero(observations.used))}")


def _print(found: tuple[Errors, ...], aim: int) -> None:
    print(f"{'target':18s}{'pairs':>6s}{'median':>9s}{'aim':>7s}{'p90':>8s}{'aim':>7s}{'rows':>7s}{'median':>9s}{'p90':>8s}")
    for one in found:
        aims = AIMS.get(one.target, (None, None, None))
        p90_aim = aims[1] if aim == 0 else None
        pairs = f"{one.target:18s}{one.pairs:6d}{one.median:9.3f}{_cell(aims[aim])}{one.p90:8.2f}{_cell(p90_aim)}"
        print(f"{pairs}{one.rows:7d}{one.row_median:9.3f}{one.row_p90:8.2f}")


def _cell(aim: float | None) -> str:
    return f"{aim:7.2f}" if aim is not None else " " * 7


def _print_shares(name: str, shares: Mapping[str, float]) -> None:
    print(f"{name:18s}" + "  ".join(f"{metric} {share:.3f}" for metric, share in shares.items()))


def _print_sources(observations: Observations, log_ratio: np.ndarray) -> None:
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for target in TARGETS:
        rows = np.flatnonzero(observations.used & (observations.target == target))
        error = np.abs(np.expm1(log_ratio[rows]))
        for (source, _), median in pair_medians(observations.source[rows], observations.pair[rows], error).items():
            found[source][target].append(median)
    print(f"{'':66s}" + "".join(f"{target:>18s}" for target in TARGETS))
    for source, medians in sorted(found.items()):
        cells = (f"{np.median(medians[t]):.2f} ({len(medians[t])})" if medians[t] else "" for t in TARGETS)
        print(f"{source:66s}" + "".join(f"{cell:>18s}" for cell in cells))


if __name__ == "__main__":
    main()
