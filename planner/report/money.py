"""What the plan costs, by part, with cents that add up."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from planner.plan.cost import COST_PARTS, TOTAL
from planner.plan.schema import Plan
from planner.report.cell import FAINT, NARROW, STRONG, cell, line, listed, title
from planner.report.figures import cents_that_add_up, usd

_BAR = 24
_SPANS = 6


def cost_view(plan: Plan, width: int) -> RenderableType:
    """One row for each part that is not zero, largest first, and the total."""
    total = plan.cost[TOTAL]
    parts = {name: value for name, value in plan.cost.items() if name != TOTAL and value != 0.0}
    printed = cents_that_add_up(parts, total)
    order = sorted(parts, key=lambda name: -parts[name])
    heading = line(title("Cost"), (" in USD/month", FAINT))
    if width < NARROW:
        lines = [line(f"{usd(printed[name])} ", (f"{label(name)}, {_share_text(_share(parts[name], total))}", FAINT)) for name in order]
        return Group(heading, listed([*lines, line((f"{usd(total)} total", STRONG))]))
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for name in order:
        share = _share(parts[name], total)
        bar = "█" * round(_BAR * share)
        table.add_row(cell(label(name)), usd(printed[name]), cell(_share_text(share), FAINT), cell(bar, FAINT))
    table.add_row(cell("total", STRONG), cell(usd(total), STRONG))
    return Group(heading, Padding(table, (0, 0, 0, 2)))


def cash_view(plan: Plan) -> list[RenderableType]:
    """Cash by month in a line or a few, where it differs from the cost spread over the horizon."""
    total = plan.cost[TOTAL]
    paid = [(c.month, c.running_usd + c.upfront_usd + c.one_off_usd, c.upfront_usd + c.one_off_usd) for c in plan.cash]
    if all(abs(sum_usd - total) <= 0.005 for _, sum_usd, _ in paid):
        return []
    spans: list[list] = []
    for month, sum_usd, once in paid:
        if spans and abs(spans[-1][2] - sum_usd) <= 0.005:
            spans[-1][1] = month
        else:
            spans.append([month, month, sum_usd, once])
    lines = []
    for first, last, sum_usd, once in spans[:_SPANS]:
        when = f"month {first + 1}" if first == last else f"months {first + 1} to {last + 1}"
        lines.append(line(f"{when}: {usd(sum_usd)}", (f" of which {usd(once)} on a day" if once else "", FAINT)))
    if len(spans) > _SPANS:
        lines.append(line((f"and {len(spans) - _SPANS} more changes (--json has every month)", FAINT)))
    return [line(title("Cash"), (" in USD", FAINT)), listed(lines)]


def _share_text(share: float) -> str:
    """Whole per cents; a part of less than one is not nothing."""
    return f"{100.0 * share:.0f} %" if share >= 0.01 else "<1 %"


def _share(part: float, total: float) -> float:
    return part / total if total > 0.0 else 0.0


def label(part: str) -> str:
    """A cost part in words; a part of a later version by its own name."""
    return COST_PARTS.get(part) or part.removesuffix("_usd_per_month").replace("_", " ")
