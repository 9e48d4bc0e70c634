"""What if: the base plan beside the plan after some changes, with the interval in which the difference lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.analysis.bench import Bench, plan_of
from planner.analysis.difference import Difference, Interval, cost_interval, difference
from planner.analysis.quick import quick_answer
from planner.analysis.tightened import tightens, with_bound
from planner.problem.load import LoadedProblem
from planner.problem.patch import Change, roundings
from planner.solve import Outcome, Solved


@dataclass(frozen=True)
class WhatIf:
    """The answers before and after; ``found`` only where both have a plan.

    proof  ``to_gap``, or ``upper_estimate``: the cheapest plan of what the base plan uses and what lies near, checked but
           without a bound of its own
    left_out  what is done without, where nothing else changes
    rounded   shares of whole numbers that are none, with what they were taken as
    """

    changes: tuple[str, ...]
    base: Outcome
    after: Outcome
    found: Difference | None
    proof: str
    left_out: tuple[str, ...] = ()
    rounded: tuple[str, ...] = ()

    @property
    def walk_away(self) -> Interval | None:
        """What doing without costs: so much more a month, and no more, is it worth to keep what is left out. None: other things change, or a plan is missing."""
        return None if self.found is None or not self.left_out else self.found.cost


def what_if(
    bench: Bench,
    after: LoadedProblem,
    changes: Sequence[Change | str],
    *,
    quick: bool = False,
    first: Callable[[Interval], None] | None = None,
    left_out: Sequence[str] = (),
) -> WhatIf:
    """``after`` is the base problem after ``changes`` and without ``left_out``, both of which are only named here.

    ``quick`` stops after the first answer, from what the base plan uses and the next cheapest of each service: in about a
    second, as an upper estimate. Where that has no plan, all candidates are asked. ``first`` is told that estimate before a
    program that takes long is solved to the gap.
    """
    base = bench.base()
    plan = plan_of(base)
    slow = first is not None and plan is not None and plan.solver.method != "monolith"
    estimate = quick_answer(bench, plan, after.problem) if plan is not None and (quick or slow) else None
    if estimate is not None and tightens(bench.loaded, after, changes) and not left_out:
        # Nothing but limits changed, and none gave way: what no plan cost less than before none does now.
        estimate = Solved(with_bound(estimate.plan, plan.bound_usd_per_month, bench.options.gap))
    if estimate is not None and slow and not quick:
        first(cost_interval(plan, estimate.plan))
    answer = estimate if quick and estimate is not None else bench.solved(after.problem)
    proof = "upper_estimate" if answer is estimate and not estimate.plan.proven else "to_gap"
    new = plan_of(answer)
    found = difference(plan, new, bench.catalog) if plan is not None and new is not None else None
    named = (*(change.written if isinstance(change, Change) else change for change in changes), *(f"without {name}" for name in left_out))
    return WhatIf(named, base, answer, found, proof, () if changes else tuple(left_out), roundings(bench.loaded, [one for one in changes if isinstance(one, Change)]))
