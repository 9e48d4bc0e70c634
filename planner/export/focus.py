"""The bill that a plan expects, as FOCUS 1.2 rows: what FinOps tools read beside the bills that come."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

from planner.catalog.catalog import Catalog
from planner.economics.meters import UNIT_OF
from planner.export.expected import Expected, ExpectedUse, beside, committed_usd, expected, expected_hosted
from planner.export.purchases import table_text
from planner.plan.cost import COST_PARTS
from planner.plan.schema import CommitmentPlan, Plan
from planner.problem.schema import Problem
from planner.units import HOURS_PER_MONTH

COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory",
    "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory",
    "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountStatus", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
    "ContractedUnitPrice", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory", "PricingQuantity",
    "PricingUnit", "ProviderName", "PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType",
    "ServiceCategory", "ServiceName", "SkuId", "SkuMeter", "SkuPriceId", "Tags",
)  # fmt: skip

ACCOUNT = "plan"
_SERVICES = {"provider_api": "Model inference", "batch": "Batch inference", "provisioned": "Provisioned throughput", "serverless": "Serverless inference"}


def focus(plan: Plan, problem: Problem, catalog: Catalog, month: datetime.date) -> dict[str, str]:
    """One CSV of an average month, dated ``month``; effective costs sum to the plan's total.

    Quantities are those of a month of 730 h. A commitment is billed where it is bought and amortised where it is used.
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
    lines = expected(plan, problem, catalog)
    for one in lines:
        yield _instance(plan, one)
    for used in expected_hosted(plan, problem, catalog):
        yield _hosted(used)
    for one in plan.commitments:
        yield from _commitment(one, next((pool.provider for pool in plan.pools if one.name in pool.reserved), "several"))
    for part, usd in beside(plan, lines).items():
        yield _other(COST_PARTS.get(part, part.removesuffix("_usd_per_month").replace("_", " ")), usd)


def _instance(plan: Plan, one: Expected) -> dict[str, Any]:
    """Usage; what is covered is billed with the commitment and amortised here."""
    part, covered = one.pool, bool(one.commitment)
    region = part.region.removeprefix(f"{part.provider}:")
    contracted = one.list_usd if covered else one.usd
    found = {
        "BilledCost": 0.0 if covered else one.usd, "EffectiveCost": one.usd, "ListCost": one.list_usd, "ContractedCost": contracted,
        "ChargeCategory": "Usage", "ChargeDescription": f"{part.instance_type} in {region}, {one.way.replace('_', ' ')}",
        "ChargeFrequency": "Usage-Based", "ConsumedQuantity": one.hours, "ConsumedUnit": "Hours", "PricingQuantity": one.hours,
        "PricingUnit": "Hours", "PricingCategory": {"on_demand": "Standard", "spot": "Dynamic", "committed": "Committed"}[one.way],
        "ListUnitPrice": one.list_usd / one.hours, "ContractedUnitPrice": contracted / one.hours, "ProviderName": part.provider,
        "PublisherName": part.provider, "RegionId": region, "RegionName": region, "ResourceId": part.id, "ResourceName": part.instance_type,
        "ResourceType": "Virtual Machine", "ServiceCategory": "Compute", "ServiceName": "Virtual machines", "SkuId": part.instance_type,
        "SkuPriceId": f"{part.id} {one.way}",
    }  # fmt: skip
    if one.job:
        found["ChargeDescription"] += f", job {one.job}"
        found["Tags"] = _tags(job=one.job)
    if covered:
        spend = any(other.name == one.commitment and other.measure == "spend" for other in plan.commitments)
        found |= {"CommitmentDiscountId": one.commitment, "CommitmentDiscountName": one.commitment, "CommitmentDiscountStatus": "Used"}
        found["CommitmentDiscountCategory"] = "Spend" if spend else "Usage"
    return found


def _hosted(one: ExpectedUse) -> dict[str, Any]:
    """Usage of a model or of workers that a provider runs, by meter."""
    use, part = one.use, one.part
    counted = {"million tokens": "Tokens", "million requests": "Requests"}.get(UNIT_OF[part.meter])
    price = part.usd / part.quantity
    words = " ".join(word.capitalize() for word in part.meter.split())
    return {
        "BilledCost": part.usd, "EffectiveCost": part.usd, "ListCost": part.usd, "ContractedCost": part.usd, "ChargeCategory": "Usage",
        "ChargeDescription": f"{part.option}, {part.meter}", "ChargeFrequency": "Usage-Based", "PricingCategory": "Standard",
        "ConsumedQuantity": part.quantity * (1e6 if counted else 1.0), "ConsumedUnit": counted or "Hours",
        "PricingQuantity": part.quantity, "PricingUnit": f"1M {counted}" if counted else "Hours", "ListUnitPrice": price, "ContractedUnitPrice": price,
        "ProviderName": use.provider, "PublisherName": use.provider, "ResourceId": part.option, "ResourceName": part.option,
        "ResourceType": "Model", "ServiceCategory": "AI and Machine Learning", "ServiceName": _SERVICES[use.mode], "SkuId": part.option,
        "SkuMeter": words, "SkuPriceId": f"{part.option} {part.meter}", "Tags": _tags(service=one.service),
    }  # fmt: skip


def _tags(**tags: str) -> str:
    return json.dumps(tags, ensure_ascii=False)


def _commitment(one: CommitmentPlan, provider: str) -> Iterator[dict[str, Any]]:
    """The purchase, billed and not amortised, and what of it nobody uses, amortised and not billed."""
    cost = committed_usd(one)
    frame = {
        "PricingCategory": "Committed", "CommitmentDiscountId": one.name, "CommitmentDiscountName": one.name,
        "CommitmentDiscountCategory": "Spend" if one.measure == "spend" else "Usage", "ProviderName": provider, "PublisherName": provider,
        "ServiceCategory": "Compute", "ServiceName": "Commitments", "ResourceId": one.name, "SkuId": one.name, "PricingUnit": "Hours",
        "ListUnitPrice": one.usd_per_unit_hour, "ContractedUnitPrice": one.usd_per_unit_hour,
    }  # fmt: skip
    yield {
        **frame, "BilledCost": cost, "EffectiveCost": 0.0, "ListCost": cost, "ContractedCost": cost, "ChargeCategory": "Purchase",
        "ChargeDescription": f"{one.name}, {one.term_months} months", "ChargeFrequency": "Recurring",
        "PricingQuantity": one.units * HOURS_PER_MONTH,
    }  # fmt: skip
    unused = cost * (1.0 - one.used_share)
    if unused > 1e-9 * max(1.0, cost):
        yield {
            **frame, "BilledCost": 0.0, "EffectiveCost": unused, "ListCost": unused, "ContractedCost": unused, "ChargeCategory": "Usage",
            "ChargeDescription": f"{one.name}, unused", "ChargeFrequency": "Usage-Based", "CommitmentDiscountStatus": "Unused",
            "PricingQuantity": one.units * HOURS_PER_MONTH * (1.0 - one.used_share),
        }  # fmt: skip


def _other(words: str, usd: float) -> dict[str, Any]:
    return {
        "BilledCost": usd, "EffectiveCost": usd, "ListCost": usd, "ContractedCost": usd, "ChargeCategory": "Usage", "ChargeDescription": words,
        "ChargeFrequency": "Recurring", "PricingCategory": "Other", "ProviderName": "planner", "PublisherName": "planner",
        "ServiceCategory": "Other", "ServiceName": words,
    }  # fmt: skip
