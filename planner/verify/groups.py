"""Serving groups as the checks see them: what deployments of a group answer for each service, stated a second time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from planner.problem.serves import members_of

if TYPE_CHECKING:
    from planner.problem.service import Service
    from planner.verify.case import Case, Placed


def is_group(service: Service) -> bool:
    """Whether it has no demand of its own: its replicas answer for others."""
    return service.workload.serves is not None


def groups_for(case: Case, name: str) -> tuple[Service, ...]:
    """Groups that may answer for a service."""
    return tuple(s for s in _groups(case.services) if name in s.workload.serves.services)


def _groups(services: Mapping[str, Service]) -> tuple[Service, ...]:
    """Those among the services of a case that are groups, looked for once: every service and class asks."""
    for known, found in _KNOWN:
        if known is services:
            return found
    _KNOWN.appendleft((services, tuple(s for s in services.values() if is_group(s))))
    return _KNOWN[0][1]


_KNOWN: deque = deque(maxlen=8)


def asking(case: Case, p: Placed) -> tuple[Service, ...]:
    """Services that must allow what a deployment is: its own, and each that its group may answer for."""
    return (p.service, *members_of(p.service, case.problem))


def answering(case: Case, name: str, label: str) -> Iterator[tuple[Placed, tuple[float, ...]]]:
    """Deployments of groups, with what each is sent of one class of a service."""
    for group in groups_for(case, name):
        for p in case.placed_of(group.name):
            rates = p.deployment.rate_per_s.get(f"{name}:{label}")
            if rates is not None:
                yield p, rates


def busy_shares(case: Case, group: str) -> dict[str, float]:
    """Share of the busy time of a group's replicas by service, accelerator-hours over the month; nothing where none is busy."""
    busy: dict[str, float] = {}
    for p in case.placed_of(group):
        for b, rates in p.routed:
            name = p.service.workload.classes[b].name.partition(":")[0]
            hours = sum(rate * h for rate, h in zip(rates, case.hours) if rate)
            busy[name] = busy.get(name, 0.0) + (hours * p.facts.work_s[b] * p.configuration.accelerators if hours else 0.0)
    whole = sum(busy.values())
    return {name: part / whole for name, part in sorted(busy.items())} if whole else {}
