"""Puts everything without an order of its own in one order, so that permuting the input changes nothing."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from planner.problem.normalise import changed
from planner.problem.schema import Problem


def canonical(problem: Problem) -> Problem:
    """``problem`` with services, offers, commitments, limits and lists of names sorted; seasons and rows about APIs keep their order."""
    return changed(
        problem,
        horizon=_horizon(problem.horizon),
        services=tuple(sorted((_service(s) for s in problem.services), key=lambda s: s.name)),
        vendors=_sorted(tuple(changed(v, attributes=_names(v.attributes)) for v in problem.vendors)),
        limits=changed(
            problem.limits,
            regions=_sorted(problem.limits.regions),
            teams=_sorted(problem.limits.teams),
            quotas=_sorted(problem.limits.quotas),
            sites=_sorted(problem.limits.sites),
        ),
        offers=changed(
            problem.offers,
            only=_names(problem.offers.only),
            exclude=_names(problem.offers.exclude),
            own=_sorted(problem.offers.own),
            accelerators=_sorted(problem.offers.accelerators),
        ),
        commitments=changed(
            problem.commitments,
            offers=_sorted(problem.commitments.offers),
            held=_sorted(problem.commitments.held),
        ),
        owned=_sorted(problem.owned),
        carbon=changed(problem.carbon, contracts=_sorted(problem.carbon.contracts)),
        costs=_costs(problem.costs),
        existing=None if problem.existing is None else changed(problem.existing, deployments=_sorted(problem.existing.deployments)),
        adapted=_sorted(tuple(changed(a, variants=_names(a.variants)) for a in problem.adapted)),
        jobs=_sorted(tuple(_job(job) for job in problem.jobs)),
    )


def _horizon(horizon: Any) -> Any:
    seasons = tuple(
        changed(s, demand=dict(sorted(s.demand.items())), prices=_sorted(s.prices)) for s in horizon.seasons
    )
    return changed(horizon, seasons=seasons)


def _service(service: Any) -> Any:
    allow, slo = service.allow, service.slo
    allow = changed(
        allow,
        **{name: _names(value) for name, value in allow if value is None or isinstance(value, tuple)},
    )
    slo = changed(slo, **{name: _by_key(getattr(slo, name)) for name in type(slo).model_fields})
    availability = service.availability
    if availability is not None and availability.survives_loss is not None:
        loss = changed(availability.survives_loss, of=_names(availability.survives_loss.of))
        availability = changed(availability, survives_loss=loss)
    return changed(
        service,
        allow=allow,
        slo=slo,
        availability=availability,
        modes=_names(service.modes),
        requires=_names(service.requires),
        substitutes=_sorted(service.substitutes),
        batch_limits=_names(service.batch_limits),
        alternatives=_sorted(service.alternatives),
        caches=_sorted(service.caches),
        profiles=_sorted(tuple(changed(p, points=_sorted(p.points)) for p in service.profiles)),
    )


def _job(job: Any) -> Any:
    allow = changed(job.allow, **{name: _names(getattr(job.allow, name)) for name in ("providers", "regions", "accelerators")})
    return changed(job, allow=allow, instances=_names(job.instances))


def _costs(costs: Any) -> Any:
    rows = {name: _sorted(value) for name, value in costs if isinstance(value, tuple) and name not in ("platforms", "without")}
    platforms = _sorted(tuple(changed(p, offers=_names(p.offers)) for p in costs.platforms))
    return changed(costs, **rows, platforms=platforms, without=_names(costs.without))


def _names(values: tuple | None) -> tuple | None:
    """Sorted, each once."""
    return None if values is None else tuple(sorted(set(values)))


def _by_key(values: dict | None) -> dict | None:
    return None if values is None else dict(sorted(values.items()))


def _sorted(rows: tuple[BaseModel, ...]) -> tuple[BaseModel, ...]:
    """By their content; rows with a name by that first."""
    return tuple(sorted(rows, key=lambda row: (getattr(row, "name", None) or "", row.model_dump_json())))
