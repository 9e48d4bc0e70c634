"""Changes against what runs today are counted, stay under their cap and are paid for."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_most, equal
from planner.verify.registry import check
from planner.verify.remigrate import migration_usd, moves


@check("changes")
def changes(case: Case) -> Iterator[Seen]:
    """Deployments whose replicas differ from today's in any period are at most the limit."""
    if case.problem.existing is not None and case.problem.limits.max_changes is not None:
        yield at_most(len(moves(case)), case.problem.limits.max_changes, "limits.max_changes", unit="changes", floor=1.0)


@check("migration", tolerance=CLAIM_TOLERANCE)
def migration(case: Case) -> Iterator[Seen]:
    """Work for every change and double running of what starts are in the cost over the horizon."""
    part = "migration_usd_per_month"
    if case.problem.existing is None or part in case.problem.costs.without:
        return
    yield equal(case.plan.cost.get(part, 0.0), migration_usd(case) / case.problem.horizon.months, part, unit="USD/month", floor=1e-6)
