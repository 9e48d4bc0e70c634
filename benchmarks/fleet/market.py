"""What a company with contracts at four clouds may buy: pools of the catalogue and its commitments."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from planner.catalog.catalog import Catalog
from planner.catalog.market import Commitment

EDITION = "2026-11"
TERM_MONTHS = 12

#: Instance types by provider; the same types are approved in all its regions, and each region sells some of them.
TYPES = {
    "aws": ("g6.xlarge", "g6.12xlarge", "g6e.xlarge", "g6e.12xlarge", "g6e.48xlarge", "p4de.24xlarge", "p5.4xlarge", "p5.48xlarge", "p5en.48xlarge"),
    "gcp": ("g2-standard-8", "g2-standard-48", "a2-ultragpu-1g", "a2-ultragpu-8g", "a3-highgpu-1g", "a3-highgpu-8g"),
    "azure": ("Standard_NC24ads_A100_v4", "Standard_NC96ads_A100_v4", "Standard_NC40ads_H100_v5", "Standard_ND96isr_H200_v5", "Standard_ND96is_MI300X_v5"),
    "nebius": ("gpu-l40s-a_*", "gpu-h100-sxm_*", "gpu-h200-sxm_*"),
    "lambda": ("gpu_1x_a10", "gpu_1x_h100_sxm5", "gpu_8x_h100_sxm5", "gpu_8x_a100_80gb_sxm4"),
}  # fmt: skip

#: Regions with a clean and a dirty grid on both sides of the Atlantic, so that carbon has a price.
REGIONS = {
    "aws": ("us-east-1", "us-west-2", "eu-central-1", "eu-north-1"),
    "gcp": ("us-central1", "us-west1", "europe-west4"),
    "azure": ("eastus", "westus3", "westeurope", "swedencentral"),
    "nebius": ("eu-north1",),
    "lambda": ("us",),
}

#: Commitments of the catalogue that a company of this size signs: product, its payment, and scopes to sign it for.
SIGNED = (
    ("aws", "Compute Savings Plan", "none", ({},)),
    (
        "aws",
        "RI / EC2 Instance Savings Plan",
        "all",
        tuple({"region": f"aws:{r}", "instance_type": f"{family}.*"} for r in REGIONS["aws"] for family in ("g6e", "p4de", "p5", "p5en")),
    ),
    (
        "gcp",
        "Resource CUD (GPU, generic)",
        "none",
        tuple({"region": f"gcp:{r}", "accelerator": a} for r in REGIONS["gcp"] for a in ("L4", "A100-80GB")),
    ),
    ("azure", "Reserved VM instance", "none", tuple({"region": f"azure:{r}", "instance_type": "Standard_NC*ads_A100_v4"} for r in REGIONS["azure"])),
)  # fmt: skip


def offers(catalog: Catalog) -> dict[str, Any]:
    """``offers`` of the problem: the approved types where they are sold."""
    sold = [
        name
        for name, row in catalog.offers.items()
        if row.region in REGIONS.get(row.provider, ()) and any(fnmatchcase(row.instance_type, t) for t in TYPES[row.provider])
    ]
    return {"only": sorted(sold)}


def commitments(catalog: Catalog) -> dict[str, Any]:
    """``commitments`` of the problem: reserved prices of the catalogue for a year, and its savings plans for a year."""
    signed = []
    for provider, product, payment, scopes in SIGNED:
        row = next(
            c
            for c in catalog.commitments.values()
            if (c.provider, c.product, c.payment, c.term_months) == (provider, product, payment, TERM_MONTHS)
        )
        signed += [_offer(row, scope) for scope in scopes if _sold(catalog, provider, scope)]
    return {"offered": True, "max_term_months": TERM_MONTHS, "offers": signed}


def _offer(row: Commitment, scope: dict[str, str]) -> dict[str, Any]:
    return {
        "name": " ".join([row.product, *scope.values()]),
        "scope": {"provider": row.provider, **scope},
        "measure": row.measure,
        "term_months": row.term_months,
        "discount": row.discount,
        "upfront_share": row.upfront_share,
    }


def _sold(catalog: Catalog, provider: str, scope: dict[str, str]) -> bool:
    """Whether an approved offer lies in the scope."""
    return any(
        scope.get("region", row.region_id) == row.region_id
        and scope.get("accelerator", row.accelerator) == row.accelerator
        and fnmatchcase(row.instance_type, scope.get("instance_type", "*"))
        for row in (catalog.offers[name] for name in offers(catalog)["only"])
        if row.provider == provider
    )
