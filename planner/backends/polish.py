"""Makes a solver's vector clean: whole integers, and the continuous part solved again with them fixed."""

from __future__ import annotations

import numpy as np

from planner.milp import LinearModel

# Values this near a column's bound or a whole number are taken to be it.
SNAP = 1e-9


def polish(model: LinearModel, values: np.ndarray) -> np.ndarray | None:
    """The cheapest vector with the integers of ``values`` rounded and fixed, or None when there is none.

    Its cost is for the caller to recompute: it may differ from the cost of ``values`` by the solver's tolerance.
    """
    from planner.backends.interface import solve

    whole = np.flatnonzero(model.integer)
    rounded = np.clip(np.round(values[whole]), model.column_lower[whole], model.column_upper[whole])
    answer = solve(model.relaxed().fixed(whole, rounded), gap=0.0)
    if answer.values is None:
        return None
    return snapped(model, answer.values)


def snapped(model: LinearModel, values: np.ndarray) -> np.ndarray:
    """``values`` with rounding noise removed, unless that breaks a row that held before."""
    nearest = np.round(values)
    clean = np.where(np.abs(values - nearest) <= SNAP, nearest, values)
    for bound in (model.column_lower, model.column_upper):
        near = np.abs(values - bound) <= SNAP * np.maximum(1.0, np.abs(np.where(np.isfinite(bound), bound, 0.0)))
        clean = np.where(near, bound, clean)
    clean = clean + 0.0
    return clean if model.violation(clean).size <= max(model.violation(values).size, SNAP) else values
