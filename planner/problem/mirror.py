"""Shadow deployments: a share of one service's requests sent a second time to another service, which answers nobody."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from planner.errors import Fault, InvalidInput
from planner.problem.base import Count, Frozen, Name, PositiveCount

#: The priority of whom stock goes to last.
LAST = 100
#: Figures of a profile that are given one per request class.
_BY_CLASS = ("throughput_rps", "ttft_ms", "tpot_ms")


class Mirror(Frozen):
    """Whose requests are mirrored, how many of them, and in which months of the horizon."""

    service: Name = Field(description="whose requests are mirrored; its rates, lengths, scale and headroom are those of the mirror")
    share: Annotated[float, Field(gt=0, le=1)] = Field(description="of its requests, of every class alike")
    start_month: Count = Field(0, description="first month in which it is mirrored, counted from 0")
    months: PositiveCount | None = Field(None, description="for so many months; default: to the end of the horizon")

    def ends(self, horizon_months: int) -> int:
        """The first month after it."""
        return horizon_months if self.months is None else self.start_month + self.months


def check_mirrors(problem: Any) -> None:
    """Raises ValueError where a mirrored service is not there, is itself a mirror, or the months lie beyond the horizon."""
    by_name = {service.name: service for service in problem.services}
    for service in problem.services:
        mirror = service.workload.mirrors
        if mirror is None:
            continue
        source = by_name.get(mirror.service)
        if source is None:
            raise ValueError(f'{service.name!r} mirrors {mirror.service!r}: no service is named so')
        if source.workload.mirrors is not None:
            raise ValueError(f"{service.name!r} mirrors {mirror.service!r}, which mirrors another service; mirror that one")
        if mirror.ends(problem.horizon.months) > problem.horizon.months or mirror.start_month >= problem.horizon.months:
            raise ValueError(f"{service.name!r} mirrors beyond the horizon of {problem.horizon.months} months, which are counted from 0")


def with_mirrors(problem: Any) -> Any:
    """``problem`` with the workload of every mirror as its source's is now; raises InvalidInput for profiles of other classes.

    The source's workload is in its one form. Burstiness and prefix hits stated for the mirror are its own. What the source
    requires holds for the mirror too, and so do its regions and home where the mirror states none.
    """
    if all(service.workload.mirrors is None for service in problem.services):
        return problem
    from planner.problem.normalise import changed

    by_name = {service.name: service for service in problem.services}
    services, faults = [], []
    for index, service in enumerate(problem.services):
        if service.workload.mirrors is not None:
            stated, service = service, _with_demand_of(by_name[service.workload.mirrors.service], service)
            faults += _faults(stated, service, f"services[{index}]")
        services.append(service)
    if faults:
        raise InvalidInput("", faults)
    return changed(problem, services=tuple(services))


def without_mirrors(problem: Any) -> Any:
    """``problem`` in which nothing is mirrored, and nothing that runs today for it counts as moved."""
    from planner.problem.normalise import changed

    gone = {service.name for service in problem.services if service.workload.mirrors is not None}
    services = tuple(service for service in problem.services if service.name not in gone)
    existing = problem.existing
    if existing is not None:
        existing = changed(existing, deployments=tuple(row for row in existing.deployments if row.service not in gone))
    return changed(problem, services=services, existing=existing)


def _with_demand_of(source: Any, mirror: Any) -> Any:
    from planner.problem.normalise import changed

    own = {name: getattr(mirror.workload, name) for name in ("dispersion_10s", "prefix_hit") if name in mirror.workload.model_fields_set}
    load = changed(source.workload, mirrors=mirror.workload.mirrors, **own)
    load.__pydantic_fields_set__.update(("mirrors", *own))
    # A copy of a request is as much its user's as the request: what is required of who processes it, and where, goes with it.
    requires = tuple(sorted({*mirror.requires, *source.requires}))
    regions = source.allow.regions if mirror.allow.regions is None else mirror.allow.regions
    allow = mirror.allow if regions == mirror.allow.regions else changed(mirror.allow, regions=regions)
    made = changed(mirror, workload=load, requires=requires, allow=allow, home=mirror.home or source.home)
    if "priority" not in mirror.model_fields_set:
        # Where stock is short, who waits for an answer comes first.
        made = changed(made, priority=LAST)
        made.__pydantic_fields_set__.add("priority")
    return made


def _faults(stated: Any, mirror: Any, path: str) -> list[Fault]:
    count = len(mirror.workload.classes)
    text = f"what mirrors {mirror.workload.mirrors.service!r} has its demand; leave this out"
    own = [
        Fault(f"{path}.workload.{name}", "contradiction", text)
        for name, unstated in (("rate_per_s", None), ("hourly_shape", None), ("classes", None), ("scale", 1.0), ("headroom", 1.0))
        if getattr(stated.workload, name) not in (unstated, getattr(mirror.workload, name))
    ]
    return own + [
        Fault(f"{path}.profiles[{index}].{name}", "wrong_length", f"{len(given)} figures for {count} request classes of the mirrored service; "
              "give one per class, shorter inputs first")
        for index, profile in enumerate(mirror.profiles)
        for name in _BY_CLASS
        if (given := getattr(profile, name)) is not None and len(given) != count
    ]  # fmt: skip
