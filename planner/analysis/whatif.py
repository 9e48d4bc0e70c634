"""What if: the base plan beside the plan after some changes, with the interval in which the difference lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.analysis.bench import Bench, plan_of
from planner.analysis.difference import Difference, Interval, difference
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change
from planner.solve import Outcome

if TYPE_CHECKING:
    from planner.plan.schema import Plan


@dataclass(frozen=True)
class WhatIf:
    """The answers before and after; ``found`` only where both have a plan.

    proof  ``to_gap``, or ``upper_estimate``: the cheapest plan of what the base plan uses and what lies near, checked but
           without a bound of its own
    """

    changes: tuple[str, ...]
    base: Outcome
    after: Outcome
    found: Difference | None
    proof: str

    @property
    def walk_away(self) -> Interval | None:
        """What the changes cost: with a vendor left out, what can be paid at most to keep it."""
        return None if self.found is None else self.found.cost


def what_if(bench: Bench, after: LoadedProblem, changes: Sequence[Change | str], *, quick: bool = False) -> WhatIf:
    """``after`` is the base problem after ``changes``, which are only named here.

    ``quick`` answers from what the base plan uses and the next cheapest of each service: in about a second, as an upper
    estimate. Where that has no plan, all candidates are asked.
    """
    from planner.analysis.quick import quick_answer

    base = bench.base()
    plan = plan_of(base)
    answer = quick_answer(bench, plan, after.problem) if quick and plan is not None else None
    proof = "to_gap" if answer is None else "upper_estimate"
    answer = answer if answer is not None else bench.solved(after.problem)
    new = plan_of(answer)
    found = difference(plan, new, bench.catalog) if plan is not None and new is not None else None
    return WhatIf(tuple(map(str, changes)), base, answer, found, proof)
