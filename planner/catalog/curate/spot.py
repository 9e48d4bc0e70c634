"""Spot behaviour of an edition: the advisor's bands by machine, and each provider's general rule."""

from __future__ import annotations

from planner.catalog.curate.facts import Draft, number

# Spot and pre-emptible lines of the commitments table are discounts without a promise: they belong here.
SPOT_PRODUCTS = {"Spot", "Preemptible"}


def spot(rows: list[dict[str, str]], products: list[dict[str, str]], draft: Draft) -> None:
    """Advisor rows of machines on offer and the notice that each provider gives.

    Availability traces carry no licence: neither they nor what is computed from them is shipped.
    """
    offered = {(row["provider"], row["region"], row["instance_type"]) for row in draft.rows["offers"]}
    for row in rows:
        key = (row["provider"], row["region"], row["instance_type"])
        what = f"{row['provider']}:{row['instance_type'] or '*'}@{row['region'] or '*'}"
        if row["kind"].startswith("trace"):
            draft.leave_out("spot", f"{what} {row['kind']} {row['as_of']}", "availability traces carry no licence")
        elif row["kind"] == "advisor" and key not in offered:
            draft.leave_out("spot", what, "no offer of this machine in this region")
        elif row["kind"] == "advisor":
            saving, note = _saving(row)
            draft.add(
                "spot",
                source=row["source"], as_of=row["as_of"], kind="derived", note=note,
                provider=row["provider"], region=row["region"], instance_type=row["instance_type"],
                interruption_band=row["interruption_band"],
                interruptions_per_month=number(row["interruption_rate_mid_per_month"]),
                saving=saving, notice_s=number(row["notice_s"]),
            )
    savings = {row["provider"]: row for row in products if row["product"] in SPOT_PRODUCTS}
    for row in rows:
        if row["kind"] == "notice":
            _rule(row, savings.get(row["provider"]), draft)


def _saving(row: dict[str, str]) -> tuple[float | None, str]:
    """The advisor's saving; where it is negative, spot cost more than on-demand that day and says no saving."""
    saving = number(row["spot_saving_vs_on_demand"])
    if saving is not None and saving < 0:
        return None, f"{row['note']}; the advisor shows a saving of {saving:.0%}: taken as unknown"
    return saving, row["note"]


def _rule(row: dict[str, str], product: dict[str, str] | None, draft: Draft) -> None:
    notes = [row["note"]]
    if product is not None:
        seen = "-".join(part for part in (product["discount_low"], product["discount_high"]) if part)
        notes.append(f"typical saving from {product['source']}" + (f", range {seen}" if seen else ""))
    draft.add(
        "spot",
        source=row["source"], as_of=row["as_of"], kind="published" if product is None else "assumed",
        note="; ".join(note for note in notes if note), provider=row["provider"],
        saving=number(product["discount_vs_on_demand"]) if product else None, notice_s=number(row["notice_s"]),
    )
