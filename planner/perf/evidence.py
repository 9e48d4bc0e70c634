"""What measurements say of predictions near them: a Gaussian update of the coefficients of one configuration.

A measurement is one more row of the fit, for coefficients that its configuration has to itself. Its log ratio to the
formula is shared out between them by how much each one moves the figure and how far it may be off; the same shares
move every other figure of the configuration, and in part those of the same replica split otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.perf.coefficients import FIELDS

METRICS = ("throughput", "ttft", "tpot")
#: How far, in logarithms, a configuration's own coefficients lie from those of its relatives (chosen by
#: cross-validation on configurations of several measurements; what is not named here stays).
OWN: Mapping[str, float] = {
    "cache": 0.5, "compute": 0.25, "step_s": 0.1, "launch_s": 0.1, "together": 0.6, "prompt_s": 0.3,
    "prefill": 0.1, "decode": 0.25, "throughput": 0.08, "tpot": 0.03,
}  # fmt: skip
#: What a measurement differs by when it is repeated, and what one place differs by from others of the configuration.
NOISE = {"throughput": 0.03, "ttft": 0.05, "tpot": 0.02}
PLACE = {"throughput": 0.2, "ttft": 0.3, "tpot": 0.08}
#: Distance, as a sum of natural logarithms of tokens and concurrency, over which a place's own part fades.
REACH = 1.5
#: Share of a configuration's own deviation that it has in common with other splits (TP, PP, chips) of the same replica.
KIN = 0.7
#: More measurements than this of one configuration are thinned evenly: they say the same, and time grows cubically.
MOST = 400


@dataclass(frozen=True)
class Places:
    """Figures of one configuration and its other splits; arrays over figures.

    slopes  derivative of each figure's logarithm by each coefficient's, in the order of ``FIELDS``
    metric  index into ``METRICS``
    where   natural logarithms of input tokens, output tokens and concurrency
    split   any number that tells splits apart
    """

    slopes: np.ndarray
    metric: np.ndarray
    where: np.ndarray
    split: np.ndarray

    def select(self, rows: np.ndarray) -> Places:
        return Places(self.slopes[rows], self.metric[rows], self.where[rows], self.split[rows])


@dataclass(frozen=True)
class Evidence:
    """Measured figures and their log ratio to the formula."""

    places: Places
    log_ratio: np.ndarray

    @classmethod
    def of(cls, places: Places, log_ratio: np.ndarray) -> Evidence:
        """At most ``MOST`` of them."""
        count = len(log_ratio)
        rows = np.arange(count) if count <= MOST else np.unique(np.linspace(0, count - 1, MOST).astype(int))
        return cls(places.select(rows), np.asarray(log_ratio, dtype=float)[rows])

    def shift(self, places: Places) -> tuple[np.ndarray, np.ndarray]:
        """(log of what to multiply each figure with, standard deviation left in logarithms)."""
        together = _common(places, self.places)
        solved = np.linalg.solve(self._measured, np.column_stack([self.log_ratio, together.T]))
        before = (_features(places) ** 2).sum(axis=1) + _of(PLACE, places) ** 2 + _of(NOISE, places) ** 2
        left = before - np.einsum("ij,ji->i", together, solved[:, 1:])
        return together @ solved[:, 0], np.sqrt(np.maximum(left, _of(NOISE, places) ** 2))

    def moved(self, split: int) -> np.ndarray:
        """Log deviation of each coefficient of the configuration split so."""
        kin = np.where(self.places.split == split, 1.0, KIN)
        shares = np.linalg.solve(self._measured, self.log_ratio)
        return _OWN * ((_features(self.places) * kin[:, None]).T @ shares)

    @cached_property
    def _measured(self) -> np.ndarray:
        """Covariance of the measured figures."""
        return _common(self.places, self.places) + np.diag(_of(NOISE, self.places) ** 2)


def _common(these: Places, those: Places) -> np.ndarray:
    """Covariance between figures: through coefficients, and for the same metric through places near each other."""
    same = these.metric[:, None] == those.metric[None, :]
    distance = np.abs(these.where[:, None, :] - those.where[None, :, :]).sum(axis=2)
    near = same * (_of(PLACE, these) ** 2)[:, None] * np.exp(-distance / REACH)
    kin = np.where(these.split[:, None] == those.split[None, :], 1.0, KIN)
    return kin * (_features(these) @ _features(those).T + near)


def _features(places: Places) -> np.ndarray:
    return places.slopes * _OWN


def _of(values: Mapping[str, float], places: Places) -> np.ndarray:
    return np.array([values[name] for name in METRICS])[places.metric]


_OWN = np.array([OWN.get(name, 0.0) for name in FIELDS])


def metric_index(names: Sequence[str]) -> np.ndarray:
    """Positions in ``METRICS``."""
    return np.array([METRICS.index(name) for name in names], dtype=int)
