"""The bill that a plan expects, as FOCUS 1.2 rows: what FinOps tools read beside the bills that come."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from planner.catalog.catalog import Catalog
from planner.economics.build_pools import build_pools
from planner.economics.timeline import timeline
from planner.export.purchases import table_text
from planner.plan.cost import COST_PARTS, TOTAL
from planner.plan.schema import Plan
from planner.problem.schema import Problem
from planner.units import HOURS_PER_MONTH

COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory",
    "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory",
    "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountStatus", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
    "ContractedUnitPrice", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory", "PricingQuantity",
    "PricingUnit", "ProviderName", "PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType",
    "ServiceCategory", "ServiceName", "SkuId", "SkuPriceId", "Tags",
)  # fmt: skip

ACCOUNT = "plan"


def focus(plan: Plan, problem: Problem, catalog: Catalog, month: datetime.date) -> dict[str, str]:
    """One CSV of an average month, dated ``month``; effective costs sum to the plan's total.

    Quantities are those of a month of 730 h. What a commitment covers costs its users nothing more; the commitment is a row.
    """
    rows = [{**_frame(month), **row} for row in _rows(plan, problem, catalog)]
    return {"focus.csv": table_text(COLUMNS, rows)}


def _frame(month: datetime.date) -> dict[str, Any]:
    start = month.replace(day=1)
    end = (start + datetime.timedelta(days=32)).replace(day=1)
    period = {"Start": f"{start}T00:00:00Z", "End": f"{end}T00:00:00Z"}
    return {
        "BillingAccountId": ACCOUNT, "BillingAccountName": ACCOUNT, "BillingCurrency": "USD", "InvoiceIssuerName": "planner",
        **{f"{kind}Period{edge}": at for kind in ("Billing", "Charge") for edge, at in period.items()},
    }  # fmt: skip


def _rows(plan: Plan, problem: Problem, catalog: Catalog) -> Iterator[dict[str, Any]]:
    pools, _ = build_pools(problem, catalog, timeline(problem))
    known = {pool.id: pool for pool in pools}
    hours = [one.hours_per_month for one in plan.periods]
    for part in plan.pools:
        pool = known[part.id]
        for way, prices, share in (("on_demand", pool.on_demand, 1.0), ("spot", pool.spot, pool.spot_availability)):
            counts = getattr(part, way)
            if prices is None or not any(counts):
                continue
            quantity = sum(count * hour * share for count, hour in zip(counts, hours))
            cost = sum(count * hour * share * price for count, hour, price in zip(counts, hours, prices))
            listed = _listed(pool, quantity, cost)
            yield _instance(part, way, quantity, cost, listed)
        for name, counts in part.reserved.items():
            quantity = sum(count * hour for count, hour in zip(counts, hours))
            if quantity:
                yield _instance(part, "reserved", quantity, 0.0, _listed(pool, quantity, 0.0), name)
    for one in plan.commitments:
        yield _commitment(one, next((pool.provider for pool in plan.pools if one.name in pool.reserved), "several"))
    bought = sum(one.units * one.usd_per_unit_hour * HOURS_PER_MONTH for one in plan.commitments)
    signed = ("reserved_usd_per_month", "spend_commitments_usd_per_month", "purchase_usd_per_month")
    listed_apart = {"on_demand_usd_per_month", "spot_usd_per_month", *signed}
    for part, usd in plan.cost.items():
        if part != TOTAL and part not in listed_apart and usd:
            yield _other(COST_PARTS.get(part, part), usd)
    # A spend that stays discounted above its minimum costs more than the minimum: the plan knows, the list price does not.
    over = sum(plan.cost.get(part, 0.0) for part in signed) - bought
    if abs(over) > 1e-9 * max(1.0, plan.cost[TOTAL]):
        yield _other("use of commitments beyond what is committed, and terms within the horizon", over)


def _listed(pool: Any, quantity: float, cost: float) -> float:
    """At the on-demand price of the first period; what it costs where there is none."""
    return quantity * pool.on_demand[0] if pool.on_demand else cost


def _instance(part: Any, way: str, quantity: float, cost: float, listed: float, commitment: str = "") -> dict[str, Any]:
    category = {"on_demand": "Standard", "spot": "Dynamic", "reserved": "Committed"}[way]
    region = part.region.removeprefix(f"{part.provider}:")
    found = {
        "BilledCost": cost, "EffectiveCost": cost, "ListCost": listed, "ContractedCost": cost if way != "reserved" else listed,
        "ChargeCategory": "Usage", "ChargeDescription": f"{part.instance_type} in {region}, {way.replace('_', ' ')}", "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": quantity, "ConsumedUnit": "Hours", "PricingQuantity": quantity, "PricingUnit": "Hours", "PricingCategory": category,
        "ListUnitPrice": listed / quantity, "ContractedUnitPrice": (cost if way != "reserved" else listed) / quantity,
        "ProviderName": part.provider, "PublisherName": part.provider, "RegionId": region, "RegionName": region, "ResourceId": part.id,
        "ResourceName": part.instance_type, "ResourceType": "Virtual Machine", "ServiceCategory": "Compute", "ServiceName": "Virtual machines",
        "SkuId": part.instance_type, "SkuPriceId": f"{part.id} {way}",
    }  # fmt: skip
    if commitment:
        status = {"CommitmentDiscountId": commitment, "CommitmentDiscountName": commitment, "CommitmentDiscountStatus": "Used"}
        found |= {"CommitmentDiscountCategory": "Usage", **status}
    return found


def _commitment(one: Any, provider: str) -> dict[str, Any]:
    cost = one.units * one.usd_per_unit_hour * HOURS_PER_MONTH
    category = "Spend" if one.measure == "spend" else "Usage"
    return {
        "BilledCost": cost, "EffectiveCost": cost, "ListCost": cost, "ContractedCost": cost, "ChargeCategory": "Purchase",
        "ChargeDescription": f"{one.name}, {one.term_months} months", "ChargeFrequency": "Recurring", "PricingCategory": "Committed",
        "PricingQuantity": one.units * HOURS_PER_MONTH, "PricingUnit": "Hours", "ListUnitPrice": one.usd_per_unit_hour,
        "ContractedUnitPrice": one.usd_per_unit_hour, "CommitmentDiscountId": one.name, "CommitmentDiscountName": one.name,
        "CommitmentDiscountCategory": category, "ProviderName": provider, "PublisherName": provider, "ServiceCategory": "Compute",
        "ServiceName": "Commitments", "ResourceId": one.name, "SkuId": one.name,
    }  # fmt: skip


def _other(words: str, usd: float) -> dict[str, Any]:
    return {
        "BilledCost": usd, "EffectiveCost": usd, "ListCost": usd, "ContractedCost": usd, "ChargeCategory": "Usage", "ChargeDescription": words,
        "ChargeFrequency": "Recurring", "PricingCategory": "Other", "ProviderName": "planner", "PublisherName": "planner",
        "ServiceCategory": "Other", "ServiceName": words,
    }  # fmt: skip
