"""What planning with the safe end of the predictions is said to cost."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.cost import TOTAL
from planner.problem.confidence import EVEN, confidence_of
from planner.verify.case import Case
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_most, equal, refused, same, unless
from planner.verify.registry import check
from planner.verify.waiting import defers


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


@check("waiting", tolerance=CLAIM_TOLERANCE)
def waiting(case: Case) -> Iterator[Seen]:
    """What waiting saves is the cost, and the emissions, of serving as it comes less this plan's; a plan may always serve as it comes.

    That a plan of that cost exists is taken as stated.
    """
    stated = case.plan.waiting
    if stated is None:
        return
    yield unless(not any(defers(case, s) > 1 for s in case.services.values()), "waiting", "no work of this problem may wait")
    total, other = case.plan.cost[TOTAL], stated.as_it_comes_usd_per_month
    if other is None or stated.saved_usd_per_month is None:
        yield same((other, stated.saved_usd_per_month), (None, None), "saving without a plan that serves as it comes")
        return
    yield equal(stated.saved_usd_per_month, other - total, "saved", unit="USD/month", floor=max(abs(total), 1e-6))
    if stated.as_it_comes_bound_usd_per_month is not None:
        yield at_most(stated.as_it_comes_bound_usd_per_month, other, "bound against the cost", unit="USD/month", floor=1e-6)
    if case.plan.bound_usd_per_month is not None:
        yield at_most(case.plan.bound_usd_per_month, other, "this plan's bound against serving as it comes", unit="USD/month", floor=1e-6)
    carbon = (stated.as_it_comes_carbon_kg_per_month, case.plan.carbon_kg_per_month)
    if None in carbon or stated.saved_carbon_kg_per_month is None:
        yield same(stated.saved_carbon_kg_per_month, None, "emissions saved where they are unknown")
    else:
        yield equal(stated.saved_carbon_kg_per_month, carbon[0] - carbon[1], "emissions saved", unit="kgCO2e/month", floor=max(abs(carbon[1]), 1e-6))


@check("shadow", tolerance=CLAIM_TOLERANCE)
def shadow(case: Case) -> Iterator[Seen]:
    """What mirroring costs is this plan's cost less that of a plan without mirrors, for the services that mirror others.

    That a plan of that cost exists is taken as stated. Mirrored demand itself is recomputed by ``demand_served``.
    """
    stated = case.plan.shadow
    if stated is None:
        return
    yield same(stated.services, tuple(name for name, s in case.services.items() if s.workload.mirrors is not None), "services that mirror others")
    total, other = case.plan.cost[TOTAL], stated.without_usd_per_month
    if other is None or stated.extra_usd_per_month is None:
        yield same((other, stated.extra_usd_per_month), (None, None), "cost without a plan that mirrors nothing")
        return
    yield equal(stated.extra_usd_per_month, total - other, "cost of mirroring", unit="USD/month", floor=max(abs(total), 1e-6))
    if stated.without_bound_usd_per_month is not None:
        yield at_most(stated.without_bound_usd_per_month, other, "bound against the cost", unit="USD/month", floor=1e-6)
