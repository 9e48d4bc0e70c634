"""A problem planned with more or less confidence in its predictions."""

from __future__ import annotations

from planner.problem.normalise import changed
from planner.problem.schema import Problem

#: The confidence of a nominal prediction: as often better as worse.
EVEN = 0.5


def with_confidence(problem: Problem, confidence: float | None) -> Problem:
    """The same problem with one confidence for all services; None: the nominal predictions."""
    services = tuple(changed(service, confidence=confidence) for service in problem.services)
    return changed(problem, services=services)


def confidence_of(problem: Problem) -> dict[str, float]:
    """Stated confidence by the name of the service; empty: every service is planned with nominal predictions."""
    return {service.name: service.confidence for service in problem.services if service.confidence is not None}
