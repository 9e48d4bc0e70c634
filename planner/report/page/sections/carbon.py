"""Emissions by hour and region, and by service."""

from __future__ import annotations

from planner.report.page.content import Name, Part, Section, Stack, Table
from planner.report.page.reader import Reader, kilograms


def carbon(plan: Reader) -> Section:
    """What is emitted where and when; said to be unknown where it is."""
    total = plan.figure(kilograms, "carbon_kg_per_month")
    if total is None:
        hosted = any(one.get("hosted") for one in plan.get("services", default=[]))
        why = "nobody states what hosted options emit" if hosted else "the power or the grid of a pool in use is not known"
        return Section("carbon", "Carbon", ((f"Unknown: {why}.",),))
    stated = plan.get("inputs", "problem", "carbon", default={})
    intensity = stated.get("intensity", "average")
    embodied = "with embodied emissions" if stated.get("embodied") else "of operation alone"
    lines = ((total, f" kgCO2e a month, {embodied}, at the grids' {intensity} intensity, location-based."),)
    periods = tuple(one["name"] for one in plan.get("periods", default=[]))
    regions = sorted(plan.get("carbon_by_region", default={}))
    parts: list[Part] = []
    if regions:
        series = tuple(
            (region, tuple(plan.figure(kilograms, "carbon_by_region", region, t) for t in range(len(periods)))) for region in regions
        )
        if len(periods) > 1:
            parts.append(Stack("Emissions by period and region", "kgCO2e/month", periods, series))
            rows = tuple((Name(period), *(figures[t] for _, figures in series)) for t, period in enumerate(periods))
            table = Table("Emissions by period", ("period", *regions), rows, tuple(range(1, len(regions) + 1)), True, "kgCO2e/month")
            parts.append(table)
        rows = tuple((Name(region), plan.derived(kilograms, "region_carbon", region)) for region in regions)
        parts.append(Table("Emissions by region", ("region", "kgCO2e/month"), rows, (1,)))
    services = [
        (Name(one["name"]), plan.figure(kilograms, "services", at, "carbon_kg_per_month"))
        for at, one in enumerate(plan.get("services", default=[]))
    ]
    known = tuple(sorted((row for row in services if row[1] is not None), key=lambda row: -row[1].value))
    if known:
        parts.append(Table("Own share of each service", ("service", "kgCO2e/month"), known, (1,)))
    return Section("carbon", "Carbon", lines, tuple(parts))
