"""A frontier as a table: its points from the cheapest on, the knee, and what is known of what lies between."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from planner.plan.cost import TOTAL
from planner.report.cell import FAINT, NARROW, STRONG, WARNING, cell, line, listed
from planner.report.figures import amount, counted, percent, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain

_SHOWN = 10


def frontier_content(found: Any) -> dict[str, Any]:
    """For machines."""
    return {
        "base": answer_content(found.base), "between": ["cost", found.objective.name], "unit": found.objective.unit, "exact": found.exact,
        "step": found.step, "solves": found.solves, "ended": found.ended, "gap": found.gap, "least": found.least,
        "left_out_count": len(found.unknown), "left_out": plain(found.unknown),
        "cheaper_of_unknown_usd_per_month": None if found.cheaper is None else found.cheaper.cost[TOTAL],
        "points": [
            {"total_usd_per_month": one.cost, "bound_usd_per_month": one.bound, found.objective.name: one.value, "supported": one.supported,
             "knee": one.knee, "plan": plain(one.plan)}
            for one in found.points
        ],
        "boxes_between": plain(found.boxes),
    }  # fmt: skip


def frontier_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    if not found.points:
        return Group(answer_view(found.base), *([line((f"{found.ended[:1].upper()}{found.ended[1:]}.", WARNING))] if found.ended else []), *_left_out(found))
    head = line((f"Cost against {found.objective.name} ({found.objective.unit}): ", STRONG), counted(len(found.points), "plan"), " that none beats in both")
    rows = [(usd(one.cost), amount(round(one.value, 4) + 0.0), _marks(one), _between(found, i)) for i, one in enumerate(found.points)]
    if width < NARROW:
        body: RenderableType = listed([line(f"{cost} at {value} {marks}") for cost, value, marks, _ in rows])
    else:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
        for name, side in (("USD/month", "right"), (found.objective.name, "right"), ("", "left"), ("until the next", "left")):
            table.add_column(name, justify=side, overflow="fold")
        for cost, value, marks, between in rows:
            table.add_row(cost, value, cell(marks, STRONG), cell(between, FAINT))
        body = Padding(table, (0, 0, 0, 2))
    how = "Every such plan is listed." if found.exact else f"Between two points every other plan lies in a box that is empty or narrower than {percent(found.step)} of the span."
    said = [how]
    if found.least is not None and not found.exact:
        said.append(f"No plan has {'more' if found.objective.sign < 0 else 'less'} than {amount(round(found.least, 4))} {found.objective.unit}.")
    if found.gap:
        said.append(f"Costs are proven to {percent(found.gap)}: what is cheaper by less than that may be missing.")
    stopped = [line((f"Stopped early: {found.ended}.", WARNING))] if found.ended else []
    return Group(head, body, *(line((text, FAINT)) for text in said), *stopped, *_left_out(found))


def _left_out(found: Any) -> list[RenderableType]:
    """Unknown is never zero: what no point may use, and what that costs."""
    lines: list[RenderableType] = []
    name = found.objective.name
    if found.cheaper is not None:
        lines.append(line((f"The cheapest plan of all, {usd(found.cheaper.cost[TOTAL])} USD/month, is not among them: its {name} is not known.", WARNING)))
    if found.unknown:
        what = counted(len(found.unknown), "option")
        lines.append(line((f"Left out, since their {name} is not known: {what}.", WARNING)))
        shown = [line(_said(one)) for one in found.unknown[:_SHOWN]]
        more = len(found.unknown) - len(shown)
        lines.append(listed([*shown, *([line((f"and {more} more (--json names all)", FAINT))] if more else [])]))
    return lines


def _said(one: Any) -> str:
    named = one.reason if one.what in one.reason else f"{one.what}: {one.reason}"
    return f"{named}{f', for {names}' if (names := ', '.join(one.services)) else ''}"


def _marks(one: Any) -> str:
    return ", ".join(word for word, true in (("knee", one.knee), ("supported", one.supported)) if true)


def _between(found: Any, index: int) -> str:
    if index >= len(found.boxes):
        return ""
    box = found.boxes[index]
    if box.low is None or box.high is None:
        return "nothing"
    return f"at most between {amount(round(min(box.low, box.high), 4))} and {amount(round(max(box.low, box.high), 4))}"
