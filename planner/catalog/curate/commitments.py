"""Commitments of an edition: what a term is worth, on which machines, and how far it may move."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.catalog.curate.facts import Draft, number
from planner.catalog.curate.spot import SPOT_PRODUCTS


@dataclass(frozen=True)
class Terms:
    """How a product works, read from its scope and flexibility in the reference."""

    scope: str
    measure: str
    flexible: bool


_TERMS = {
    ("aws", "Standard Reserved Instance"): Terms("family", "instances", True),
    ("aws", "RI / EC2 Instance Savings Plan"): Terms("family", "spend", True),
    ("aws", "EC2 Instance Savings Plan"): Terms("family", "spend", True),
    ("aws", "Compute Savings Plan"): Terms("provider", "spend", True),
    ("gcp", "Resource CUD (GPU, A2 A100)"): Terms("family", "instances", False),
    ("gcp", "Resource CUD (GPU, generic)"): Terms("family", "instances", False),
    ("gcp", "TPU commitment v5e/v5p"): Terms("family", "instances", False),
    ("gcp", "TPU commitment v6e"): Terms("family", "instances", False),
    ("azure", "Compute savings plan"): Terms("provider", "spend", True),
    ("azure", "Reserved VM instance"): Terms("family", "instances", True),
    ("oci", "Annual Universal Credits"): Terms("provider", "spend", True),
    ("lambda", "Reserved / 1-Click cluster"): Terms("pool", "instances", False),
    ("nebius", "Commitment"): Terms("pool", "instances", False),
    ("runpod", "Savings plan"): Terms("pool", "instances", False),
}

# Machines covered, as patterns on instance types, by the words of the reference.
_COVERS = {
    "p4d": ("p4d.*",),
    "GPU families": ("g*", "p*", "inf*", "trn*"),
    "EC2 GPU + others": ("*",),
    "EC2 GPU families": ("g*", "p*", "inf*", "trn*"),
    "a2-highgpu": ("a2-highgpu-*",),
    "T4 L4 V100 A100": ("T4", "L4", "V100", "A100-40GB", "A100-80GB"),
    "T4 L4 V100 A100 H100": ("T4", "L4", "V100", "A100-40GB", "A100-80GB", "H100"),
    "TPU v5e, v5p": ("TPU-v5e", "TPU-v5p"),
    "TPU v6e": ("TPU-v6e",),
    "NC A100 v4, NV A10 v5, ND A100 v4": (
        "Standard_NC*ads_A100_v4", "Standard_NV*_A10_v5", "Standard_ND96*A100_v4", "Standard_ND96asr_v4",
    ),
    "NCas T4 v3": ("Standard_NC*as_T4_v3",),
    "NC24ads A100 v4 (A100-80GB)": ("Standard_NC*ads_A100_v4",),
    "NCas T4 v3 (T4)": ("Standard_NC*as_T4_v3",),
    "NV A10 v5, ND96isr H100 v5, ND96amsr A100 v4": (
        "Standard_NV*_A10_v5", "Standard_ND96isr_H100_v5", "Standard_ND96amsr_A100_v4",
    ),
    "ND96asr A100 v4": ("Standard_ND96asr_v4",),
    "N-series": ("Standard_N*",),
    "all": ("*",),
    "H100 B200": ("H100", "H100-PCIe", "B200"),
    "HGX": ("H100", "H200", "B200"),
    "pods": ("*",),
}

_LEFT_OUT = {
    ("aws", "SageMaker Savings Plan"): "covers SageMaker machines, which are not among the offers",
    ("aws", "Capacity Blocks for ML"): "a window of time priced by supply: no discount is stated",
    ("aws", "Private pricing / EDP"): "negotiated, not listed: state one's own in an overlay",
    ("gcp", "Flexible (spend) CUD"): "covers processors and memory; accelerators are mostly excluded",
    ("gcp", "Sustained use discount"): "automatic, not a commitment, and not on the accelerators sold by machine type",
    ("gcp", "Dynamic Workload Scheduler Flex-start"): "starts when capacity is found: neither a commitment nor on demand",
    ("coreweave", "Reserved capacity"): "no term is stated and the discount is the highest possible",
    ("hyperstack", "Reservation"): "no term is stated; the offers carry the reserved prices",
    ("together", "Reserved cluster"): "no term and no list price are stated",
}

# Pages that say "up to": the low end is what one can count on.
_UP_TO = {("nebius", "Commitment")}

_MONTHS = {"3 months+": 3, "1-3": 12, "0.25-1": 12}

# Share of a term's price that is paid at its start; partial is half at Amazon.
_UPFRONT = {
    "no upfront": ("none", 0.0), "monthly": ("none", 0.0), "monthly or upfront": ("none", 0.0), "commit": ("none", 0.0),
    "partial upfront": ("partial", 0.5), "all upfront": ("all", 1.0), "upfront": ("all", 1.0),
}


def commitments(rows: list[dict[str, str]], draft: Draft) -> None:
    """Products with a term and a discount; the rest is left out with its reason."""
    for row in rows:
        key = (row["provider"], row["product"])
        what = f"{row['provider']}:{row['product']}:{row['term_years']}"
        if row["product"] in SPOT_PRODUCTS:
            continue
        if key in _LEFT_OUT:
            draft.leave_out("commitments", what, _LEFT_OUT[key])
            continue
        _add(row, _TERMS[key], draft)


def _add(row: dict[str, str], terms: Terms, draft: Draft) -> None:
    payment, share = _UPFRONT[row["payment"]]
    low = number(row["discount_low"])
    cautious = (row["provider"], row["product"]) in _UP_TO and low is not None
    months = _MONTHS.get(row["term_years"]) or round(12 * number(row["term_years"]))
    covers = re.sub(r" \(.*\)$", "", row["applies_to"]) if terms.measure == "instances" else row["applies_to"]
    notes = [row["note"], row["check"]]
    if row["term_years"] in _MONTHS:
        notes.append(f"term given as {row['term_years']}")
    if cautious:
        notes.append(f"the low end is used, the page says up to {row['discount_vs_on_demand']}")
    draft.add(
        "commitments",
        source=row["source"], as_of=row["as_of"], kind=_kind(row), note="; ".join(note for note in notes if note),
        provider=row["provider"], product=row["product"], term_months=months, payment=payment, upfront_share=share,
        scope=terms.scope, measure=terms.measure,
        discount=low if cautious else number(row["discount_vs_on_demand"]),
        discount_low=low, discount_high=number(row["discount_high"]),
        applies_to=_covers(row["applies_to"], covers), flexible=terms.flexible, flexibility=row["flexibility"],
    )


def _covers(full: str, family: str) -> tuple[str, ...]:
    """The patterns for the reference's words; a bare family such as ``g5 (A10G)`` is ``g5.*``."""
    known = _COVERS.get(full) or _COVERS.get(family)
    return known or (f"{family}.*",)


def _kind(row: dict[str, str]) -> str:
    """Computed from two list prices is derived; a stated maximum, a memory or an overtaken price is assumed."""
    return "derived" if row["check"] == "measured" and "re-derive" not in row["note"] else "assumed"
