"""Tables of safe shares for the configurations that plans use, found by simulation on the part of the trace that is planned with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

from planner.plan.schema import Plan
from planner.problem.service import Service
from planner.replay.case import Case
from planner.replay.fleets import limits_of, replicated
from planner.replay.shares import share_table
from planner.replay.sources import source_of
from planner.replay.tables import Tables, has_table, key_of, table_of
from planner.workload import Trace

#: Largest fleet of one configuration for which shares are found, against what its work alone needs.
ROOM = 2.5


def missing(case: Case, known: Tables) -> list[tuple[Service, tuple]]:
    """Configurations with replicas in any period that could have a table and have none."""
    return [
        (service, key)
        for service in case.problem.services
        if limits_of(service)
        for key in used(case.plan, service.name)
        if has_table(key) and (service.name, key) not in known
    ]


def used(plan: Plan, service: str) -> list[tuple]:
    """Configurations of a service with replicas in any period."""
    planned = next(s for s in plan.services if s.name == service)
    return sorted({key_of(d) for d in planned.deployments if any(d.replicas)})


def found_tables(case: Case, wanted: list[tuple[Service, tuple]], planning: Mapping[str, Trace], cache: Path | None, tell: Callable[[str], None]) -> Tables:
    """The tables of ``wanted``; without those for which there is nothing to play."""
    found: Tables = {}
    for service, key in wanted:
        tell(" ".join(map(str, key[:2])))
        replica = replicated(case, service, key)
        source = source_of(service, planning.get(service.name), [math.isfinite(w) for w in replica.work_s])
        if source is None:
            continue
        load = service.workload
        rate = max(load.rate_per_s) * load.scale * load.headroom
        busy = rate * sum(share * w for share, w in zip(source.shares, replica.work_s) if share > 0.0)
        levels = share_table(replica.times, replica.work_s, limits_of(service), source, math.ceil(ROOM * busy) + 2, cache)
        found[service.name, key] = table_of(key, levels, "simulated")
    return found
