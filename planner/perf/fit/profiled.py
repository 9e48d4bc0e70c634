"""What one measured run of a configuration does for the prediction of its other runs."""

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
#: Other runs that each row is predicted from, one at a time: with fewer, which ones are drawn decides too much.
DRAWS = 16

Place = tuple[float, float, float, str]
Runs = dict[tuple[Place, int], list[int]]


@dataclass(frozen=True)
class Profiled:
    """Rows predicted with one measured run; a row comes once for each draw.

    row        position in the observations
    log_ratio  log(predicted / measured) after the correction
    deviation  uncertainty that the update leaves, in logarithms
    """

    row: np.ndarray
    log_ratio: np.ndarray
    deviation: np.ndarray


def profiled(observations: Observations, left_out: LeftOut, *, elsewhere: bool = False) -> Profiled:
    """Each row corrected by one other run of the same source and configuration, ``DRAWS`` times at random.

    A run is what a benchmark's file holds: all figures at given lengths and load. ``elsewhere`` draws among runs at other
    lengths or another load only. The formula before the correction has seen no row of the pair (``left_out``).
    """
    drawn = list(_drawn(observations, elsewhere))
    places = places_of(observations.table, left_out.field_values, {})
    shift, deviation = np.empty(len(drawn)), np.empty(len(drawn))
    for at, (row, run) in enumerate(drawn):
        figures = {places.metric[one]: one for one in reversed(run)}  # total and generated tokens are one figure
        known = np.array(sorted(figures.values()))
        evidence = Evidence(places.select(known), -left_out.log_ratio[known])
        (shift[at],), (deviation[at],) = evidence.shift(places.select(np.array([row])))
    rows = np.array([row for row, _ in drawn], dtype=int)
    return Profiled(rows, left_out.log_ratio[rows] + shift, deviation)


def _drawn(observations: Observations, elsewhere: bool) -> Iterator[tuple[int, list[int]]]:
    """(row, rows of another run)."""
    dice = np.random.default_rng(SEED)
    for runs in _runs(observations):
        for own, rows in runs.items():
            others = [run for run in runs if run != own and not (elsewhere and run[0] == own[0])]
            for row in rows if others else ():
                for chosen in dice.permutation(len(others))[:DRAWS]:
                    yield row, runs[others[chosen]]


def _runs(observations: Observations) -> list[Runs]:
    """Rows by run, for each source and configuration; a metric that comes again at a place is another run."""
    table = observations.table
    load = np.where(np.isfinite(table.load), table.load, table.room)
    places = list(zip(table.input_tokens.tolist(), table.output_tokens.tolist(), load.tolist(), table.kind.tolist()))
    found: dict[tuple, Runs] = defaultdict(lambda: defaultdict(list))
    repeats: dict[tuple, int] = defaultdict(int)
    for at in np.flatnonzero(observations.used & (observations.target != "other")).tolist():
        statistic = table.relatives[at]["statistic"]
        if statistic == "p99":
            continue
        configuration = observations.source[at], table.replicas[at], table.count[at]
        figure = (configuration, places[at], table.metric[at], statistic)
        found[configuration][places[at], repeats[figure]].append(at)
        repeats[figure] += 1
    return list(found.values())
