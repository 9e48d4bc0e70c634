"""Faults of a plan as outages of single replicas: spot pools, zones, regions, one instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.errors import UsageError
from planner.replay.case import Case
from planner.simulate.fleet import Fleet, Outage


@dataclass(frozen=True)
class Fault:
    """What is lost at ``start_s`` and back at ``end_s`` (None: never).

    kind   spot_pool, zone, region or instance
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
            if _hit(case, fault, part.pool, part.purchase, part.region, number // part.replicas_per_instance):
                found.append(Outage(i, fault.start_s, fault.end_s))
    return tuple(found)


def _hit(case: Case, fault: Fault, pool: str, purchase: str, region: str, instance: int) -> bool:
    if fault.kind == "spot_pool":
        return purchase == "spot" and fault.what in (None, pool)
    if fault.kind == "zone":
        return case.pools[pool].failure_zone == fault.what
    if fault.kind == "region":
        return region == fault.what
    return fault.what == f"{pool} {purchase}" and instance == 0


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
            raise UsageError(f'the plan has no spot instances in "{pool}"', hint="one of " + (", ".join(spot) or "none: it uses no spot"))
        found.append(Fault("spot_pool", pool or None, at, at + back))
    return tuple(found)
