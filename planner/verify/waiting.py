"""In how many periods work may be served, recomputed from a service's window."""

from __future__ import annotations

from planner.problem.service import Service
from planner.verify.case import Case


def defers(case: Case, service: Service) -> int:
    """Periods in which what comes may be served: the whole ones in the service's window, at most one cycle; 1: nothing waits."""
    first = case.times.periods[0]
    if service.window_hours is None or not service.defer or first.before is None:
        return 1
    around, at = 1, first.before
    while at != 0:
        around, at = around + 1, case.times.periods[at].before
    return max(1, min(around, int(service.window_hours / first.length_hours + 1e-9)))
