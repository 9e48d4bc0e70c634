"""A linear program's value and duals from the middle of its optimal face (HiGHS, interior point without crossover)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.errors import PlannerError
from planner.milp.model import LinearModel


@dataclass(frozen=True)
class LpPoint:
    """An optimal point: objective, values by column, duals by row (objective per unit of the row's bound)."""

    objective: float
    values: np.ndarray
    duals: np.ndarray


def central_point(model: LinearModel, tolerance: float, *, vertex: bool = False, time_limit_s: float | None = None) -> LpPoint:
    """A near-optimal point whose duals lie well inside what is dual feasible; with ``vertex`` an optimal vertex.

    A vertex sets the price of everything unused to zero, the middle does not. Either may miss the last digits:
    only what is recomputed from the duals may be relied on. Raises PlannerError when there is none, or not in time.
    """
    import highspy

    highs = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("solver", "simplex" if vertex else "ipm"),
        ("run_crossover", "off"),
        ("ipm_optimality_tolerance", tolerance),
    ):
        highs.setOptionValue(option, value)
    if time_limit_s is not None:
        highs.setOptionValue("time_limit", max(0.0, time_limit_s))
    highs.passModel(_as_highs(highspy, model))
    highs.run()
    status = highs.getModelStatus().name
    if status not in ("kOptimal", "kUnknown"):
        raise PlannerError(f"the price program ended with {status}")
    solution = highs.getSolution()
    return LpPoint(
        highs.getInfo().objective_function_value, np.array(solution.col_value), np.array(solution.row_dual)
    )


def _as_highs(highspy, model: LinearModel):
    lp = highspy.HighsLp()
    infinity = highspy.kHighsInf
    lp.num_col_, lp.num_row_ = model.column_count, model.row_count
    lp.col_cost_ = model.cost
    lp.col_lower_, lp.col_upper_ = np.clip(model.column_lower, -infinity, infinity), np.clip(model.column_upper, -infinity, infinity)
    lp.row_lower_, lp.row_upper_ = np.clip(model.row_lower, -infinity, infinity), np.clip(model.row_upper, -infinity, infinity)
    lp.offset_ = model.cost_offset
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.row_start
    lp.a_matrix_.index_ = model.column_index
    lp.a_matrix_.value_ = model.coefficient
    return lp
