"""What one limit of a conflict would have to be for the others of it to hold: a budget's exactly, other caps' between two values."""

from __future__ import annotations

from dataclasses import dataclass

from planner.analysis.bench import Bench
from planner.analysis.limits import Limit
from planner.analysis.smallest import smallest
from planner.problem.load import LoadedProblem
from planner.problem.patch import patched

#: Kinds of caps that no candidate depends on, so that asking often is cheap; others are only dropped or kept.
COUNTED = frozenset({"budget", "carbon", "quota", "site"})

@dataclass(frozen=True)
class Needed:
    """The least that a cap must be: with ``enough`` the rest of the conflict holds, with ``too_little`` and below it does not."""

    enough: float
    too_little: float


def needed(bench: Bench, conflict: LoadedProblem, limit: Limit) -> Needed | None:
    """For a cap of the problem ``conflict``, in which the conflict's limits alone hold; None where it is no such cap or not known."""
    if limit.kind.name not in COUNTED or limit.side != "most" or isinstance(limit.value, bool) or limit.value is None:
        return None
    found = smallest(bench, lambda change: patched(conflict, [change], bench.catalog), limit, limit.steps[-1], limit.value)
    if found.step.dropped or found.too_little is None:
        return None
    return Needed(found.step.change.value, found.too_little)
