"""Carbon intensity of a region's grid in each period, average or marginal, location-based."""

from __future__ import annotations

from planner.economics.timeline import Timeline


def intensity_by_period(region, catalog, kind: str, times: Timeline) -> tuple[float, ...] | None:
    """Intensity per period [gCO2e/kWh]; None when the region's grid is unknown.

    The annual mean is shaped by the hourly ratios of its grid zone where the catalogue has them;
    hours are UTC, as periods are.
    """
    if region is None:
        return None
    mean = region.carbon_average_g_co2e_per_kwh if kind == "average" else region.carbon_marginal_g_co2e_per_kwh
    if mean is None:
        return None
    ratio = catalog.hourly_ratio(region.grid_zone) if region.grid_zone else None
    if ratio is None:
        return (mean,) * len(times.periods)
    return tuple(mean * sum(ratio[h] for h in p.hours_utc) / len(p.hours_utc) for p in times.periods)
