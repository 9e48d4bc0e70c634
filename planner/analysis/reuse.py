"""Which changes of a problem leave its candidates as they are, so that they need not be judged again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from planner.candidates.remembered import limits_seen
from planner.problem.demand import demand
from planner.problem.schema import Problem
from planner.solve import Judged

#: Demand: rules and dominance look at lengths, burstiness and limits, never at how many requests there are, but for the
#: cold starts of serverless workers.
_DEMAND = ("rate_per_s", "scale", "headroom")


def rejudged(problem: Problem, known: Judged) -> Judged | None:
    """``known`` for ``problem``, where only demand and the size of caps differ; None: it must be judged anew.

    Everything else that differs, also what a later version adds to the format, is taken to matter.
    """
    if _seen(problem) != _seen(known.problem):
        return None
    return replace(known, problem=problem, rates=demand(problem, known.times))


def _seen(problem: Problem) -> Any:
    """The problem as candidates see it."""
    services = tuple(
        service.model_copy(
            update={
                "workload": service.workload.model_copy(update={} if "serverless" in service.modes else dict.fromkeys(_DEMAND)),
                "carbon_kg_per_month": _there(service.carbon_kg_per_month),
                "max_configurations": _there(service.max_configurations),
                "priority": 1,
            }
        )
        for service in problem.services
    )
    return problem.model_copy(update={"services": services, "limits": limits_seen(problem.limits), "name": None, "description": None})


def _there(cap: float | None) -> float | None:
    return None if cap is None else 1.0
