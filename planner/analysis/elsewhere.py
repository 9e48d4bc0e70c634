"""What answers a service in a plan beside replicas of its own: hosted options, a group's replicas, a cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.documents import Document, from_data, validate
from planner.problem.load import LoadedProblem, restated
from planner.problem.schema import Problem

if TYPE_CHECKING:
    from planner.candidates.candidate import Choices
    from planner.plan.schema import Plan, ServicePlan

#: Services that a group may be of, at the least.
FEWEST = 2
#: How an option is paid, where its name does not say it.
_PAID = {"provider_api": " by the token", "serverless": " serverless"}


def named(option: Any) -> str:
    """A hosted option of a plan or of a service's choices, such as ``together:llama-3.3-70b by the token``."""
    return f"{option.name}{_PAID.get(option.mode, '')}"


def sent(service: ServicePlan) -> dict[str, tuple[float, ...]]:
    """Requests per second that others than its own replicas answer of a service, by who answers them, per period."""
    found: dict[str, tuple[float, ...]] = {}
    for one in service.hosted:
        if any(any(rates) for rates in one.rate_per_s.values()):
            found[named(one)] = tuple(map(sum, zip(*one.rate_per_s.values())))
    return found | {f"replicas of {group}": rates for group, rates in service.answered_by.items() if any(rates)}


def bought_by_use(plan: Plan) -> Iterator[str]:
    """Each hosted option that a plan uses, once; units where they are bought."""
    found: dict[str, int] = {}
    for one in (one for service in plan.services for one in service.hosted):
        if one.units or any(any(rates) for rates in one.rate_per_s.values()):
            found[named(one)] = found.get(named(one), 0) + (one.units or 0)
    for name in sorted(found):
        yield f"{found[name]} units of {name}" if found[name] else name


def not_shared(loaded: LoadedProblem, service: str, group: str = "*") -> Problem:
    """The problem in which no group, or not the one named, may answer for a service; a group that is left with one service goes."""
    if not any(_answers(one, service, group) for one in loaded.stated.services):
        return loaded.problem
    data = json.loads(json.dumps(loaded.document.data))
    kept = []
    for one, row in zip(loaded.stated.services, data["services"]):
        if _answers(one, service, group):
            left = [name for name in one.workload.serves.services if name != service]
            if len(left) < FEWEST:
                continue
            # What a plan's problem repeats of the group's demand follows from who is left.
            row["workload"] = {"serves": {**row["workload"]["serves"], "services": left}}
        kept.append(row)
    document = Document(loaded.file, from_data({**data, "services": kept}, loaded.file).data, find_places=loaded.document.find_places)
    return restated(loaded, validate(document, Problem), document).problem


def _answers(one: Any, service: str, group: str) -> bool:
    serves = one.workload.serves
    return serves is not None and service in serves.services and group in ("*", one.name)


def without_hosted(choices: tuple[Choices, ...], service: str, name: str) -> tuple[Choices, ...]:
    """``choices`` in which a service is not sent to the hosted option that ``sent`` names."""
    return tuple(replace(one, hosted=tuple(h for h in one.hosted if named(h) != name)) if one.service == service else one for one in choices)
