"""How much each coefficient moves what a benchmark would report."""

from __future__ import annotations

import numpy as np

from planner.perf.calibration import Efficiency
from planner.perf.cases import Cases
from planner.perf.coefficients import FIELDS, LOG_DEFAULT
from planner.perf.reported import reported, waited

#: Step of the finite differences, in logarithms.
STEP = 0.01
LEAST = 1e-12


def log_reported(table: Cases, field_values: np.ndarray) -> np.ndarray:
    """Logarithm of the prediction of each row, given the log deviations of its coefficients (row, field)."""
    return np.log(np.maximum(reported(table, _rate(field_values)), LEAST))


def share_waited(table: Cases, field_values: np.ndarray) -> np.ndarray:
    """Share of each row's time to first token that is waiting for others, given the same log deviations."""
    return waited(table, _rate(field_values))


def log_slopes(table: Cases, field_values: np.ndarray) -> np.ndarray:
    """Derivative of each row's log prediction with respect to each coefficient's logarithm (row, field)."""
    here = log_reported(table, field_values)
    slopes = np.empty_like(field_values)
    for field in range(len(FIELDS)):
        moved = field_values.copy()
        moved[:, field] += STEP
        slopes[:, field] = (log_reported(table, moved) - here) / STEP
    return slopes


def _rate(field_values: np.ndarray) -> Efficiency:
    return Efficiency(*np.exp(LOG_DEFAULT + field_values).T)
