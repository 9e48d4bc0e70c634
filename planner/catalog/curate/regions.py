"""Regions of an edition: where they are, and the carbon of their grids."""

from __future__ import annotations

from planner.catalog.curate.facts import Draft, number
from planner.catalog.geography import geo_of

# Regions without a grid zone in the reference, by the location it states, and those whose zone misleads:
# Doha is in Qatar although its carbon figure stands under the zone AE.
_COUNTRY = {
    "aws:ca-west-1": "CA", "gcp:europe-north2": "SE", "gcp:europe-west10": "DE", "gcp:me-central1": "QA",
    "gcp:northamerica-south1": "MX", "gcp:us-central2": "US", "gcp:us-east2": "US", "azure:qatarcentral": "QA",
    "azure:uaenorth": "AE", "azure:uaecentral": "AE", "azure:norwayeast": "NO", "azure:germanynorth": "DE",
    "azure:switzerlandwest": "CH", "azure:southafricawest": "ZA", "azure:koreasouth": "KR",
    "azure:jioindiawest": "IN", "azure:jioindiacentral": "IN", "azure:australiacentral": "AU",
    "azure:australiacentral2": "AU", "azure:indonesiacentral": "ID",
}

# Regions that offers name and the grid table lacks; None where the seller names no place.
_WITHOUT_GRID: dict[str, tuple[str | None, str]] = {
    "aws:ap-southeast-5": ("MY", "Malaysia"),
    "azure:malaysiawest": ("MY", "Malaysia West"),
    "nebius:eu-west1": ("FR", "France (Paris)"),
    "nebius:us-central1": ("US", "United States"),
    "crusoe:us": ("US", "United States"),
    "digitalocean:us": ("US", "United States"),
    "hotaisle:us": ("US", "United States"),
    "together:us": ("US", "United States"),
    "oci:global": (None, "any commercial region, one price"),
    "hyperstack:global": (None, "Canada, Norway or United States; which accelerator is where is not stated"),
    "runpod:global": (None, "not stated"),
    "runpod-community:global": (None, "hosts of third parties, anywhere"),
}

# The source puts Azure's West US in Washington; it is in California, whose grid Amazon's us-west-1 shares.
_WEST_US = "azure:westus"
_WEST_US_TWIN = "aws:us-west-1"

# Shapes are held under the zone names of their source; these are the same grids under the names regions use.
_SAME_GRID = {"DE": "DE-LU", "BR-CS": "BR-SP", "CL-SEN": "CL-SIC"}
_SHAPE_YEAR = "2024"

# A figure borrowed from another region or from a whole country says so, or says nothing but "annual average".


def regions(rows: list[dict[str, str]], draft: Draft) -> None:
    """Every region with a grid, and those that offers use without one (carbon unknown)."""
    by_id = {f"{row['provider']}:{region_name(row['region'])}": row for row in rows}
    for key, row in by_id.items():
        if key == "azure:asiapacific":
            draft.leave_out("regions", key, "a geography, not a region that sells machines")
            continue
        provider, region = key.split(":", 1)
        grid, note, moved = row, row["note"], key == _WEST_US
        if moved:
            grid = by_id[_WEST_US_TWIN]
            note = "the source names Washington; the region is in California: grid of aws us-west-1 as proxy"
        country = _COUNTRY.get(key) or grid["zone_electricitymaps"].split("-")[0] or None
        proxy = moved or "proxy" in row["method"] or row["method"] == "annual average"
        fleet = row["pue_year"] == "fleet" and "fleet" not in note
        note = "; ".join(part for part in (note, row["method"], "PUE is the fleet's" if fleet else "") if part)
        draft.add(
            "regions",
            source=row["source"], as_of=row["as_of"], kind="assumed" if proxy else "published", note=note,
            provider=provider, region=region,
            location="California: West US" if moved else row["location"],
            country=country, geo=geo_of(country),
            grid_zone=None if country == "QA" else grid["zone_electricitymaps"],
            carbon_average_g_co2e_per_kwh=number(grid["grid_gco2e_kwh"]),
            carbon_marginal_g_co2e_per_kwh=number(grid["marginal_gco2e_kwh"]),
            carbon_year=number(grid["grid_year"]),
            pue=number(row["pue"]), wue_l_per_kwh=number(row["wue_l_kwh"]),
        )
    for key, (country, location) in _WITHOUT_GRID.items():
        provider, region = key.split(":", 1)
        note = "country from the region's name; grid, PUE and water unknown"
        draft.add(
            "regions",
            source="region names in provider price lists", as_of="2026-11", kind="assumed", note=note,
            provider=provider, region=region, location=location, country=country, geo=geo_of(country),
        )


def region_name(name: str) -> str:
    """``us-*`` is the provider's only region in that country; ``all`` and lists of areas are ``global``."""
    if name in ("all", "ca/eu/us"):
        return "global"
    return name.removesuffix("-*")


def region_hours(rows: list[dict[str, str]], draft: Draft) -> None:
    """24 ratios of each zone in the latest year, whole-year season; shared grids under both names."""
    shapes = [row for row in rows if row["season"] == "all" and row["year"] == _SHAPE_YEAR]
    for name, measured in [*((row["zone"], None) for row in shapes if row["hour_utc"] == "0"), *_SAME_GRID.items()]:
        for row in shapes:
            if row["zone"] == (measured or name):
                draft.add(
                    "region_hours",
                    source=row["source"], as_of=_SHAPE_YEAR, kind="derived",
                    note=f"shape of {measured}, the same grid" if measured else "mean over the days of the year",
                    grid_zone=name, hour_utc=int(row["hour_utc"]), ratio_to_annual_mean=number(row["ratio_to_annual_mean"]),
                )
