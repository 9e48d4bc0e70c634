"""Whether a plan must say all that the planner's own plans say: what is left out of one of them hides something."""

from __future__ import annotations

from planner import __version__
from planner.plan.schema import Plan


def says_all(plan: Plan) -> bool:
    """Of a plan with a certificate of this version; what is written by hand says what it likes, and is held to that."""
    return plan.certificate is not None and plan.inputs.planner_version == __version__
