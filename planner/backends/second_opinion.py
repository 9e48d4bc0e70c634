"""Asks a solver of another family whether a program is infeasible; only two agreeing answers count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Literal

import numpy as np

from planner.backends.interface import available, solve
from planner.backends.request import Backend
from planner.milp import LinearModel, Status

# HiGHS by either road is one family: the same code would make the same mistake.
_FAMILY = {
    "highs": "highs",
    "mathopt-highs": "highs",
    "scip": "scip",
    "glop": "or-tools",
    "cp-sat": "or-tools",
    "cbc": "cbc",
}
_OPINIONS = ("scip", "highs", "cbc")


@dataclass(frozen=True, eq=False)
class Opinion:
    """confirmed: another solver also finds no vector; refuted: ``values`` is one; unknown: it did not finish."""

    verdict: Literal["confirmed", "refuted", "unknown"]
    backend: str
    version: str
    values: np.ndarray | None = None
    message: str = ""


def confirm_infeasible(
    model: LinearModel,
    *,
    first: str = "highs",
    backend: Backend | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
    stop: Callable[[], bool] | Event | None = None,
) -> Opinion:
    """What a solver independent of ``first`` says, with presolve off and without an objective.

    Presolve is where most wrong answers of this kind come from, and the objective does not matter to the question.
    """
    second = backend or next(
        (name for name in _OPINIONS if _FAMILY[name] != _FAMILY.get(first) and name in available()), None
    )
    if second is None:
        return Opinion("unknown", "none", "", message="no second solver is installed")
    question = model.with_cost(np.zeros(model.column_count))
    answer = solve(question, backend=second, gap=1.0, time_limit_s=time_limit_s, seed=seed, stop=stop, presolve=False)
    if answer.values is not None:
        return Opinion("refuted", answer.backend, answer.version, answer.values)
    verdict = "confirmed" if answer.status is Status.INFEASIBLE else "unknown"
    return Opinion(verdict, answer.backend, answer.version, message=answer.message)
