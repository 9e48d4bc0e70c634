"""From a table of measurements to the fitted table and the evaluation behind it; the same input gives the same bytes."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner.errors import Fault, InvalidInput
from planner.perf.coefficients import FIELDS
from planner.perf.fit.design import Design
from planner.perf.fit.estimate import estimate
from planner.perf.fit.evaluation import EVALUATION_COLUMNS, evaluation
from planner.perf.fit.facts import facts
from planner.perf.fit.observations import Observations, read_observations
from planner.perf.fit.spread import CrossValidation, spreads
from planner.perf.relatives import relatives, version_of

#: Columns of the fitted table, as the catalogue has them.
COLUMNS = ("field", "group", "level", "log_value", "rows", "pairs", "source", "as_of", "kind", "note")
#: Key of the measurements among the catalogue's sources, and their date.
SOURCE, AS_OF = "measured-throughput-ttft-and-tpot-of-served-models", "2026-11"
#: Deviations smaller than this, in logarithms, change no prediction that anyone could see.
LEAST = 5e-4
#: Groups whose levels name a version.
VERSIONED = ("stack", "version", "version weights", "build", "build chip")
DECIMALS = 4
#: Models, and accelerators, without which nothing is left to fit to when one is left out.
LEAST_KNOWN = 2


def refit(calibration: Path, edition: Path, tell: Callable[[str], None] = lambda text: None) -> tuple[str, str]:
    """(fitted table, evaluation) as CSV texts, from measurements and an edition's models and accelerators.

    ``tell`` hears how far it has come: it takes some minutes. Raises OSError for a file that is missing, InvalidInput for
    measurements of too few models or accelerators to judge a fit by those it has not seen.
    """
    tell("reading")
    observations = read_observations(calibration, *facts(edition))
    _refuse_too_few(observations, calibration)
    tell("fitting")
    design = Design.of(observations.table.relatives)
    values = estimate(observations, design, np.flatnonzero(observations.weight > 0.0))
    tell("cross-validating")
    validated = CrossValidation.of(observations, values)
    rows = [(*row, SOURCE, AS_OF, "derived", "") for row in fitted_rows(observations, validated, dict(zip(design.names, values)))]
    return _csv(COLUMNS, sorted(rows, key=lambda row: ":".join(row[:3]))), _csv(EVALUATION_COLUMNS, evaluation(observations, validated))


def _refuse_too_few(observations: Observations, calibration: Path) -> None:
    taught = observations.weight > 0.0
    for name, found in (("models", observations.model), ("accelerators", observations.chip)):
        count = len(set(found[taught]))
        if count < LEAST_KNOWN:
            text = f"measurements that can be used are of {count} {name}; at least {LEAST_KNOWN} are needed, each left out in turn"
            raise InvalidInput(str(calibration), [Fault("", "too_few", text)])


def _csv(columns: Sequence[str], rows: Iterable[Sequence]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def fitted_rows(
    observations: Observations, validated: CrossValidation, value_of: dict[tuple[str, str, str], float]
) -> list[tuple]:
    """(field, group, level, log value, rows, pairs) of every deviation that matters, and of the bands."""
    rows_of, pairs_of = _evidence(observations)
    found = []
    for (field, group, level), value in sorted(value_of.items()):
        key = (group, level)
        if key in rows_of and (abs(value) >= LEAST or field == "throughput"):  # what was measured has a throughput
            found.append((field, group, level, f"{value:.{DECIMALS}f}", rows_of[key], pairs_of[key]))
    found += _latest(observations, value_of)
    pairs = len(set(observations.pair[observations.used]))
    for (field, side, novelty), value in sorted(spreads(observations, validated).items()):
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
