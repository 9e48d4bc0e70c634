"""Plans by another objective than cost: the least of it that any plan has, or one of a stated cost, and the least of a weighted sum.

A cap on the objective stands in the program as rows; the largest of what these rows say of a plan is a column here, which is
made least. Only figures come out: the plan at such a figure is the cheapest with the objective capped there, proven and checked like any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.backends.interface import solve
from planner.backends.polish import polish
from planner.formulation.build import Built, build
from planner.formulation.covering import with_covering_rows
from planner.formulation.placements import with_placements
from planner.milp.model import LinearModel
from planner.milp.status import Status
from planner.solve import Run, indexed

if TYPE_CHECKING:
    from planner.analysis.bench import Bench
    from planner.problem.schema import Problem

#: What a plan may cost more than is stated, relative: rounding. Rounds in which rows on placements are added.
SLACK, ROUNDS = 1e-9, 5


@dataclass(frozen=True)
class Measure:
    """One row of the program as a figure: ``factor`` times what its columns come to, plus ``offset``; the largest figure counts."""

    row: int
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Reached:
    """What a vector of the program costs [USD/month], and the objective there."""

    cost: float
    value: float


class Second:
    """One program, in which the objective is counted, asked for other things than the least cost; None is no answer."""

    def __init__(self, bench: Bench, counted: Problem, measures: Callable[[Built], Sequence[Measure]]) -> None:
        self.bench = bench
        self._built = build(*indexed(bench.stated(counted))[:2])
        self._measures = tuple(measures(self._built))

    def least(self, cost: float | None = None) -> float | None:
        """The least objective that any plan has, of at most ``cost`` [USD/month] where that is stated."""
        found = self._solved(0.0, cost)
        return None if found is None else found.value

    def least_sum(self, usd: float) -> Reached | None:
        """Where cost plus ``usd`` for each unit of the objective is least."""
        return self._solved(usd, None)

    def _solved(self, usd: float, most: float | None) -> Reached | None:
        built, options = self._built, self.bench.options
        run = Run(options, self.bench.on_progress, self.bench.stop)
        for _ in range(ROUNDS if self._measures else 0):
            run.tell("solving")
            self.bench.solves += 1
            model = self._asking(with_covering_rows(built).model, usd, most)
            answer = solve(model, gap=0.0, time_limit_s=run.left(), backend=options.backend, threads=options.threads, seed=options.seed, stop=run.stop)
            if answer.status is not Status.OPTIMAL or answer.values is None:
                return None
            exact = polish(self._asking(built.model, usd, most), _within(answer.values, model, built.model))
            if exact is None:
                return None
            values = exact[: built.model.column_count]
            held = with_placements(built, values)
            if held is None:
                return Reached(built.model.objective(values), self._figure(built.model, values))
            built = held
        return None

    def _figure(self, model: LinearModel, values: np.ndarray) -> float:
        activity = model.activity(values)
        return max(one.factor * float(activity[one.row]) + one.offset for one in self._measures)

    def _asking(self, model: LinearModel, usd: float, most: float | None) -> LinearModel:
        """With a column that is at least every figure, and what is asked for as the cost."""
        asking = model.with_columns("objective", 1, lower=-np.inf)
        column, cost = model.column_count, np.append(model.cost, 0.0)
        for one in self._measures:
            entries = slice(int(model.row_start[one.row]), int(model.row_start[one.row + 1]))
            columns = np.append(model.column_index[entries], column)
            asking = asking.with_rows(
                "objective", np.array([0, columns.size]), columns, np.append(one.factor * model.coefficient[entries], -1.0), np.array([-np.inf]), np.array([-one.offset])
            )
        if most is not None:
            charged = np.flatnonzero(model.cost)
            limit = most + SLACK * abs(most) - model.cost_offset
            asking = asking.with_rows("cost_reached", np.array([0, charged.size]), charged, model.cost[charged], np.array([-np.inf]), np.array([limit]))
        return asking.with_cost(_weighed(cost, column, usd), model.cost_offset if usd else 0.0)


def _weighed(cost: np.ndarray, column: int, usd: float) -> np.ndarray:
    """The cost beside ``usd`` for the objective; without a price the objective alone."""
    asked = cost.copy() if usd else np.zeros(cost.size)
    asked[column] = usd or 1.0
    return asked


def _within(values: np.ndarray, wide: LinearModel, model: LinearModel) -> np.ndarray:
    """The program's own columns and the objective's, of a vector that may have others between."""
    return np.append(values[: model.column_count], values[wide.column_count - 1])
