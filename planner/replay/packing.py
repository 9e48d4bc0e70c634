"""How many replicas of a service one instance holds, by the placement that the plan's check works out."""

from __future__ import annotations

from planner.replay.case import Case
from planner.verify.checks.min_instances import placed_in


def on_one_instance(case: Case, service: str, pool: str, purchase: str, accelerators: int, period: int) -> int | None:
    """Replicas of so many accelerators on the instance that holds most of the service; None: the check finds no placement.

    Services share instances, and one that is to stand on several does.
    """
    found = placed_in(case.checked, period)
    if found is None:
        return None
    most = max((held.get(service, 0) for held in found.get((pool, purchase), ())), default=0)
    return -(-most // accelerators)
