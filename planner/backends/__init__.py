"""Solvers behind one door: the only part that imports solver packages, and only when one is called."""

from planner.backends.interface import BACKENDS, available, solve
from planner.backends.polish import polish
from planner.backends.request import Claim, Request
from planner.backends.second_opinion import Opinion, confirm_infeasible
from planner.backends.stages import Staged, solve_in_stages

__all__ = [
    "BACKENDS",
    "Claim",
    "Opinion",
    "Request",
    "Staged",
    "available",
    "confirm_infeasible",
    "polish",
    "solve",
    "solve_in_stages",
]
