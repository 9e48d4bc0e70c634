"""A problem with the demand that was measured in place of the demand that was planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.analysis.billed_hosted import words
from planner.documents.near import did_you_mean
from planner.economics.meters import ENDINGS
from planner.errors import UsageError
from planner.problem.demand import has_own_demand
from planner.problem.mirror import with_mirrors
from planner.problem.with_serves import with_serves
from planner.problem.normalise import changed
from planner.problem.schema import Problem
from planner.problem.service import Service

#: Cycles that tell weekdays from weekends: a day's hours do not say these, so their planned shape is kept.
_LONGER_THAN_A_DAY = ("weekday_weekend", "week")


def served_as(problem: Problem, served: Iterable[str], stated: Mapping[str, str], catalog: Any) -> dict[str, str]:
    """Service → name under which an engine served it, of the names ``served`` that metrics carry.

    stated  what the user says; otherwise the service's own name, else its model's, where one service alone has it

    Raises UsageError for a stated name that nothing has.
    """
    names = {service.name for service in problem.services}
    known = tuple(served)
    for service, label in stated.items():
        if service not in names:
            raise UsageError(f'the plan has no service "{service}"{did_you_mean(service, names)}', where="--served")
        if label not in known:
            raise UsageError(f'what was measured has no model "{label}"{did_you_mean(label, known)}', where="--served")
    found = dict(stated)
    for service in problem.services:
        if service.name in known:
            found.setdefault(service.name, service.name)
    for label in known:
        model = catalog.model(label)
        owners = [s.name for s in problem.services if model is not None and catalog.model(s.model) == model]
        if len(owners) == 1 and label not in found.values():
            found.setdefault(owners[0], label)
    return dict(sorted(found.items()))


def asked_as(plan: Any, problem: Problem, names: Iterable[str], stated: Mapping[str, str], catalog: Any) -> dict[str, tuple[str, ...]]:
    """Service → names of a router's log: as ``served_as``, and what the plan's sellers call the models that it alone is sent to."""
    known = tuple(names)
    found = {service: (label,) for service, label in served_as(problem, known, stated, catalog).items()}
    sold: dict[tuple[str, ...], set[str]] = {}
    for service in plan.services:
        for one in service.hosted:
            if one.mode != "serverless":
                sold.setdefault(words(one.name.partition(":")[2].removesuffix(ENDINGS.get(one.mode, ""))), set()).add(service.name)
    for label in known:
        said = words(label)
        owners = {name for model, services in sold.items() if said[-len(model) :] == model for name in services}
        if len(owners) == 1:
            (owner,) = owners
            found[owner] = tuple(dict.fromkeys((*found.get(owner, ()), label)))
    return dict(sorted(found.items()))


def with_measured_demand(problem: Problem, loads: Mapping[str, Any], times: Any) -> Problem:
    """``problem`` with the rates of ``loads`` (by service), and their mean lengths where no profile was measured by class.

    times  the problem's timeline. Headroom and seasons stay: what was measured stands for the first season.
    """
    hours_utc = tuple(period.hours_utc for period in times.periods[: times.in_cycle])
    first = problem.horizon.seasons[0].demand if problem.horizon.seasons else {}
    services = tuple(
        _measured(service, loads[service.name], problem, hours_utc, first.get(service.name, first.get("*", 1.0)))
        if service.name in loads and has_own_demand(service) else service
        for service in problem.services
    )  # fmt: skip
    return with_serves(with_mirrors(changed(problem, services=services)))


def _measured(service: Service, load: Any, problem: Problem, hours_utc: tuple[tuple[int, ...], ...], season: float) -> Service:
    workload = service.workload
    planned = tuple(workload.rate_per_s)
    before = sum(planned) / len(planned)
    if problem.periods.kind in _LONGER_THAN_A_DAY and before > 0.0:
        rates = tuple(rate * load.rate_per_s / before for rate in planned)
    else:
        rates = tuple(sum(load.hourly_per_s[hour] for hour in hours) / len(hours) for hours in hours_utc)
    factor = season or 1.0
    new = changed(workload, rate_per_s=tuple(rate / factor for rate in rates), scale=1.0)
    if not any(profile.throughput_rps or profile.ttft_ms or profile.tpot_ms for profile in service.profiles):
        new = changed(new, classes=_lengths(workload.classes, load))
    return changed(service, workload=new)


def _lengths(classes: tuple[Any, ...], load: Any) -> tuple[Any, ...]:
    """The planned classes, longer or shorter in the same proportion, so that their means are the measured ones."""
    factors = {}
    for field in ("input_tokens", "output_tokens"):
        planned = sum(one.share * getattr(one, field) for one in classes)
        factors[field] = sum(one.share * getattr(one, field) for one in load.classes) / planned
    return tuple(changed(one, **{field: getattr(one, field) * factor for field, factor in factors.items()}) for one in classes)
