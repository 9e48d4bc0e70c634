"""A whole plan on a terminal: the answer first, then what it consists of and what it rests on."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from planner.plan.schema import Plan
from planner.report.cell import FAINT, line, listed, title
from planner.report.deployments import deployments_view
from planner.report.figures import amount
from planner.report.foundations import foundations_view, not_considered_view
from planner.report.headline import headline
from planner.report.jobs import jobs_view
from planner.report.limits import limits_view
from planner.report.money import cash_view, cost_view
from planner.report.pools import pools_view


def plan_view(plan: Plan, width: int, *, everything: bool = False) -> RenderableType:
    """The plan for a terminal of ``width`` columns; ``everything`` adds reasons, slack and what was left out."""
    sections: list[RenderableType] = [Group(*headline(plan))]
    if plan.services:
        sections.append(deployments_view(plan, width))
    if plan.pools:
        sections.append(pools_view(plan, width))
    bought = [(part.name, part.cache) for part in plan.services if part.cache is not None]
    if bought:
        sections.append(Group(title("Caches"), listed(line(f"{name}  response cache {cache}") for name, cache in bought)))
    if plan.jobs:
        sections.append(jobs_view(plan))
    sections.append(Group(cost_view(plan, width), *cash_view(plan), *_carbon(plan)))
    sections.append(limits_view(plan, everything=everything))
    sections.append(foundations_view(plan, everything=everything))
    if everything:
        sections.append(not_considered_view(plan.not_considered))
    return spaced(sections)


def spaced(sections: list[RenderableType]) -> RenderableType:
    """Sections with an empty line between them."""
    found: list[RenderableType] = []
    for section in sections:
        found += [Text(""), section] if found else [section]
    return Group(*found)


def _carbon(plan: Plan) -> list[RenderableType]:
    if plan.carbon_kg_per_month is None and any(service.hosted for service in plan.services):
        return [listed([line(("carbon unknown: nobody states what hosted options emit", FAINT))])]
    if plan.carbon_kg_per_month is None:
        return [listed([line(("carbon unknown: the power or the grid of a pool in use is not known", FAINT))])]
    text = f"carbon {amount(round(plan.carbon_kg_per_month, 1))} kgCO2e/month"
    if plan.carbon_offset_kg_per_month is not None:
        text += f", offset {amount(round(plan.carbon_offset_kg_per_month, 1))}"
    if plan.carbon_market_kg_per_month is not None:
        text += f"; by contracts for electricity {amount(round(plan.carbon_market_kg_per_month, 1))}"
    return [listed([line((text, FAINT))])]
