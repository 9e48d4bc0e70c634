"""Other costs and constants of an edition, one to one from the reference."""

from __future__ import annotations

from planner.catalog.curate.facts import Draft, number


def costs(rows: list[dict[str, str]], draft: Draft) -> None:
    """Every figure; ``all`` as region or an empty provider means that the figure is general."""
    for row in rows:
        derived = row["source"].startswith("derived") or row["source"] == "standard formula"
        kind = "derived" if derived else "published" if row["check"] == "verified" else "assumed"
        draft.add(
            "costs",
            source=row["source"], as_of=row["as_of"], kind=kind, note=row["note"],
            category=row["category"], item=row["item"], provider=row["provider"] or None,
            region=None if row["region"] in ("", "all") else row["region"], value=number(row["value"]),
            unit=row["unit"], low=number(row["low"]), high=number(row["high"]),
        )
