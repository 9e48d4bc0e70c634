"""Services stand on enough distinct instances, shown by placing every replica of every service."""

from __future__ import annotations

from collections.abc import Iterator

from planner.problem.hosted import SELF_HOSTED
from planner.verify.case import Case
from planner.verify.groups import groups_for, is_group
from planner.verify.measure import Seen, at_least, refused
from planner.verify.placement import Block, Placement, Side, distinct, place
from planner.verify.registry import check
from planner.verify.waiting import defers


@check("min_instances")
def min_instances(case: Case) -> Iterator[Seen]:
    """In every period one placement of all replicas on the running instances gives each service its distinct ones."""
    wanted = {name: least for name, service in case.services.items() if (least := _least(service)) > 0}
    if not wanted:
        return
    for t in case.periods:
        now = _active(case, wanted, t)
        found = placed_in(case, t)
        stands = None if found is None else distinct(found)
        enough = True
        for name, least in sorted(now.items()):
            reached = _most(case, name, t) if stands is None else len(stands.get(name, ()))
            enough = enough and reached >= least
            yield at_least(reached, least, f"{name} {case.names[t]}", unit="distinct instances")
        if found is None and enough:
            yield refused(case.names[t], "no placement on the running instances was found in which " + _wishes(now))


def tightest_placement(case: Case) -> dict[str, tuple[str, ...]]:
    """Service → instances that hold its replicas, in the period where the fewest stand above what is asked."""
    wanted = {name: least for name, service in case.services.items() if (least := _least(service)) > 0}
    best: tuple[int, Placement] | None = None
    for t in case.periods if wanted else ():
        found = placed_in(case, t)
        now = _active(case, wanted, t)
        if found is None or not now:
            continue
        stands = distinct(found)
        spare = min(len(stands.get(name, ())) - least for name, least in now.items())
        if best is None or spare < best[0]:
            best = (spare, found)
    if best is None:
        return {}
    return {
        name: tuple(f"{pool} {purchase} #{number}" for (pool, purchase), number in where)
        for name, where in sorted(distinct(best[1]).items())
        if name in wanted
    }


def placed_in(case: Case, t: int) -> Placement | None:
    """A placement of all replicas in a period; equal periods are placed once."""
    instances: dict[Side, tuple[int, int]] = {}
    for part in case.plan.pools:
        for purchase, running in (("firm", part.running_firm[t]), ("spot", part.spot[t])):
            if running > 0:
                instances[part.id, purchase] = (running, part.accelerators_per_instance)
    blocks = [
        Block((p.pool.id, p.deployment.purchase), p.service.name, p.configuration.accelerators, p.deployment.replicas[t])
        for p in case.placed
        if p.deployment.replicas[t] > 0
    ]
    wanted = _active(case, {name: _least(service) for name, service in case.services.items()}, t)
    key = (tuple(sorted(blocks)), tuple(sorted(instances.items())), tuple(sorted(wanted.items())))
    if key not in case.placements:
        fits = all(b.side in instances for b in blocks)
        case.placements[key] = place(blocks, instances, wanted) if fits else None
    return case.placements[key]


def _most(case: Case, service: str, t: int) -> int:
    """Distinct instances that a service could stand on if it were alone."""
    replicas: dict[Side, int] = {}
    for p in case.placed_of(service):
        side = (p.pool.id, p.deployment.purchase)
        replicas[side] = replicas.get(side, 0) + p.deployment.replicas[t]
    running = {(part.id, "firm"): part.running_firm[t] for part in case.plan.pools}
    running |= {(part.id, "spot"): part.spot[t] for part in case.plan.pools}
    return sum(min(count, running.get(side, 0)) for side, count in replicas.items())


def _least(service) -> int:
    return service.availability.min_instances if service.availability is not None else 0


def _active(case: Case, wanted: dict[str, int], t: int) -> dict[str, int]:
    """Services with a floor in a period: those with demand, and replicas where others may answer in their place."""
    return {
        name: least
        for name, least in wanted.items()
        if least
        and (defers(case, case.services[name]) > 1 or any(rates[t] for rates in case.demand[name]))
        and (_alone(case, name) or any(p.deployment.replicas[t] for p in case.placed_of(name)))
    }


def _alone(case: Case, name: str) -> bool:
    """Whether nothing but the service's own replicas can answer a request when it comes."""
    service = case.services[name]
    return set(service.modes) <= set(SELF_HOSTED) and defers(case, service) <= 1 and not is_group(service) and not groups_for(case, name)


def _wishes(wanted: dict[str, int]) -> str:
    return ", ".join(f"{name} stands on {least}" for name, least in sorted(wanted.items()))
