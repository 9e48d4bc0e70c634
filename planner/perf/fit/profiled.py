"""What measured runs of a configuration do for the prediction of its other runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
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
    """Rows predicted with measured runs; a row comes once for each draw.

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
    return _corrected(observations, left_out, _drawn(observations, elsewhere))


def informed(observations: Observations, left_out: LeftOut) -> Profiled:
    """Each row corrected by all runs of its configuration at other lengths or another load at once: what more runs add."""
    return _corrected(observations, left_out, _others(observations))


def _corrected(observations: Observations, left_out: LeftOut, pairs: Iterable[tuple[list[int], list[int]]]) -> Profiled:
    """Rows corrected by rows; ``pairs`` are (rows, rows that are known)."""
    places = places_of(observations.table, left_out.field_values, {})
    rows: list[int] = []
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for wanted, known in pairs:
        evidence = Evidence.of(places.select(np.array(known)), -left_out.log_ratio[known])
        found.append(evidence.shift(places.select(np.array(wanted))))
        rows += wanted
    shift, deviation = (np.concatenate(part) for part in zip(*found)) if found else (np.zeros(0), np.zeros(0))
    at = np.array(rows, dtype=int)
    return Profiled(at, left_out.log_ratio[at] + shift, deviation)


def _drawn(observations: Observations, elsewhere: bool) -> Iterator[tuple[list[int], list[int]]]:
    """(row, rows of another run)."""
    dice = np.random.default_rng(SEED)
    for runs in _runs(observations):
        for own, rows in runs.items():
            others = [run for run in runs if run != own and not (elsewhere and run[0] == own[0])]
            for row in rows if others else ():
                for chosen in dice.permutation(len(others))[:DRAWS]:
                    yield [row], _figures(observations, runs[others[chosen]])


def _others(observations: Observations) -> Iterator[tuple[list[int], list[int]]]:
    """(rows of a run, rows of all runs at other places)."""
    for runs in _runs(observations):
        for own, rows in runs.items():
            known = sorted(one for run in runs if run[0] != own[0] for one in _figures(observations, runs[run]))
            if known:
                yield rows, known


def _figures(observations: Observations, run: list[int]) -> list[int]:
    """The rows of a run without repeating a figure: total and generated tokens are one."""
    metric = observations.table.metric
    return sorted({("throughput" if metric[row] == "total" else metric[row]): row for row in reversed(run)}.values())


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
