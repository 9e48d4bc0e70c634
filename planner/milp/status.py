"""What a solver answered: a status that never promises more than was proven, and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np


class Status(Enum):
    """How a solve ended."""

    OPTIMAL = "optimal"  # proven to the gap asked
    FEASIBLE = "feasible"  # a checked vector, not proven to the gap asked
    INFEASIBLE = "infeasible"  # one solver says so; see confirm_infeasible
    UNBOUNDED = "unbounded"
    NO_SOLUTION = "no_solution"  # stopped before a vector was found
    ERROR = "error"  # the solver failed, or its answer did not pass the check


class Ended(Enum):
    """Why a solve ended."""

    FINISHED = "finished"
    TIME = "time"
    NODES = "nodes"
    STOPPED = "stopped"  # the caller's stop
    INTERRUPTED = "interrupted"  # Ctrl-C
    FAILED = "failed"

    @property
    def deterministic(self) -> bool:
        """Whether the same run again would end the same way."""
        return self in (Ended.FINISHED, Ended.NODES)


@dataclass(frozen=True, eq=False)
class Solution:
    """One solver's checked answer to one program.

    values         None unless the status licenses them (OPTIMAL, FEASIBLE)
    objective      recomputed from ``values`` with the offset, never copied from the solver
    bound          proven lower bound on the objective, None when unknown
    gap            (objective - bound) / |objective|; None without both
    seconds        wall time of the solve
    nodes          branch-and-bound nodes, None when the solver does not say
    deterministic  False when a clock or a signal ended the run
    row_duals      change of the objective per unit of each row's bound (linear programs only)
    reduced_costs  the same per unit of each column's bound (linear programs only)
    """

    status: Status
    values: np.ndarray | None
    objective: float | None
    bound: float | None
    gap: float | None
    seconds: float
    nodes: int | None
    ended: Ended
    backend: str
    version: str
    message: str = ""
    row_duals: np.ndarray | None = None
    reduced_costs: np.ndarray | None = None

    @property
    def deterministic(self) -> bool:
        return self.ended.deterministic

    @property
    def has_values(self) -> bool:
        return self.values is not None


@dataclass(frozen=True)
class Progress:
    """How far a running solve has come; unknown figures are None."""

    incumbent: float | None
    bound: float | None
    gap: float | None
    nodes: int
    seconds: float


# `gap=0` asks for a proof to this relative size: money is compared with the same slack.
ZERO_GAP = 1e-9


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """(objective - bound) / |objective|, 0 when both are 0, None when either is unknown, never below 0."""
    if objective is None or bound is None or not np.isfinite(objective) or not np.isfinite(bound):
        return None
    if objective <= bound:
        return 0.0
    return (objective - bound) / abs(objective) if objective != 0.0 else float("inf")
