"""Prints how good predictions are for what the fit never saw: python -m benchmarks.perf_validate CALIBRATION.csv."""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from planner.perf.fit.__main__ import EDITION
from planner.perf.fit.facts import facts
from planner.perf.fit.observations import TARGETS, Observations, read_observations
from planner.perf.fit.profiled import profiled
from planner.perf.fit.spread import coverage
from planner.perf.fit.validate import Errors, errors, left_out

#: What the errors are to reach: (median, 90th percentile, median with one measured profile); None: no aim.
AIMS = {"throughput_full": (0.12, 0.60, 0.06), "tpot": (0.20, 0.50, 0.10), "ttft": (0.35, None, 0.22)}


def main() -> None:
    """Leave whole pairs out, then allow one measured row of each configuration, and print both."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("calibration", type=Path)
    asked.add_argument("--catalog", type=Path, default=EDITION)
    options = asked.parse_args()
    observations = read_observations(options.calibration, *facts(options.catalog))
    ratio = left_out(observations, observations.pair)
    print("Model-accelerator pairs never seen in the fit; absolute relative errors, sources weighted equally")
    _print(errors(observations, ratio), 0)
    print("\nThe same with one measured row of the configuration at another load or length")
    _print(errors(observations, profiled(observations, ratio)), 2)
    print("\nShare inside the 80 % band, each half of the pairs judged by the other's")
    print("  ".join(f"{metric} {share:.2f}" for metric, share in coverage(observations, ratio).items()))
    print("\nBy source (pairs, median)")
    by_source = defaultdict(dict)
    for one in errors(observations, ratio):
        for source, pairs, median in one.by_source:
            by_source[source][one.target] = f"{median:.2f} ({pairs})"
    print(f"{'':66s}" + "".join(f"{target:>18s}" for target in TARGETS))
    for source, found in sorted(by_source.items()):
        print(f"{source:66s}" + "".join(f"{found.get(target, ''):>18s}" for target in TARGETS))
    print(f"\nRows {len(observations.value)}, used {_count(observations)}")


def _print(found: tuple[Errors, ...], aim: int) -> None:
    print(f"{'target':18s}{'pairs':>6s}{'median':>9s}{'aim':>7s}{'p90':>8s}{'aim':>7s}", end="")
    print(f"{'rows':>7s}{'median':>9s}{'p90':>8s}")
    for one in found:
        aims = AIMS.get(one.target, (None, None, None))
        median_aim, p90_aim = aims[aim], aims[1] if aim == 0 else None
        pairs = f"{one.target:18s}{one.pairs:6d}{one.median:9.3f}{_cell(median_aim)}{one.p90:8.2f}{_cell(p90_aim)}"
        print(f"{pairs}{one.rows:7d}{one.row_median:9.3f}{one.row_p90:8.2f}")


def _cell(aim: float | None) -> str:
    return f"{aim:7.2f}" if aim is not None else " " * 7


def _count(observations: Observations) -> int:
    return int(np.count_nonzero(observations.used))


if __name__ == "__main__":
    main()
