"""Offers of an edition: instance types that can be bought, joined to an accelerator by its name."""

from __future__ import annotations

import re

from planner.catalog.curate.facts import Draft, number
from planner.catalog.curate.regions import region_name

# The join: the reference's accelerator name is the catalogue's, and the memory that the seller states for
# it differs by at most this share. Sellers quote usable memory for GB200, B300 and GB300.
MEMORY_TOLERANCE = 0.07

_PER_GPU = " (per GPU)"

# Sold per GPU with a larger minimum: the smallest machine that can be bought.
_SMALLEST = {
    "crusoe": (8, "derived", "priced per accelerator and sold by the machine of 8, as its name says"),
    "together": (8, "assumed", "priced per accelerator in a cluster; machines of 8 are assumed to be the minimum"),
}


def offers(rows: list[dict[str, str]], draft: Draft) -> None:
    """Every row that is a machine for sale; means and medians over a market are left out."""
    memory = {row["name"]: row["memory_gib"] for row in draft.rows["accelerators"]}
    regions = {f"{row['provider']}:{row['region']}" for row in draft.rows["regions"]}
    for row in rows:
        what = f"{row['provider']}:{row['instance_type']}@{row['region']}"
        reason = _unfit(row, memory)
        region = region_name(row["region"])
        if reason is None and f"{row['provider']}:{region}" not in regions:
            reason = f"region {region!r} is not known"
        if reason is not None:
            draft.leave_out("offers", what, reason)
            continue
        _add(row, region, memory[row["gpu"]], draft)


def _unfit(row: dict[str, str], memory: dict[str, float]) -> str | None:
    """Why a row is no offer, None when it is one."""
    if "provider mean" in row["instance_type"]:
        return "a mean over the provider's configurations: no machine and no region can be bought by it"
    if "marketplace median" in row["instance_type"]:
        return "a median over a marketplace: no machine can be bought by it"
    if row["gpu"] not in memory:
        return f"accelerator {row['gpu']!r} is not in the catalogue"
    stated = number(row["gpu_memory_gb"])
    if stated is not None and abs(stated - memory[row["gpu"]]) > MEMORY_TOLERANCE * memory[row["gpu"]]:
        return f"states {stated:g} GB of accelerator memory, the catalogue has {memory[row['gpu']]:g}"
    return None


def _add(row: dict[str, str], region: str, memory_gib: float, draft: Draft) -> None:
    count, kind, notes = number(row["gpu_count"]), _kind(row), [row["note"]]
    machines = 1.0
    instance_type = row["instance_type"]
    if instance_type.endswith(_PER_GPU):
        machines, kind, note = _SMALLEST[row["provider"]]
        instance_type = instance_type.removesuffix(_PER_GPU)
        notes.append(note)
    stated = number(row["gpu_memory_gb"])
    attributes = ()
    if stated is not None and stated != memory_gib:
        attributes = (f"stated_accelerator_memory_gib={stated:g}",)
        notes.append(f"the seller states {stated:g} GB per accelerator")
    if "third-party hosts" in row["note"]:
        attributes += ("hosting=third-party",)
    spot_kind, spot_as_of = _spot_knowledge(row)
    draft.add(
        "offers",
        source=row["source"], as_of=_listed(row["as_of"]), kind=kind, note="; ".join(note for note in notes if note),
        provider=row["provider"], region=region, instance_type=instance_type, accelerator=row["gpu"],
        accelerators_per_instance=count * machines, vcpus=number(row["vcpus"]), memory_gib=number(row["memory_gb"]),
        on_demand_usd_per_hour=_price(row["price_on_demand_usd_h"], machines),
        spot_usd_per_hour=_price(row["price_spot_usd_h"], machines),
        reserved_1y_usd_per_hour=_price(row["price_reserved_1y"], machines),
        reserved_3y_usd_per_hour=_price(row["price_reserved_3y"], machines),
        spot_kind=spot_kind, spot_as_of=spot_as_of, reserved_kind=_reserved_kind(row), attributes=attributes,
    )


def _price(text: str, machines: float) -> float | None:
    price = number(text)
    return None if price is None else round(price * machines, 6)


def _kind(row: dict[str, str]) -> str:
    """Price lists are published; rescaled and multiplied prices are derived; remembered ones are assumed."""
    doubted = "verify before use" in row["note"]
    if doubted or "recalled" in row["source"] or "third-party note" in row["source"]:
        return "assumed"
    if "estimate:" in row["note"] or "x per-GPU price" in row["note"] or row["note"].startswith("8 x"):
        return "derived"
    return "published"


def _reserved_kind(row: dict[str, str]) -> str | None:
    """A reserved price "from" so much, its term by contract, is only assumed to be that of one year."""
    return "assumed" if row["price_reserved_1y"] and "term by contract" in row["note"] else None


def _listed(as_of: str) -> str:
    """``2025-04-05 rescaled to 2026-07-20`` speaks of the later day."""
    return re.sub(r"^\S+ rescaled to ", "", as_of)


def _spot_knowledge(row: dict[str, str]) -> tuple[str | None, str | None]:
    """Amazon's spot prices are on-demand times one minus a saving of 2025-06; others are listed."""
    if not row["price_spot_usd_h"]:
        return None, None
    if "Spot Advisor saving" in row["note"]:
        return "derived", "2025-06"
    if "spot assumed" in row["note"]:
        return "assumed", None
    dated = re.search(r"spot: .* (\d{4}-\d{2}-\d{2})$", row["note"])
    return "published", dated.group(1) if dated else None
