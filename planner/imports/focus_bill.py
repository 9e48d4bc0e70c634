"""Reads a bill in FOCUS columns: what was charged, for what, how it was priced, and how much of it was used."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from planner.documents import read_csv
from planner.documents.limits import MAX_LISTED_CELLS
from planner.imports.parquet import is_parquet, read_parquet
from planner.errors import Fault, InvalidInput
from planner.units import HOURS_PER_MONTH

REQUIRED = ("EffectiveCost", "ChargePeriodStart", "ChargePeriodEnd")
# What is read of a file whose columns can be read alone.
COLUMNS = (
    *REQUIRED, "BilledCost", "BillingCurrency", "ChargeCategory", "ChargeDescription", "CommitmentDiscountId", "CommitmentDiscountStatus",
    "ConsumedQuantity", "ConsumedUnit", "HostProviderName", "PricingCategory", "PricingQuantity", "PricingUnit", "ProviderName", "RegionId",
    "ResourceName", "ResourceType", "ServiceName", "ServiceProviderName", "SkuId", "SkuMeter", "SkuPriceDetails", "Tags",
)  # fmt: skip
_MOST_FAULTS = 20
# Sums of a bill's rows must stay numbers.
_MOST = 1e12
# FOCUS 1.3 names who runs the machine and who sells it in columns of their own.
_SELLERS = ("ProviderName", "HostProviderName", "ServiceProviderName")


@dataclass(frozen=True)
class Charge:
    """One row.

    effective_usd, billed_usd   amortised, and as invoiced
    hours                       instance-hours, where the row counts hours; else None
    quantities                  (amount, unit) as consumed and as priced, where stated
    instance_type               of compute: the resource's or SKU's name
    commitment, status          id of a commitment, and Used or Unused
    sku                         meter and details of the price, where stated: sellers name the instance type there
    start, end                  of the charge, unix seconds
    """

    provider: str
    region: str
    instance_type: str
    service: str
    category: str
    pricing: str
    description: str
    commitment: str
    status: str
    sku: str
    effective_usd: float
    billed_usd: float
    hours: float | None
    start: float
    end: float
    tags: str
    quantities: tuple[tuple[float, str], ...] = ()


def read_bill(file: str) -> tuple[Charge, ...]:
    """Every row in USD, of CSV or Parquet. Raises InvalidInput with line numbers for amounts and times that are none, and other currencies."""
    table = read_parquet(file, REQUIRED, COLUMNS) if is_parquet(file) else read_csv(file, REQUIRED, MAX_LISTED_CELLS)
    names = table.columns
    columns = {name: table.column(name) for name in names}
    faults: list[Fault] = []
    found = []
    for at in range(len(table.rows)):
        row = {name: columns[name][at] for name in names}
        try:
            found.append(_charge(row))
        except ValueError as error:
            faults.append(Fault("", "bad_row", str(error), table.lines[at]))
            if len(faults) >= _MOST_FAULTS:
                break
    if faults:
        raise InvalidInput(file, faults)
    if not found:
        raise InvalidInput(file, [Fault("", "empty", "the bill has no row")])
    return tuple(found)


def months_of(charges: tuple[Charge, ...]) -> float:
    """Months of 730 h that the bill covers, from its first charge to its last; calendar months count as one each."""
    days = (max(one.end for one in charges) - min(one.start for one in charges)) / 86400.0
    whole = round(days / (HOURS_PER_MONTH / 24.0))
    # A calendar month has 28 to 31 days, and all of them are a month of the plan.
    return float(whole) if whole and abs(days - whole * HOURS_PER_MONTH / 24.0) <= 2.5 * max(1, whole) ** 0.5 else days * 24.0 / HOURS_PER_MONTH


def _charge(row: dict[str, str]) -> Charge:
    currency = row.get("BillingCurrency", "USD") or "USD"
    if currency != "USD":
        raise ValueError(f"the bill is in {currency}; convert it to USD first")
    start, end = (_time(row[name], name) for name in ("ChargePeriodStart", "ChargePeriodEnd"))
    if end <= start:
        raise ValueError("ChargePeriodEnd is not after ChargePeriodStart")
    effective = _amount(row["EffectiveCost"], "EffectiveCost")
    billed = _amount(row.get("BilledCost") or row["EffectiveCost"], "BilledCost")
    unit = (row.get("ConsumedUnit") or row.get("PricingUnit") or "").lower()
    quantity = row.get("ConsumedQuantity") or row.get("PricingQuantity") or ""
    stated = [(row.get(f"{kind}Quantity") or "", row.get(f"{kind}Unit") or "") for kind in ("Consumed", "Pricing")]
    in_hours = unit.rstrip("s") in ("hour", "hr", "instance-hour", "h") and bool(quantity)
    return Charge(
        provider=next((row[name].lower() for name in _SELLERS if row.get(name)), ""), region=row.get("RegionId") or "",
        instance_type=row.get("SkuId") if row.get("ResourceType") == "Virtual Machine" and row.get("SkuId") else row.get("ResourceName") or row.get("SkuId") or "",
        service=row.get("ServiceName") or "", category=row.get("ChargeCategory") or "Usage", pricing=row.get("PricingCategory") or "",
        description=row.get("ChargeDescription") or "", commitment=row.get("CommitmentDiscountId") or "",
        status=row.get("CommitmentDiscountStatus") or "",
        sku=" ".join(row[name] for name in ("SkuMeter", "SkuPriceDetails") if row.get(name)), effective_usd=effective, billed_usd=billed,
        hours=_amount(quantity, "ConsumedQuantity") if in_hours else None, start=start, end=end, tags=row.get("Tags") or "",
        quantities=tuple((_amount(amount, "ConsumedQuantity"), unit) for amount, unit in stated if amount and unit),
    )  # fmt: skip


def _amount(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} {text[:40]!r} is no number") from None
    if not abs(value) <= _MOST:
        raise ValueError(f"{name} {text[:40]!r} is no amount that a bill holds")
    return value


def _time(text: str, name: str) -> float:
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"{name} {text[:40]!r} is no ISO 8601 time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()
