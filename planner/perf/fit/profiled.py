"""What one measured row of a configuration does for the prediction of its other rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.perf.evidence import Evidence
from planner.perf.fit.observations import Observations
from planner.perf.fit.validate import LeftOut
from planner.perf.predict import places_of

SEED = 0
#: Other rows that each row is predicted from, one at a time: which one is drawn decides too much.
DRAWS = 4


@dataclass(frozen=True)
class Profiled:
    """Rows predicted with one measured row; a row comes once for each draw.

    row        position in the observations
    log_ratio  log(predicted / measured) after the correction
    deviation  uncertainty that the update leaves, in logarithms
    """

    row: np.ndarray
    log_ratio: np.ndarray
    deviation: np.ndarray


def profiled(observations: Observations, left_out: LeftOut) -> Profiled:
    """Each row corrected by one other row of the same source, configuration and metric, ``DRAWS`` times at random.

    The formula before the correction has seen no row of the pair (``left_out``).
    """
    rows, others = (np.array(side, dtype=int) for side in zip(*_drawn(observations)))
    places = places_of(observations.table, left_out.field_values, {})
    shift, deviation = np.empty(len(rows)), np.empty(len(rows))
    for at, (row, other) in enumerate(zip(rows, others)):
        known = np.array([other])
        evidence = Evidence(places.select(known), -left_out.log_ratio[known])
        (shift[at],), (deviation[at],) = evidence.shift(places.select(np.array([row])))
    return Profiled(rows, left_out.log_ratio[rows] + shift, deviation)


def _drawn(observations: Observations) -> Iterator[tuple[int, int]]:
    """(row, measured row) whose lengths or loads differ."""
    table = observations.table
    load = np.where(np.isfinite(table.load), table.load, table.room)
    place = np.stack([table.input_tokens, table.output_tokens, load], axis=1)
    alike = defaultdict(list)
    for at in np.flatnonzero(observations.used):
        if table.relatives[at]["statistic"] != "p99":
            alike[observations.source[at], observations.target[at], table.replicas[at], table.count[at]].append(at)
    dice = np.random.default_rng(SEED)
    for (_, target, *_), rows in alike.items():
        for at in rows if target != "other" else ():
            others = [other for other in rows if (place[other] != place[at]).any()]
            for chosen in dice.permutation(len(others))[:DRAWS]:
                yield int(at), int(others[chosen])
