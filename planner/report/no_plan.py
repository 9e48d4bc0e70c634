"""Why there is no plan: the limits that conflict and the cheapest ways out, or how far a search came."""

from __future__ import annotations

from typing import Any, Protocol

from rich.console import Group, RenderableType
from rich.table import Table

from planner.plan.cost import TOTAL
from planner.report.cell import BAD, FAINT, STRONG, WARNING, cell, line
from planner.report.figures import usd
from planner.report.plain import plan_summary


class Conflict(Protocol):
    """One limit that takes part in the conflict."""

    constraint: str
    where: str
    limit: float | None
    least: float | None
    unit: str
    message: str

    @property
    def named(self) -> str: ...


class WayOut(Protocol):
    """One change after which a plan exists, and what that plan costs."""

    change: str
    cost_usd_per_month: float | None
    message: str


class Infeasible(Protocol):
    """No plan meets all limits."""

    conflicts: tuple[Any, ...]
    ways_out: tuple[Any, ...]
    confirmed_by: str


class Unknown(Protocol):
    """Neither a plan nor a proof that there is none."""

    reason: str
    message: str
    bound_usd_per_month: float | None


def infeasible_view(found: Infeasible) -> RenderableType:
    """The conflict, then the ways out, cheapest first."""
    sections: list[RenderableType] = [line(("No plan meets all limits.", BAD))]
    conflicts = _grid()
    for conflict in found.conflicts:
        conflicts.add_row(cell("  " + conflict.constraint, STRONG), cell(_asked(conflict)))
    sections.append(conflicts)
    if found.ways_out:
        many = len(found.ways_out) > 1
        sections.append(line(_WHAT_WOULD_DO[found.confirmed_by == RECOUNT, many]))
        ways = _grid()
        ways.add_column(justify="right", overflow="fold")
        for number, way in enumerate(_cheapest_first(found.ways_out), start=1):
            cost = way.cost_usd_per_month
            what = way.change if cost is not None else f"{way.change}: {way.message}"
            ways.add_row(f"  {number}.", cell(what), cell(f"{usd(cost)} USD/month" if cost is not None else ""))
        sections.append(ways)
    sections.append(line((f"Confirmed by {found.confirmed_by}.", FAINT)))
    return Group(*sections)


#: What an answer without a search is confirmed by: the rules that turn everything away.
RECOUNT = "recount of the rules"
#: By whether rules alone were recounted, and whether there are several. No plan was found that breaks the one rule, and what
#: a broken rule leaves unknown, such as the latency of what does not fit, the other rules cannot judge.
_WHAT_WOULD_DO = {
    (False, True): "Any one of these would do:",
    (False, False): "This would do:",
    (True, True): "Nearest, each turned away by one rule alone as far as can be judged:",
    (True, False): "Nearest, turned away by one rule alone as far as can be judged:",
}


def unknown_view(found: Unknown) -> RenderableType:
    """What stopped the search and the bound it had reached."""
    lines = [line(("No plan and no proof that there is none: ", WARNING), found.message)]
    if found.bound_usd_per_month is not None:
        lines.append(line(f"No plan costs less than {usd(found.bound_usd_per_month)} USD/month."))
    else:
        lines.append(line("No lower bound was reached."))
    return Group(*lines)


def infeasible_content(found: Infeasible) -> dict[str, Any]:
    """The same for machines."""
    return {
        "conflicts": [
            {"constraint": one.constraint, "where": one.where, "limit": one.limit, "least": one.least,
             "unit": one.unit, "message": one.message}
            for one in found.conflicts
        ],
        "ways_out": [
            {"change": one.change, "cost_usd_per_month": one.cost_usd_per_month, "message": one.message}
            for one in _cheapest_first(found.ways_out)
        ],
        "confirmed_by": found.confirmed_by,
    }


def unknown_content(found: Unknown) -> dict[str, Any]:
    """The same for machines."""
    return {"reason": found.reason, "message": found.message, "bound_usd_per_month": found.bound_usd_per_month}


def answer_view(found: Any) -> RenderableType:
    """Any answer: a plan by its cost, or why there is none."""
    if hasattr(found, "plan"):
        plan = found.plan
        proven = "proven" if plan.proven else "not proven"
        return line(f"{usd(plan.cost[TOTAL])} USD/month, {proven}")
    return infeasible_view(found) if hasattr(found, "conflicts") else unknown_view(found)


def answer_content(found: Any) -> dict[str, Any]:
    """The same for machines."""
    if hasattr(found, "plan"):
        return {"status": found.plan.status, **plan_summary(found.plan)}
    if hasattr(found, "conflicts"):
        return {"status": "infeasible", **infeasible_content(found)}
    return {"status": "unknown", **unknown_content(found)}


def _asked(conflict: Conflict) -> str:
    """The message without the name that stands before it already."""
    if not conflict.message.startswith(conflict.named):
        return conflict.message
    figures = conflict.message[len(conflict.named) :].lstrip(": ")
    about = conflict.named.removeprefix(conflict.constraint).removeprefix(" of ").strip()
    return f"{figures} ({about})" if figures and about else figures or (f"of {about}" if about else "")


def _cheapest_first(ways: tuple[Any, ...]) -> list[Any]:
    return sorted(ways, key=lambda way: (way.cost_usd_per_month is None, way.cost_usd_per_month or 0.0))


def _grid() -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    return table
