"""What a service asks of its candidates, so that two services which ask the same share the answer."""

from __future__ import annotations

from planner.candidates.serverless import SERVERLESS
from planner.perf.assess import ask_of
from planner.problem.schema import Problem
from planner.problem.serves import members_of
from planner.problem.service import Service


def question(service: Service, problem: Problem) -> tuple:
    """All that candidates depend on, so that two services with equal questions share the answer."""
    quality, spot = service.quality, service.spot
    return (
        service.model, ask_of(service), class_names(service), service.allow.model_dump_json(),
        None if quality is None else quality.model_dump_json(), spot.allowed and spot.max_share > 0,
        service.carbon_kg_per_month is not None, service.batch_limits, service.profiles, service.safe_shares, service.profiles_only,
        service.alternatives, service.caches, service.ramp is not None, service.modes, service.requires, service.substitutes, service.slo.model_dump_json(),
        service.workload.prefix_hit, service.workload.serves, service.context_tokens, service.window_hours, service.request_mb,
        service.model_dump_json() if SERVERLESS in service.modes else None,
        tuple(member.model_dump_json() for member in members_of(service, problem)),
    )  # fmt: skip


def class_names(service: Service) -> tuple[str, ...]:
    """Names of its request classes: as given, else by number."""
    return tuple(c.name or f"c{i + 1}" for i, c in enumerate(service.workload.classes))
