"""What one measured row of a configuration does for the prediction of its other rows."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from planner.perf.fit.observations import Observations
from planner.perf.profiles import log_correction

SEED = 0


def profiled(observations: Observations, log_ratio: np.ndarray) -> np.ndarray:
    """log(predicted / measured) after correction by one other row of the same source, configuration and metric.

    The other row is drawn at random; NaN where there is none.
    """
    table = observations.table
    load = np.where(np.isfinite(table.load), table.load, table.room)
    place = np.log(np.stack([table.input_tokens, table.output_tokens, load], axis=1))
    alike = defaultdict(list)
    for at in np.flatnonzero(observations.used):
        if table.relatives[at]["statistic"] != "p99":
            key = (observations.source[at], observations.target[at], table.replicas[at], table.count[at])
            alike[key].append(at)
    dice = np.random.default_rng(SEED)
    found = np.full(len(log_ratio), np.nan)
    for (_, target, _, _), rows in alike.items():
        metric = "throughput" if target.startswith("throughput") else target
        for at in rows:
            others = [other for other in rows if other != at and (place[other] != place[at]).any()]
            if others:
                other = others[dice.integers(len(others))]
                distance = np.abs(place[[other]] - place[at]).sum(axis=1)
                found[at] = log_ratio[at] + log_correction(metric, distance, -log_ratio[[other]])
    return found
