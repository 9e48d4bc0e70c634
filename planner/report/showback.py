"""Showback: each service's or team's cost at three prices, and the rule by which shared instances are split."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from planner.plan.cost import TOTAL
from planner.report.cell import FAINT, NARROW, STRONG, cell, line, listed, title
from planner.report.figures import cents_that_add_up, percent, usd
from planner.report.money import label
from planner.report.plain import plain, plan_summary

_PRICES = (("list_usd", "list"), ("contracted_usd", "contracted"), ("effective_usd", "effective"))
_RULES = {
    "spread": (
        "In each pool and hour everybody pays the same for an accelerator, so those who stand on an instance carry its empty slots.",
        "A commitment is paid by those whom it covers, its unused part too.",
    ),
    "whole": (
        "Each pays the contracted price for the accelerators its replicas take, as team budgets count.",
        "Empty slots, starts, spot hours that are not expected to run, and what commitments save belong to the whole.",
    ),
}
_SHARED = "What services share replicas of is split by whose requests keep those busy."
_ELSE = (
    "List and contracted prices are without commitments, spot at its own; list is the catalogue's before private discounts.",
    "Charges by request and by use go to those who cause them.",
)


def showback_content(found: Any) -> dict[str, Any]:
    """For machines; figures are not rounded."""
    return {
        "by": found.by,
        "rule": found.rule,
        "rule_in_words": list(_words(found)),
        "plan": plan_summary(found.plan),
        "total": {name: found.total(name) for name, _ in _PRICES},
        "lines": plain(found.lines),
        "spread_by_all_the_rest": list(found.nobodys),
    }


def showback_view(found: Any, width: int) -> RenderableType:
    """For a terminal: cents add up to the plan's total."""
    total = found.plan.cost[TOTAL]
    columns = {name: _cents(found, name, total if name == "effective_usd" else found.total(name)) for name, _ in _PRICES}
    head = [line((f"{usd(total)} USD/month", STRONG), f" by {found.by}, {_against_list(found, total)}; the plan is checked")]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    table.add_column(found.by, overflow="fold")
    for _, name in (*_PRICES, ("", "of it empty"), ("", "share")):
        table.add_column(name, justify="right", no_wrap=True)
    narrow = []
    for index, one in enumerate(found.lines):
        figures = [usd(columns[name][str(index)]) for name, _ in _PRICES]
        share = percent(one.effective_usd / total) if total and abs(one.effective_usd) >= 0.005 else ""
        table.add_row(cell(one.name), *map(cell, figures), cell(usd(one.empty_usd), FAINT), cell(share, FAINT))
        narrow.append(line((f"{one.name}: ", STRONG), f"list {figures[0]}, contracted {figures[1]}, effective {figures[2]}"))
    sums = [usd(found.total("list_usd")), usd(found.total("contracted_usd")), usd(total)]
    table.add_row(cell("total", STRONG), *(cell(text, STRONG) for text in sums), cell(usd(sum(one.empty_usd for one in found.lines)), FAINT), "")
    narrow.append(line(("total: ", STRONG), f"list {sums[0]}, contracted {sums[1]}, effective {sums[2]}"))
    body = listed(narrow) if width < NARROW else Padding(table, (0, 0, 0, 2))
    words = [line(text) for text in _words(found)]
    if found.nobodys:
        words.append(line(f"What belongs to nobody goes by all the rest: {', '.join(label(part) for part in found.nobodys)}."))
    return Group(*head, line(""), line(title("Cost"), (" in USD/month", FAINT)), body, line(""), title("How it is split"), listed(words))


def _words(found: Any) -> tuple[str, ...]:
    shared = any(service.busy_shares for service in found.plan.services)
    return _RULES[found.rule] + ((_SHARED,) if shared else ()) + _ELSE


def _against_list(found: Any, total: float) -> str:
    saved = found.total("list_usd") - total
    if abs(saved) < 0.005:
        return "at list price"
    return f"{percent(abs(saved) / found.total('list_usd'))} {'under' if saved > 0 else 'over'} list price"


def _cents(found: Any, name: str, total: float) -> dict[str, Any]:
    return cents_that_add_up({str(index): getattr(one, name) for index, one in enumerate(found.lines)}, total)
