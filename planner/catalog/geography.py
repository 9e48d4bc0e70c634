"""Countries and the areas that residency rules speak of, with the names people use for them."""

from __future__ import annotations

from planner.catalog.market import GEOS, Region

# Members of the European Union since 2020-02-01. Switzerland, Norway and the United Kingdom are not among them.
EU_MEMBERS = frozenset(
    "AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)

_GEO_OF_COUNTRY: dict[str, str] = {
    **{country: "EU" for country in EU_MEMBERS},
    **dict.fromkeys(("CH", "NO", "IS", "LI"), "EFTA"),
    "GB": "UK",
    "US": "US",
    "CA": "Canada",
    **dict.fromkeys(("BR", "CL", "MX", "CO", "AR", "PE"), "LATAM"),
    **dict.fromkeys(("AU", "NZ", "JP", "KR", "SG", "IN", "ID", "MY", "HK", "TW", "TH", "PH", "VN"), "APAC"),
    "CN": "China",
    **dict.fromkeys(("AE", "BH", "IL", "QA", "SA", "TR"), "MiddleEast"),
    **dict.fromkeys(("ZA", "NG", "KE", "EG", "MA"), "Africa"),
}

_COUNTRY_ALIASES = {
    "uk": "GB", "united kingdom": "GB", "great britain": "GB", "england": "GB", "usa": "US", "united states": "US",
    "germany": "DE", "france": "FR", "ireland": "IE", "sweden": "SE", "finland": "FI", "netherlands": "NL",
    "spain": "ES", "italy": "IT", "poland": "PL", "belgium": "BE", "switzerland": "CH", "norway": "NO",
    "canada": "CA", "japan": "JP", "india": "IN", "australia": "AU", "singapore": "SG", "brazil": "BR",
    "south korea": "KR", "korea": "KR", "israel": "IL", "south africa": "ZA",
}

_GEO_ALIASES = {
    "eu": "EU", "european union": "EU", "eu27": "EU", "efta": "EFTA", "uk": "UK", "us": "US", "usa": "US",
    "north america (us)": "US", "canada": "Canada", "latam": "LATAM", "latin america": "LATAM",
    "south america": "LATAM", "apac": "APAC", "asia pacific": "APAC", "asia-pacific": "APAC", "china": "China",
    "middleeast": "MiddleEast", "middle east": "MiddleEast", "africa": "Africa",
}


def geo_of(country: str | None) -> str | None:
    """The area of a country's two-letter code, None when unknown."""
    return _GEO_OF_COUNTRY.get(country) if country else None


def normalise_country(name: str) -> str | None:
    """``Germany``, ``de`` or ``UK`` to the two-letter code; None when the name is not known."""
    known = _COUNTRY_ALIASES.get(name.strip().lower())
    if known:
        return known
    code = name.strip().upper()
    return code if code in _GEO_OF_COUNTRY else None


def normalise_geo(name: str) -> str | None:
    """``eu`` or ``European Union`` to the area's own name; None when there is no such area."""
    text = name.strip().lower()
    if text in _GEO_ALIASES:
        return _GEO_ALIASES[text]
    return next((geo for geo in GEOS if geo.lower() == text), None)


def lies_in(region: Region, area: str) -> bool | None:
    """Whether a region lies in an area or country; None when the region does not say where it is.

    A name that is both (``US``) means the same either way.
    """
    geo, country = normalise_geo(area), normalise_country(area)
    if geo is not None:
        return None if region.geo is None else region.geo == geo
    if country is not None:
        return None if region.country is None else region.country == country
    return region.region == area or region.id == area
