"""The bill and the purchases that a plan expects: they add up to the plan."""

import csv
import datetime
import io
from pathlib import Path

import pytest

from planner.catalog import load_catalog
from planner.documents import from_data, validate
from planner.export.focus import ACCOUNT, COLUMNS, focus
from planner.export.purchases import commitments
from planner.problem.load import load_problem
from planner.problem.schema import Problem
from planner.solve import Options, solve
from tests.export.cases import plan

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def solved():
    """Four ways to pay: reserved, a savings plan, spot and on demand."""
    problem = load_problem(str(ROOT / "problems" / "15-savings-plan.json")).problem
    found = solve(problem, load_catalog("2026-11"), Options(gap=0.05, tie_break=False))
    return found.plan


@pytest.fixture(scope="module")
def rows(solved):
    problem = validate(from_data(solved.inputs.problem, "plan"), Problem)
    text = focus(solved, problem, load_catalog("2026-11"), datetime.date(2026, 12, 1))["focus.csv"]
    return list(csv.DictReader(io.StringIO(text)))


def test_effective_and_billed_costs_sum_to_the_plan(solved, rows):
    for column in ("EffectiveCost", "BilledCost"):
        assert sum(float(row[column]) for row in rows) == pytest.approx(solved.cost["total_usd_per_month"], rel=1e-9)


def test_each_way_of_paying_sums_to_its_part(solved, rows):
    paid = {name: sum(float(row["EffectiveCost"]) for row in rows if row["PricingCategory"] == name) for name in ("Standard", "Dynamic")}
    assert paid["Standard"] == pytest.approx(solved.cost["on_demand_usd_per_month"]) and paid["Dynamic"] == pytest.approx(solved.cost["spot_usd_per_month"])


# Columns that FOCUS 1.2 wants in every row, and the words that it allows.
MANDATORY = (
    "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd", "ChargeCategory", "ChargeDescription",
    "ChargePeriodStart", "ChargePeriodEnd", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ProviderName", "PublisherName",
    "ServiceCategory", "ServiceName",
)  # fmt: skip
ALLOWED = {
    "ChargeCategory": {"Usage", "Purchase", "Tax", "Credit", "Adjustment"}, "ChargeFrequency": {"One-Time", "Recurring", "Usage-Based"},
    "PricingCategory": {"Standard", "Dynamic", "Committed", "Other", ""}, "CommitmentDiscountCategory": {"Spend", "Usage", ""},
    "CommitmentDiscountStatus": {"Used", "Unused", ""}, "ChargeClass": {"Correction", ""},
    "ServiceCategory": {"AI and Machine Learning", "Compute", "Storage", "Networking", "Other"},
}  # fmt: skip


def test_rows_are_focus_rows(rows):
    assert rows and tuple(rows[0]) == COLUMNS
    for row in rows:
        assert all(row[name] != "" for name in MANDATORY), row
        assert all(row[name] in words for name, words in ALLOWED.items()), row
        assert row["BillingAccountId"] == ACCOUNT and row["ChargePeriodStart"] == "2026-12-01T00:00:00Z" and row["ChargePeriodEnd"] == "2027-01-01T00:00:00Z"
        # A status belongs to usage, and every committed price to a commitment.
        assert (row["CommitmentDiscountStatus"] == "") or row["ChargeCategory"] == "Usage"
        assert (row["PricingCategory"] == "Committed") == (row["CommitmentDiscountId"] != "")


def test_the_purchase_list_says_what_to_sign():
    found = list(csv.DictReader(io.StringIO(commitments(plan())["commitments.csv"])))
    # 1 unit × 30 USD × 730 h.
    assert [(row["commitment"], row["units"], row["usd_per_month"], row["pools"]) for row in found] == [
        ("1y aws:p5.48xlarge@us-east-1", "1.0", "21900.0", "aws:p5.48xlarge@us-east-1")
    ]
