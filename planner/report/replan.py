"""What to start, stop and keep, what moving costs, and what fewer changes would do."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from planner.plan.cost import TOTAL
from planner.report.cell import BAD, FAINT, GOOD, STRONG, WARNING, line, listed, title
from planner.report.difference import difference_content
from planner.report.figures import amount, counted, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain
from planner.report.plan_view import spaced


def replan_content(found: Any) -> dict[str, Any]:
    """For machines."""
    content: dict[str, Any] = {
        "base": answer_content(found.base), "today": plain(found.today), "today_usd_per_month": found.today_usd, "payback_months": found.payback_months,
        "actions": [{**plain(one), "action": one.word} for one in found.actions], "moves": plain(found.rungs),
    }  # fmt: skip
    return content if found.found is None else {**content, "chosen": plain(found.chosen), **difference_content(found.found)}


def replan_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    if not hasattr(found.base, "plan"):
        return answer_view(found.base)
    if found.chosen is None:
        return line(("No plan lies within so many changes.", BAD))
    sections: list[RenderableType] = [Group(*_head(found))]
    words = {"start": GOOD, "stop": WARNING, "keep": FAINT}
    rows = [line((f"{one.word:<6}", words[one.word]), _count(one)) for one in sorted(found.actions, key=lambda one: ("start", "stop", "keep").index(one.word))]
    sections.append(Group(title("What to do"), listed(rows)))
    if len(found.rungs) > 1:
        rungs = [line(f"{counted(one.changes, 'change')}: ", (f"{usd(one.plan.cost[TOTAL])} USD/month", STRONG), f", {usd(one.migration_usd)} USD to move") for one in found.rungs]
        sections.append(Group(title("With fewer changes"), listed(rungs)))
    if found.found is not None and found.found.why:
        sections.append(Group(title("Why"), listed([line(one) for one in found.found.why])))
    return spaced(sections)


def _head(found: Any) -> list[Text]:
    chosen = found.chosen
    now = "does not meet every limit any more" if found.today_usd is None else f"costs {usd(found.today_usd)} USD/month at today's prices"
    lines = [line((f"{usd(chosen.plan.cost[TOTAL])} USD/month", STRONG), f" after {counted(chosen.changes, 'change')}; what runs now {now}.")]
    lines.append(line(f"Moving costs {usd(chosen.migration_usd)} USD once" + (f" and pays for itself in {amount(round(found.payback_months, 2))} months." if found.payback_months else ".")))
    if chosen.bound_usd is None:
        lines.append(line(("No lower bound is known.", WARNING)))
    elif chosen.total_usd - chosen.bound_usd > 0.005:
        lines.append(line((f"Moving included, at most {usd(chosen.total_usd - chosen.bound_usd)} USD/month less is possible within these changes.", FAINT)))
    else:
        lines.append(line(("Proven: no plan within these changes costs less, moving included.", GOOD)))
    return lines


def _count(one: Any) -> str:
    if one.word == "keep":
        return f"{one.after} × {one.pool} {one.purchase}"
    return f"{abs(one.after - one.before)} × {one.pool} {one.purchase} ({one.before} → {one.after})"
