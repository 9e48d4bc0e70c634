"""Width of the 80 % band by what was never measured: nothing but the pair, the accelerator, the model, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from planner.perf.coefficients import BANDS, MEASURED, USUAL_QUANTILE
from planner.perf.fit.design import PHASE
from planner.perf.fit.observations import Observations
from planner.perf.fit.profiled import Profiled, informed, profiled
from planner.perf.fit.validate import LeftOut, equal_sources, left_out, weighted_quantile

#: Share of cases beyond each end of the band.
TAIL = 0.1
#: Bands are drawn with weights between equal sources (1) and equal pairs (0): a source of one pair is no tail by itself.
DRAWN = 0.5
#: Parts in which accelerators and models are left out.
FEWER_FOLDS = 6
#: Groups of which a new accelerator, or a new model, has no level that was measured.
UNSEEN = {"chip": ("chip", "engine chip", "build chip"), "model": ("model",)}
METRIC_TARGETS = {"throughput": ("throughput_full", "throughput"), "ttft": ("ttft",), "tpot": ("tpot",)}
#: A time to first token of which at most this share is waiting for others speaks of the request's own time.
MOSTLY_OWN = 0.2
#: The waiting may be less than predicted by any factor; the table needs a number.
LEAST_WAITED = 0.01

Ends = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class CrossValidation:
    """Every row predicted without its pair, accelerator or model, and with runs of its configuration: one, one elsewhere, all elsewhere."""

    pair: LeftOut
    chip: LeftOut
    model: LeftOut
    profiled: Profiled
    elsewhere: Profiled
    informed: Profiled

    @classmethod
    def of(cls, observations: Observations, start: np.ndarray | None = None) -> CrossValidation:
        """Fits are begun at ``start``; whole accelerators and models, which only widen bands, are left out in fewer parts."""
        pair = left_out(observations, observations.pair, start=start)
        chip, model = (left_out(observations, groups, FEWER_FOLDS, start) for groups in (observations.chip, observations.model))
        return cls(pair, chip, model, profiled(observations, pair), profiled(observations, pair, elsewhere=True), informed(observations, pair))


def spreads(observations: Observations, found: CrossValidation) -> Mapping[tuple[str, str, str], float]:
    """Log multipliers by ("band NAME", low | high, novelty), from rows left out by pair, accelerator and model.

    Names are those of ``coefficients.BANDS``. What is new widens the band of a new pair by what its groups may deviate, or by
    more where left-out rows say so; where both accelerator and model are new, the excess variances of each add up. Novelty
    ``measured`` holds quantiles in units of the deviation that one run of the configuration leaves.
    """
    every = np.arange(len(observations.value))
    width = {name: ends(observations, getattr(found, name), every) for name in ("pair", "chip", "model")}
    known = found.profiled
    measured = plain_ends(observations, -known.log_ratio / known.deviation, known.row)
    band: dict[tuple[str, str, str], float] = {}
    for name in BANDS:
        for at, (side, sign) in enumerate((("low", -1.0), ("high", 1.0))):
            pair = sign * width["pair"][name][at]
            wide = {new: max(sign * one[name][at], (pair**2 + _unseen(new)) ** 0.5) for new, one in width.items()}
            wide["chip model"] = (wide["chip"] ** 2 + wide["model"] ** 2 - pair**2) ** 0.5
            if name in measured:
                wide[MEASURED] = sign * measured[name][at]
            band |= {(f"band {name}", side, novelty): sign * one for novelty, one in wide.items()}
    return band


def _unseen(novelty: str) -> float:
    """Squared width of the 80 % band of what the groups add that were never measured, in a phase's time."""
    return USUAL_QUANTILE**2 * sum(PHASE[group] ** 2 for group in UNSEEN.get(novelty, ()))


def ends(observations: Observations, found: LeftOut, rows: np.ndarray) -> Ends:
    """Logarithms (low, high) of what measured figures are of predicted ones, by name of ``coefficients.BANDS``."""
    value, waited = -found.log_ratio[rows], found.waited[rows]
    is_own = waited <= MOSTLY_OWN
    band = dict(plain_ends(observations, value, rows))
    band["ttft"] = plain_ends(observations, value[is_own], rows[is_own])["ttft"]
    rest, share, queue = rows[~is_own], waited[~is_own], []
    for at, q in enumerate((TAIL, 1.0 - TAIL)):
        left = (np.exp(value[~is_own]) - (1.0 - share) * np.exp(band["ttft"][at])) / share
        queue.append(_quantile(observations, left, rest, METRIC_TARGETS["ttft"], q))
    return band | {"queue": (np.log(np.clip(queue[0], LEAST_WAITED, 1.0)), np.log(max(queue[1], 1.0)))}


def plain_ends(observations: Observations, value: np.ndarray, rows: np.ndarray) -> Ends:
    """(low, high) quantiles of ``value`` by metric, on either side of 0."""
    return {
        metric: (
            min(_quantile(observations, value, rows, targets, TAIL), 0.0), max(_quantile(observations, value, rows, targets, 1.0 - TAIL), 0.0)
        )
        for metric, targets in METRIC_TARGETS.items()
    }  # fmt: skip


