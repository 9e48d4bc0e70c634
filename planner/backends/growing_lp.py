"""A linear program that grows by columns and changes its costs, re-solved from where it stood (HiGHS)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.errors import PlannerError


@dataclass(frozen=True)
class LpPoint:
    """An optimal point: objective, values by column, duals by row (objective per unit of the row's bound)."""

    objective: float
    values: np.ndarray
    duals: np.ndarray


class GrowingLp:
    """Minimise over columns added so far; rows are given once."""

    def __init__(self, row_lower: np.ndarray, row_upper: np.ndarray) -> None:
        import highspy

        self._highs = highspy.Highs()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("presolve", "off"),
            ("primal_feasibility_tolerance", 1e-9),
            ("dual_feasibility_tolerance", 1e-9),
            ("small_matrix_value", 1e-12),
        ):
            self._highs.setOptionValue(option, value)
        infinity = self._highs.getInfinity()
        empty = np.empty(0)
        self._highs.addRows(
            row_lower.size,
            np.clip(row_lower, -infinity, infinity),
            np.clip(row_upper, -infinity, infinity),
            0,
            np.zeros(row_lower.size, dtype=np.int32),
            np.empty(0, dtype=np.int32),
            empty,
        )

    @property
    def column_count(self) -> int:
        """Columns added so far."""
        return self._highs.getNumCol()

    def add_columns(
        self,
        cost: np.ndarray,
        lower: np.ndarray,
        upper: np.ndarray,
        start: np.ndarray,
        row: np.ndarray,
        coefficient: np.ndarray,
    ) -> None:
        """Appends columns in compressed form: entries ``start[j] .. start[j+1]-1`` belong to column j."""
        count = len(cost)
        if count:
            self._highs.addCols(
                count,
                np.asarray(cost, dtype=float),
                np.asarray(lower, dtype=float),
                np.asarray(upper, dtype=float),
                len(row),
                np.asarray(start[:-1], dtype=np.int32),
                np.asarray(row, dtype=np.int32),
                np.asarray(coefficient, dtype=float),
            )

    def set_cost(self, cost: np.ndarray) -> None:
        """Replaces the cost of every column."""
        count = len(cost)
        self._highs.changeColsCost(count, np.arange(count, dtype=np.int32), np.asarray(cost, dtype=float))

    def central(self, tolerance: float) -> LpPoint:
        """A point near the middle of the optimal face, by an interior-point search without crossover.

        It may miss the last digits: only what is recomputed from its duals may be relied on.

        Its duals are well inside what is dual feasible, where a vertex would set the price of everything unused to
        zero. Raises PlannerError when there is none.
        """
        for option, value in (("solver", "ipm"), ("run_crossover", "off"), ("ipm_optimality_tolerance", tolerance)):
            self._highs.setOptionValue(option, value)
        return self._run(("kOptimal", "kUnknown"))

    def solve(self) -> LpPoint:
        """The optimal point. Raises PlannerError when there is none."""
        return self._run(("kOptimal",))

    def _run(self, accepted: tuple[str, ...]) -> LpPoint:
        self._highs.run()
        status = self._highs.getModelStatus().name
        if status not in accepted:
            raise PlannerError(f"the price program ended with {status}")
        solution = self._highs.getSolution()
        return LpPoint(
            self._highs.getInfo().objective_function_value,
            np.array(solution.col_value),
            np.array(solution.row_dual),
        )
