"""All replicas that serve a service: the plan's own, and workers of the serverless options that it uses."""

from __future__ import annotations

from dataclasses import replace

from planner.problem.service import Service
from planner.replay.case import Case
from planner.replay.fleets import own_fleet
from planner.replay.serverless import worker_groups
from planner.simulate.fleet import Fleet, Stage


def fleet_of(case: Case, service: Service, stages: tuple[Stage, ...]) -> Fleet:
    """The fleet of one service over ``stages``."""
    fleet = own_fleet(case, service, stages)
    planned = next((s for s in case.plan.services if s.name == service.name), None)
    return replace(fleet, groups=(*fleet.groups, *worker_groups(case, service, planned)))
