"""Faults of a plan as outages of single replicas: spot pools, zones, regions, one instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.errors import UsageError
from planner.replay.case import Case
from planner.replay.fleets import class_names, group_name
from planner.replay.packing import on_one_instance
from planner.simulate.fleet import Fleet, Outage, Part, Reroute, Workers

INSTANCE = "instance"


@dataclass(frozen=True)
class Fault:
    """What is lost at ``start_s`` and back at ``end_s`` (None: never).

    kind   spot_pool, spot_region, zone, region or instance
    what   id of a pool, name of a zone or region; None: every spot pool
    """

    kind: str
    what: str | None
    start_s: float
    end_s: float | None = None

    @property
    def name(self) -> str:
        """How it is shown."""
        return f"{self.kind.replace('_', ' ')} {self.what or '(all)'}"


def outages_of(case: Case, fleet: Fleet, faults: Sequence[Fault]) -> tuple[Outage, ...]:
    """The replicas of a fleet that the faults take away."""
    found = []
    for fault in faults:
        for i, (g, p, number) in enumerate(fleet.replicas()):
            part = fleet.groups[g].parts[p]
            if fault.kind == INSTANCE:
                hit = fault.what == f"{part.pool} {part.purchase}" and number < _together(case, fleet, part, fault.start_s)
            else:
                hit = _hit(case, fault, part)
            if hit:
                found.append(Outage(i, fault.start_s, fault.end_s))
    return tuple(found)


def rerouted(case: Case, fleet: Fleet, faults: Sequence[Fault]) -> Fleet:
    """The fleet with the routing after each loss: the one that the plan shows for it, else less to groups that lost replicas."""
    return replace(fleet, reroutes=tuple(one for fault in faults if (one := _reroute(case, fleet, fault)) is not None))


def _reroute(case: Case, fleet: Fleet, fault: Fault) -> Reroute | None:
    lost = {one.replica for one in outages_of(case, fleet, (fault,))}
    if not lost:
        return None
    usual = tuple(group.rate_per_s for group in fleet.groups)
    planned = next(s for s in case.plan.services if s.name == fleet.service)
    shown = next((s for s in planned.survival if s.kind == fault.kind and s.lost == fault.what), None)
    if shown is None:
        places = fleet.replicas()
        left = [[0, 0] for _ in fleet.groups]
        for i, (g, _, _) in enumerate(places):
            left[g][0] += 1
            left[g][1] += i not in lost
        rates = tuple(
            tuple(tuple(rate * alive / max(every, 1) for rate in rates) for rates in group) for group, (every, alive) in zip(usual, left)
        )
        return Reroute(fault.start_s, fault.end_s, rates, fleet.unserved)
    names, periods = class_names(case.services[fleet.service]), len(case.plan.periods)
    to = {
        (group_name((r.variant, r.accelerator, r.tp, r.pp, r.engine, r.max_num_seqs), r.region), r.request_class): r.rate_per_s
        for r in shown.routing
    }
    none = (0.0,) * periods
    rates = tuple(
        group.rate_per_s if isinstance(group.scaling, Workers) else tuple(to.get((group.name, name), none) for name in names)
        for group in fleet.groups
    )
    # Beyond the fraction that survives, requests are turned away: served, they would make all the others late.
    unserved = tuple(
        tuple(max(0.0, sum(g[b][t] for g in usual) + (fleet.unserved[b][t] if fleet.unserved else 0.0) - sum(g[b][t] for g in rates)) for t in range(periods))
        for b in range(len(names))
    )  # fmt: skip
    return Reroute(fault.start_s, fault.end_s, rates, unserved)


def _together(case: Case, fleet: Fleet, part: Part, at_s: float) -> int:
    """Replicas on the instance that holds most of the service when it is lost; without a placement, as many as one can hold."""
    period = max((s for s in fleet.stages if s.start_s <= at_s), key=lambda s: s.start_s, default=fleet.stages[0]).period
    found = on_one_instance(case, fleet.service, part.pool, part.purchase, part.accelerators, period)
    return part.replicas_per_instance if found is None else found


def _hit(case: Case, fault: Fault, part: Part) -> bool:
    if fault.kind == "spot_pool":
        return part.purchase == "spot" and fault.what in (None, part.pool)
    if fault.kind == "spot_region":
        return part.purchase == "spot" and part.region == fault.what
    if fault.kind == "zone":
        return part.pool in case.pools and case.pools[part.pool].failure_zone == fault.what
    return fault.kind == "region" and part.region == fault.what


def spot_losses(case: Case, given: Sequence[str]) -> tuple[Fault, ...]:
    """``[POOL@]SECONDS`` each: spot instances that are reclaimed then, and back after the problem's restart time."""
    back = case.problem.start_up.spot_restart_hours * 3600.0
    spot = sorted({d.pool for s in case.plan.services for d in s.deployments if d.purchase == "spot"})
    found = []
    for text in given:
        pool, _, seconds = text.rpartition("@")
        try:
            at = float(seconds)
        except ValueError:
            at = -1.0
        if not 0.0 <= at < 1e9:
            raise UsageError(f'"{text}" is no time of a loss', hint="--kill-spot 600, or --kill-spot POOL@600")
        if pool and pool not in spot:
            raise UsageError(f'the plan has no spot instances in "{pool}"', hint="one of " + ", ".join(spot) if spot else "it uses no spot")
        found.append(Fault("spot_pool", pool or None, at, at + back))
    return tuple(found)


def never_notes(case: Case, losses: Sequence[Fault], seconds: float) -> list[str]:
    """Losses that take nothing away: of spot where the plan has none, or to come when a run of so many seconds is over."""
    if losses and not any(d.purchase == "spot" for s in case.plan.services for d in s.deployments):
        return ["the plan has no spot instances, so none are reclaimed"]
    return [f"{one.name} is not lost: the run ends at second {seconds:g}, before second {one.start_s:g}" for one in losses if one.start_s >= seconds]
