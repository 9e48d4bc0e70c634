"""The figures of money and carbon that a plan claims are those that its decisions give."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.cost import COST_PARTS, TOTAL
from planner.verify.case import Case
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_least, at_most, equal, refused, same, unless
from planner.verify.recarbon import fleet_kg, market_kg, region_kg, service_kg
from planner.verify.recash import cash
from planner.verify.recharge import paid_once as used_once
from planner.verify.recost import preparation_usd, recost, share_usd
from planner.verify.registry import check
from planner.verify.whole import says_all

#: Parts of the cost that hold nothing but what is paid once for its use.
ONCE_ALONE = ("storage_usd_per_month", "staff_usd_per_month")
#: Parts of the cost are compared relative to the whole where they are a small part of it.
SMALL_PART = 1e-3


@check("cost", tolerance=CLAIM_TOLERANCE)
def cost(case: Case) -> Iterator[Seen]:
    """Every part of the cost follows from the decisions, and the total is their sum; a part not stated is 0."""
    computed = recost(case)
    claimed = case.plan.cost
    floor = max(1e-6, SMALL_PART * sum(map(abs, computed.values())))
    for part in COST_PARTS:
        yield equal(claimed.get(part, 0.0), computed[part], part, unit="USD/month", floor=floor)
    if TOTAL not in claimed:
        yield refused(TOTAL, "the total is missing")
        return
    parts = sum(claimed.get(part, 0.0) for part in COST_PARTS)
    yield equal(claimed[TOTAL], parts, f"{TOTAL} against its parts", unit="USD/month", floor=1e-6)
    yield equal(claimed[TOTAL], sum(computed.values()), TOTAL, unit="USD/month", floor=1e-6)


@check("paid_once", tolerance=CLAIM_TOLERANCE)
def paid_once(case: Case) -> Iterator[Seen]:
    """Weights in a region, a balancer, a platform's people: each is in the cost once if any replica needs it, else not."""
    expected = dict.fromkeys(ONCE_ALONE, 0.0)
    for charge in used_once(case).values():
        if charge.part in expected:
            expected[charge.part] += charge.usd_per_month
    for part, usd in expected.items():
        if part not in case.problem.costs.without:
            yield equal(case.plan.cost.get(part, 0.0), usd, part, unit="USD/month", floor=1e-6)


@check("preparation", tolerance=CLAIM_TOLERANCE)
def preparation(case: Case) -> Iterator[Seen]:
    """Each (model, variant) that any service runs is prepared once, and its work is in the cost over the horizon."""
    part = "preparation_usd_per_month"
    if part in case.problem.costs.without:
        return
    paid = sum(preparation_usd(case).values()) / case.problem.horizon.months
    yield equal(case.plan.cost.get(part, 0.0), paid, part, unit="USD/month", floor=1e-6)


@check("claimed_carbon", tolerance=CLAIM_TOLERANCE)
def claimed_carbon(case: Case) -> Iterator[Seen]:
    """Emissions of the plan, each region and period, and each service follow from its decisions; unknown is not a number."""
    yield from _kg(case, case.plan.carbon_kg_per_month, fleet_kg(case), "carbon_kg_per_month")
    claimed, computed = case.plan.carbon_by_region, region_kg(case) or {}
    for region in sorted(set(claimed) | set(computed)) if claimed is not None else ():
        none = (0.0,) * len(case.periods)
        stated = claimed.get(region, none)
        if len(stated) != len(none):
            yield refused(f"carbon_by_region.{region}", "it needs one figure a period")
            continue
        for t, kg in enumerate(stated):
            yield from _kg(case, kg, computed.get(region, none)[t], f"carbon_by_region.{region}[{t}]")
    claimed = case.plan.carbon_market_kg_per_month
    if claimed is not None:
        yield unless(not case.problem.carbon.contracts, "carbon_market_kg_per_month", "no contract for electricity is stated")
        yield from _kg(case, claimed, market_kg(case) if case.problem.carbon.contracts else None, "carbon_market_kg_per_month")
    for name, part in case.parts.items():
        yield from _kg(case, part.carbon_kg_per_month, service_kg(case, name), f"{name} carbon_kg_per_month")


@check("offsets")
def offsets(case: Case) -> Iterator[Seen]:
    """Certificates are bought for at least the stated share of the recomputed emissions, and for no more than all."""
    asked, bought = case.problem.carbon.offsets, case.plan.carbon_offset_kg_per_month
    if asked is None:
        yield unless(bought is not None, "carbon_offset_kg_per_month", "the problem offers no offsets")
        return
    kg = fleet_kg(case)
    if kg is None:
        yield refused("carbon_offset_kg_per_month", "emissions are unknown, so a share of them is")
        return
    yield at_least(bought or 0.0, asked.share * kg, "share offset", unit="kgCO2e/month", floor=1e-3)
    yield at_most(bought or 0.0, kg, "all that is emitted", unit="kgCO2e/month", floor=1e-3)


def _kg(case: Case, claimed: float | None, computed: float | None, where: str) -> Iterator[Seen]:
    if claimed is None:
        yield unless(says_all(case.plan) and computed is not None, where, "it is known, and not stated")
        return
    if computed is None:
        yield refused(where, f"claimed {claimed:.9g}, but the power or grid of a used pool is unknown")
    else:
        yield equal(claimed, computed, where, unit="kgCO2e/month", floor=1e-6)


@check("claimed_cash", tolerance=CLAIM_TOLERANCE)
def claimed_cash(case: Case) -> Iterator[Seen]:
    """Each month's cash is what its season's decisions cost, with upfront payments and one-off work on their days."""
    claimed = case.plan.cash
    if not claimed and not says_all(case.plan):
        return
    computed = cash(case)
    yield same([c.month for c in claimed], list(range(len(computed))), "months")
    floor = max(1e-6, max(sum(map(abs, each)) for each in computed))
    for stated, (running, upfront, one_off) in zip(claimed, computed):
        yield equal(stated.running_usd, running, f"month {stated.month} running", unit="USD", floor=floor)
        yield equal(stated.upfront_usd, upfront, f"month {stated.month} upfront", unit="USD", floor=floor)
        yield equal(stated.one_off_usd, one_off, f"month {stated.month} one-off", unit="USD", floor=floor)


@check("claimed_share", tolerance=CLAIM_TOLERANCE)
def claimed_share(case: Case) -> Iterator[Seen]:
    """A service's share of shared instances is accelerators × hours × the pool's price per accelerator."""
    for name, part in case.parts.items():
        if part.share_usd_per_month is None:
            yield unless(says_all(case.plan), name, "its share is not stated")
        else:
            yield equal(part.share_usd_per_month, share_usd(case, name), name, unit="USD/month", floor=1e-6)
