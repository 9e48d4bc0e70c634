"""What planning with the safe end of the predictions is said to cost."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.cost import TOTAL
from planner.problem.confidence import EVEN, confidence_of
from planner.verify.case import Case
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_most, equal, refused, same
from planner.verify.registry import check


@check("safety", tolerance=CLAIM_TOLERANCE)
def safety(case: Case) -> Iterator[Seen]:
    """The price of safety is this plan's cost less the nominal one's, for the confidence that the problem states.

    The bound of the nominal problem is never above this plan's cost: what holds at the safe end holds at the nominal one.
    That a plan of the nominal cost exists is taken as stated. The predictions themselves are recomputed at their safe end
    by every check that uses them.
    """
    stated = case.plan.safety
    if stated is None:
        return
    yield same(stated.confidence, confidence_of(case.problem), "confidence by service")
    total = case.plan.cost[TOTAL]
    if stated.nominal_bound_usd_per_month is not None and min(stated.confidence.values(), default=EVEN) >= EVEN:
        yield at_most(stated.nominal_bound_usd_per_month, total, "nominal bound against the cost", unit="USD/month", floor=1e-6)
    if stated.nominal_usd_per_month is None or stated.extra_usd_per_month is None:
        yield same((stated.nominal_usd_per_month, stated.extra_usd_per_month), (None, None), "price without a nominal plan")
        return
    if stated.nominal_bound_usd_per_month is None:
        yield refused("nominal bound", "it is missing beside a nominal cost")
        return
    low, high = stated.nominal_bound_usd_per_month, stated.nominal_usd_per_month
    yield at_most(low, high, "nominal bound against the nominal cost", unit="USD/month", floor=1e-6)
    yield equal(stated.extra_usd_per_month, total - high, "price of safety", unit="USD/month", floor=max(abs(total), 1e-6))
