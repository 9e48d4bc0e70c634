"""Maximum a posteriori coefficients: robust non-linear least squares with shrinkage of groups to their common value."""

from __future__ import annotations

import numpy as np

from planner.perf.fit.design import Design
from planner.perf.fit.observations import Observations
from planner.perf.sensitivity import log_reported, log_slopes

#: Typical relative error of one measurement around a well-fitted model, and degrees of freedom of its distribution
#: (Student's t: a row that is far off counts little).
SCALE, FREEDOM = 0.15, 1.0
MOST_ITERATIONS = 25
#: The fit ends when an iteration improves the objective by less than this share.
TOLERANCE = 1e-4
DAMPING_FIRST, DAMPING_LEAST = 1e-3, 1e-5
TRIALS = 6
#: Parameters on which no row depends more than this stay where they are.
INERT = 1e-4


def estimate(observations: Observations, design: Design, rows: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Deviations of ``design`` fitted to ``rows`` of the observations (Levenberg-Marquardt), from ``start`` or zero.

    The objective is the weighted Student-t log likelihood of log ratios plus the Gaussian prior of ``design``.
    """
    table = observations.table.select(rows)
    log_value, weight = np.log(observations.value[rows]), observations.weight[rows]
    precision = design.deviation**-2.0
    found = np.zeros(design.size) if start is None else start.copy()
    damping = DAMPING_FIRST

    def residuals(values: np.ndarray) -> np.ndarray:
        return log_value - log_reported(table, design.field_values(values, rows))

    def objective(values: np.ndarray, residual: np.ndarray) -> float:
        misfit = 0.5 * (FREEDOM + 1.0) * np.log1p((residual / SCALE) ** 2 / FREEDOM)
        return float((weight * misfit).sum() + 0.5 * (precision * values**2).sum())

    residual = residuals(found)
    best = objective(found, residual)
    for _ in range(MOST_ITERATIONS):
        slopes = log_slopes(table, design.field_values(found, rows))
        jacobian = design.jacobian(slopes, rows)
        row_weight = weight * (FREEDOM + 1.0) / (FREEDOM + (residual / SCALE) ** 2) / SCALE**2
        moving = np.flatnonzero(np.abs(jacobian).max(axis=0) > INERT)
        scaled = jacobian[:, moving] * np.sqrt(row_weight)[:, None]
        gradient = jacobian[:, moving].T @ (row_weight * residual) - precision[moving] * found[moving]
        curvature = (scaled**2).sum(axis=0) + precision[moving]
        for _ in range(TRIALS):
            step = np.zeros(design.size)
            step[moving] = _step(scaled, precision[moving] + damping * curvature, gradient)
            tried = residuals(found + step)
            value = objective(found + step, tried)
            if value < best:
                break
            damping = max(damping, 1e-4) * 8.0
        else:
            break
        gain, best, residual, found = best - value, value, tried, found + step
        damping = max(damping / 4.0, DAMPING_LEAST)
        if gain < TOLERANCE * abs(best):
            break
    return found


def _step(scaled: np.ndarray, diagonal: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Solves (scaled' scaled + diagonal) step = gradient in the space of rows, of which there are fewer than parameters."""
    whitened = scaled / np.sqrt(diagonal)
    rows = whitened @ whitened.T
    rows[np.diag_indices_from(rows)] += 1.0
    inner = gradient / np.sqrt(diagonal)
    return (inner - whitened.T @ np.linalg.solve(rows, whitened @ inner)) / np.sqrt(diagonal)
