"""Two plans side by side: what each part costs in both, and what runs in one and not in the other."""

from __future__ import annotations

from planner.plan.cost import TOTAL
from planner.report.figures import amount, usd
from planner.report.page.content import Figure, Name, Section, Table
from planner.report.page.reader import Reader, kilograms
from planner.report.page.sections.money import part_name


def compared(plan: Reader, other: Reader) -> Section:
    """This plan against another one; differences are this one less the other."""
    mine, theirs = plan.get("cost", default={}), other.get("cost", default={})
    parts = [part for part in dict.fromkeys([*mine, *theirs]) if part != TOTAL and (mine.get(part) or theirs.get(part))]
    rows = [_row(part_name(part), plan.money("cost", part), other.money("cost", part), usd) for part in parts]
    rows.append(_row("total", plan.money("cost", TOTAL), other.money("cost", TOTAL), usd))
    carbon = _row("kgCO2e/month", plan.figure(kilograms, "carbon_kg_per_month"), other.figure(kilograms, "carbon_kg_per_month"), kilograms)
    tables = [
        Table("Cost by part in both", ("part", "this plan", "the other", "difference"), tuple(rows), (1, 2, 3), unit=plan.unit),
        Table("Emissions of both", ("what", "this plan", "the other", "difference"), (carbon,), (1, 2, 3)),
        _deployments(plan, other),
    ]
    difference = rows[-1][3]
    lines = (("This plan less the other: ", difference, f" {plan.unit}."),) if difference is not None else ()
    same = plan.get("inputs", "problem_digest") == other.get("inputs", "problem_digest")
    lines += (("Both answer the same problem." if same else "The two plans answer different problems.",),)
    return Section("compared", "Compared with another plan", lines, tuple(tables))


def _row(name: str, mine: Figure | None, theirs: Figure | None, show) -> tuple:
    if mine is None or theirs is None:
        return (name, mine, theirs, None)
    value = mine.value - theirs.value
    sign = "+" if value > 0 else ""
    return (name, mine, theirs, Figure(value, f"{sign}{show(value)}", f"difference {mine.origin} {theirs.origin}"))


def _deployments(plan: Reader, other: Reader) -> Table:
    found: dict[tuple[str, ...], list] = {}
    for side, reader in enumerate((plan, other)):
        for at, service in enumerate(reader.get("services", default=[])):
            for number, one in enumerate(service.get("deployments", ())):
                key = (service["name"], f"{one['variant']} on {one['tp'] * one['pp']} × {one['accelerator']}", one["pool"], one["purchase"])
                found.setdefault(key, [None, None])[side] = reader.derived(amount, "most", at, number, "replicas")
    rows = tuple((*(Name(part) for part in key), *figures) for key, figures in sorted(found.items()))
    headings = ("service", "configuration", "pool", "bought", "most replicas here", "most replicas there")
    return Table("Deployments of both", headings, rows, (4, 5))