def coverage(observations: Observations, found: LeftOut) -> Mapping[str, float]:
    """Share of left-out rows inside a band that was drawn from the other half of the pairs; sources weigh the same.

    The halves take turns; 0.8 is what the band promises, and its own pairs would flatter it. TTFT is also judged apart for
    requests that wait for others and for those that do not (``queue``, ``alone``).
    """
    every = np.arange(len(observations.value))
    is_own = found.waited <= MOSTLY_OWN

    def inside(drawn: np.ndarray, judged: np.ndarray) -> Iterator[tuple[str, float]]:
        band = ends(observations, found, drawn)
        share, value = found.waited[judged], -found.log_ratio[judged]
        for metric, targets in METRIC_TARGETS.items():
            low, high = (np.full(len(judged), one) for one in band[metric])
            if metric == "ttft":
                low, high = (np.log((1.0 - share) * np.exp(own) + share * np.exp(queue)) for own, queue in zip(band["ttft"], band["queue"]))
            held = np.where((low <= value) & (value <= high), 1.0, 0.0)
            yield metric, _mean(observations, held, judged, targets)
            if metric == "ttft":
                for name, part in (("alone", is_own[judged]), ("queue", ~is_own[judged])):
                    yield name, _mean(observations, held[part], judged[part], targets)

    return _of_halves(observations, every, inside)


def coverage_measured(observations: Observations, found: Profiled) -> Mapping[str, float]:
    """The same of rows that one measurement of their configuration corrects."""
    value = -found.log_ratio / found.deviation

    def inside(drawn: np.ndarray, judged: np.ndarray) -> Iterator[tuple[str, float]]:
        band = plain_ends(observations, value[drawn], found.row[drawn])
        for metric, targets in METRIC_TARGETS.items():
            held = np.where((band[metric][0] <= value[judged]) & (value[judged] <= band[metric][1]), 1.0, 0.0)
            yield metric, _mean(observations, held, found.row[judged], targets)

    return _of_halves(observations, found.row, inside)


def _of_halves(observations: Observations, rows: np.ndarray, inside: Callable[..., Iterator[tuple[str, float]]]) -> Mapping[str, float]:
    half = {pair: at % 2 for at, pair in enumerate(sorted(set(observations.pair)))}
    second = np.array([half[pair] == 1 for pair in observations.pair[rows]], dtype=bool)
    first, then = (dict(inside(np.flatnonzero(a), np.flatnonzero(b))) for a, b in ((second, ~second), (~second, second)))
    return {name: 0.5 * (first[name] + then[name]) for name in first}


def _mean(observations: Observations, value: np.ndarray, rows: np.ndarray, targets: tuple[str, ...]) -> float:
    here, weight = _weighted(observations, value, rows, targets)
    return float(np.average(here, weights=weight)) if len(here) else float("nan")


def _quantile(observations: Observations, value: np.ndarray, rows: np.ndarray, targets: tuple[str, ...], share: float) -> float:
    """A quantile that holds for the next pair too: half a pair of n of equal weight further out."""
    here, weight = _weighted(observations, value, rows, targets, DRAWN)
    if not len(here):
        return 0.0
    pairs = _pairs_that_count(observations, value, rows, targets)
    outer = (1.0 - TAIL) * (1.0 + 0.5 / pairs)
    return weighted_quantile(here, weight, min(outer, 1.0) if share > 0.5 else max(1.0 - outer, 0.0))


def _pairs_that_count(observations: Observations, value: np.ndarray, rows: np.ndarray, targets: tuple[str, ...]) -> float:
    """Pairs of equal weight that carry as much evidence as these (Kish's effective size)."""
    wanted = observations.used[rows] & np.isin(observations.target[rows], targets) & ~np.isnan(value)
    keys = set(zip(observations.source[rows[wanted]], observations.pair[rows[wanted]]))
    weight = equal_sources([source for source, _ in sorted(keys)]) ** DRAWN
    return max(float(weight.sum() ** 2 / (weight**2).sum()), 1.0) if len(weight) else 1.0


def _weighted(
    observations: Observations, value: np.ndarray, rows: np.ndarray, targets: tuple[str, ...], power: float = 1.0
) -> tuple[np.ndarray, list[float]]:
    """Values of a metric, and their weights: a pair's falls with the pairs of its source to ``power`` (1: sources weigh the same)."""
    wanted = observations.used[rows] & np.isin(observations.target[rows], targets) & ~np.isnan(value)
    wanted &= np.array([observations.table.relatives[at]["statistic"] != "p99" for at in rows], dtype=bool)
    source, pair = observations.source[rows[wanted]], observations.pair[rows[wanted]]
    pairs_of = {s: len(set(pair[source == s])) for s in set(source)}
    size: dict[tuple[str, str], int] = {}
    for key in zip(source, pair):
        size[key] = size.get(key, 0) + 1
    return value[wanted], [pairs_of[s] ** -power / size[s, p] for s, p in zip(source, pair)]
