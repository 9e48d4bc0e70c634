"""Which changes of a problem leave its candidates as they are, so that they need not be judged again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from planner.problem.demand import demand
from planner.problem.schema import Problem
from planner.solve import Judged

#: Demand: rules and dominance look at lengths, burstiness and limits, never at how many requests there are, but for the
#: cold starts of serverless workers.
_DEMAND = ("rate_per_s", "scale", "headroom")
#: Caps of which candidates are told only whether they are there.
_CAPS = ("budget_usd_per_month", "horizon_usd", "upfront_usd", "carbon_kg_per_month", "max_configurations", "max_changes")


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
    limits = problem.limits
    caps = {name: _there(getattr(limits, name)) for name in _CAPS}
    teams = tuple(team.model_copy(update={"budget_usd_per_month": 0.0}) for team in limits.teams)
    regions = tuple(cap.model_copy(update={"carbon_kg_per_month": 0.0}) for cap in limits.regions)
    quotas = tuple(
        quota.model_copy(update={"max_instances": _there(quota.max_instances), "max_accelerators": _there(quota.max_accelerators)})
        for quota in limits.quotas
    )
    seen = limits.model_copy(update={**caps, "teams": teams, "regions": regions, "quotas": quotas})
    return problem.model_copy(update={"services": services, "limits": seen, "name": None, "description": None})


def _there(cap: float | None) -> float | None:
    return None if cap is None else 1.0
