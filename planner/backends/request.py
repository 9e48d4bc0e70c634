"""What a backend is asked and what it claims in return; a claim is not believed before it is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.milp import Progress, Status
from planner.milp.status import ZERO_GAP, Ended


def never() -> bool:
    """The stop of a caller who gave none."""
    return False


@dataclass(frozen=True, eq=False)
class Request:
    """How to solve.

    gap           relative, (cost - bound) / |cost|; 0 asks for 1e-9
    time_limit_s  wall seconds, None for no limit
    start         a vector to start from, checked feasible by the caller
    stop          asked about ten times a second; True ends the run with what there is
    presolve      False turns presolve off, for an independent second look
    """

    gap: float = 1e-4
    time_limit_s: float | None = None
    threads: int = 1
    start: np.ndarray | None = None
    seed: int = 0
    node_limit: int | None = None
    on_progress: Callable[[Progress], None] | None = None
    stop: Callable[[], bool] = never
    presolve: bool = True

    @property
    def solver_gap(self) -> float:
        """What to ask of a solver: half the target at gap 0, to leave room for re-costing."""
        return max(self.gap, 0.5 * ZERO_GAP)


@dataclass(frozen=True, eq=False)
class Claim:
    """What a solver says, in the units of the model it was given; nothing in it has been checked.

    coarse  the values were printed with few digits: their continuous part is to be solved again
    """

    status: Status
    version: str
    values: np.ndarray | None = None
    bound: float | None = None
    nodes: int | None = None
    ended: Ended = Ended.FINISHED
    message: str = ""
    row_duals: np.ndarray | None = None
    reduced_costs: np.ndarray | None = None
    coarse: bool = False


Backend = Callable[..., Claim]  # (LinearModel, Request) -> Claim
