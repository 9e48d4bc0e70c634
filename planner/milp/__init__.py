"""Mixed-integer linear programs as plain arrays: model, builder, answers; no solver here."""

from planner.milp.builder import ModelBuilder
from planner.milp.elastic import Elastic, elastic
from planner.milp.model import Family, LinearModel, Violation
from planner.milp.scale import Scaling, scaling
from planner.milp.status import Progress, Solution, Status, relative_gap
from planner.milp.text import lp_text, mps_text

__all__ = [
    "Elastic",
    "Family",
    "LinearModel",
    "ModelBuilder",
    "Progress",
    "Scaling",
    "Solution",
    "Status",
    "Violation",
    "elastic",
    "lp_text",
    "mps_text",
    "relative_gap",
    "scaling",
]
