"""A re-plan: what to start, stop and keep, and cost against the number of changes."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from planner.plan.cost import TOTAL
from planner.report.cell import BAD, FAINT, NARROW, STRONG, cell, line, listed, title
from planner.report.difference import interval_text
from planner.report.figures import amount, counted, span, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain
from planner.report.plan_view import spaced

MIGRATION = "migration_usd_per_month"
_SHOWN = 20


def replan_content(found: Any) -> dict[str, Any]:
    """For machines."""
    return {
        "max_changes": found.asked,
        "changes": found.chosen.changes,
        "fewest_changes": found.fewest.changes,
        "answer": answer_content(found.chosen.answer),
        "saved_usd_per_month": plain(found.chosen.saved),
        "payback_months": found.payback_months,
        "moves": plain(found.moved),
        "curve": [
            {"max_changes": one.allowed, "changes": one.changes, "saved_usd_per_month": plain(one.saved), **answer_content(one.answer)} for one in found.steps
        ],
        "commitments_held": list(found.held),
    }


def replan_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    chosen = found.chosen
    if not hasattr(chosen.answer, "plan"):
        limit = "" if chosen.allowed is None else f" within {counted(chosen.allowed, 'change')}"
        sections: list[RenderableType] = [Group(line((f"No plan{limit} meets all limits.", BAD)), answer_view(chosen.answer))]
    else:
        sections = [Group(*_headline(chosen, found)), Group(title("What to do"), listed(_moves(found)))]
    sections.append(Group(line(title("Cost against changes"), (" in USD/month", FAINT)), _curve(found, width)))
    return spaced(sections)


def _headline(chosen: Any, found: Any) -> list[Any]:
    plan = chosen.answer.plan
    head = line((f"{usd(plan.cost[TOTAL])} USD/month with {counted(chosen.changes, 'change')}", STRONG))
    if plan.cost.get(MIGRATION):
        head.append_text(line(f", {usd(plan.cost[MIGRATION])} of it for moving"))
    kept = found.fewest.changes == 0
    than = "keeping everything as it is" if kept else f"with {counted(found.fewest.changes, 'change')}, the fewest there can be"
    if chosen.changes == found.fewest.changes:
        second = line("What runs today is the cheapest there is." if kept and chosen.allowed is None else "Everything stays as it is." if kept else "No plan has fewer changes.")
    else:
        second = interval_text(chosen.saved).append_text(line(f" than {than}"))
        if found.payback_months is not None:
            second.append_text(line(f"; moving pays for itself in {amount(round(found.payback_months, 2))} months"))
    return [head, second] + ([line((f"Held and paid on: {', '.join(found.held)}.", FAINT))] if found.held else [])


def _moves(found: Any) -> list[Any]:
    order = {"start": 0, "resize": 1, "stop": 2, "keep": 3}
    rows = sorted(found.moved, key=lambda one: (order[one.what], one.deployment))
    shown = []
    for one in rows[:_SHOWN]:
        if one.unit != "replicas":
            shown.append(_sent(one))
            continue
        before, after = span(one.before), span(one.after)
        other = " at other hours" if one.what == "resize" and before == after else ""
        count = f"{before} → {after}{other}" if one.what == "resize" else before if one.what == "stop" else after
        shown.append(line((f"{one.what} ", STRONG if one.what != "keep" else FAINT), f"{count} × {one.deployment}"))
    if len(rows) > _SHOWN:
        shown.append(line((f"and {len(rows) - _SHOWN} more (--json has all)", FAINT)))
    return shown


def _sent(one: Any) -> Any:
    """Requests that others answer, mean over the periods."""
    before, after = (f"{amount(round(sum(rates) / len(rates), 4))}" if rates else "" for rates in (one.before, one.after))
    count = f"{before} → {after}" if before and after and before != after else after or before
    return line((f"{one.what} ", STRONG if one.what != "keep" else FAINT), f"{one.deployment}: {count} {one.unit}")


def _curve(found: Any, width: int) -> RenderableType:
    rows = []
    for one in found.steps:
        allowed = "no limit" if one.allowed is None else str(one.allowed)
        plan = getattr(one.answer, "plan", None)
        if plan is None:
            rows.append((allowed, "no plan", "", "", ""))
            continue
        saved = "" if one.saved is None else "same" if one.saved.sign == "same" else f"{'+' if one.saved.value > 0 else ''}{usd(one.saved.value)}{' ?' if one.saved.sign == 'not proven' else ''}"
        rows.append((allowed, usd(plan.cost[TOTAL]), saved, usd(plan.cost.get(MIGRATION, 0.0)), str(one.changes)))
    if width < NARROW:
        return listed([line((f"{allowed}: ", STRONG), f"{total} {saved}") for allowed, total, saved, _, _ in rows])
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for name in ("changes allowed", "USD/month", "against fewest", "moving", "made"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*map(cell, row))
    return Padding(table, (0, 0, 0, 2))
