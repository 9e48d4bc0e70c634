"""Solves objectives in order of importance: each later one among the optima of those before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.backends.interface import solve
from planner.milp import LinearModel, Solution, Status
from planner.milp.status import ZERO_GAP


@dataclass(frozen=True, eq=False)
class Staged:
    """``values`` after the last stage that held, and each stage's Solution in order.

    The first solution carries the bound of the plan; later stages never make its objective worse than by
    1e-9 of it. Fewer solutions than objectives means that a stage was not proven, so none may follow.
    """

    values: np.ndarray | None
    solutions: tuple[Solution, ...]

    @property
    def first(self) -> Solution:
        return self.solutions[0]


def solve_in_stages(
    model: LinearModel, later: Sequence[np.ndarray], *, start: np.ndarray | None = None, **options: Any
) -> Staged:
    """Minimises the model's own cost, then each cost vector of ``later``; ``options`` are those of `solve`."""
    answer = solve(model, start=start, **options)
    solutions, values = [answer], answer.values
    for number, cost in enumerate(later, start=2):
        if answer.status is not Status.OPTIMAL or values is None:
            break
        model = _held(model, values, f"stage_{number - 1}").with_cost(cost)
        answer = solve(model, start=values, **options)
        solutions.append(answer)
        if answer.values is None:
            break
        values = answer.values
    return Staged(values, tuple(solutions))


def _held(model: LinearModel, values: np.ndarray, name: str) -> LinearModel:
    """``model`` with a row that keeps its objective where ``values`` has it."""
    charged = np.flatnonzero(model.cost)
    reached = float(np.sum(model.cost * values))
    room = ZERO_GAP * max(abs(reached + model.cost_offset), abs(reached))
    return model.with_rows(
        name,
        np.array([0, charged.size]),
        charged,
        model.cost[charged],
        np.array([-np.inf]),
        np.array([reached + room]),
    )
