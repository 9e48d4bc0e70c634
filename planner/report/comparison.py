"""Build or buy on one page: each kind's cost, by token and by request, and where demand makes another one cheaper."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from planner.report.cell import BAD, FAINT, GOOD, STRONG, cell, line, listed, title
from planner.report.figures import amount, percent, usd


def comparison_content(found: Any) -> dict[str, Any]:
    """For machines."""
    return {
        "demand_requests_per_s": found.demand_per_s,
        "kinds": [_kind(one) for one in found.kinds],
        "break_even": [
            {
                "below": one.below, "above": one.above,
                "demand_multiplier": None if one.low is None else {"low": one.low, "high": one.high},
                "requests_per_s": None if one.requests_per_s is None else list(one.requests_per_s),
                "usd_per_month_at_low": None if one.low_usd is None else dict(zip((one.below, one.above), one.low_usd)),
                "usd_per_month_at_high": None if one.high_usd is None else dict(zip((one.below, one.above), one.high_usd)),
            }
            for one in found.break_even
        ],
        "solves": found.solves,
    }  # fmt: skip


def _kind(one: Any) -> dict[str, Any]:
    plan = one.plan
    return {
        "kind": one.name, "status": "no_plan" if plan is None else plan.status, "reason": one.reason,
        "usd_per_month": one.usd_per_month, "bound_usd_per_month": None if plan is None else plan.bound_usd_per_month,
        "usd_per_million_tokens": one.usd_per_mtok, "usd_per_thousand_requests": one.usd_per_1000,
        "effective_utilisation": one.utilisation, "modes_not_allowed_by": list(one.not_allowed),
    }  # fmt: skip


def comparison_view(found: Any, width: int, words: dict[str, str]) -> RenderableType:
    """For a terminal; ``words`` names the kinds."""
    known = [one for one in found.kinds if one.plan is not None]
    cheapest = min((one.usd_per_month for one in known), default=None)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for name, side in (("", "left"), ("USD/month", "right"), ("per M tokens", "right"), ("per 1,000 requests", "right"), ("busy", "right"), ("against the cheapest", "right")):
        table.add_column(name, justify=side, overflow="fold")
    for one in found.kinds:
        if one.plan is None:
            table.add_row(cell(words[one.name], STRONG), cell("no plan", BAD))
            continue
        over = "" if not cheapest else _against(one.usd_per_month, cheapest)
        table.add_row(
            cell(words[one.name], STRONG), usd(one.usd_per_month), _figure(one.usd_per_mtok), _figure(one.usd_per_1000),
            "" if one.utilisation is None else percent(one.utilisation), cell(over, GOOD if over == "cheapest" else FAINT),
        )
    sections: list[RenderableType] = [title("Build or buy"), table]
    notes = [line((f"{words[one.name]}: ", STRONG), one.reason) for one in found.kinds if one.plan is None]
    notes += [
        line((f"{words[one.name]}: ", STRONG), f"{'goes beyond' if one.name == 'mixed' else 'not among'} the modes of {', '.join(one.not_allowed)}; solved as if allowed")
        for one in found.kinds
        if one.not_allowed
    ]
    if notes:
        sections += [line(""), listed(notes)]
    if found.break_even:
        sections += [line(""), title("Break-even"), listed([_break_even(one, found.demand_per_s, words) for one in found.break_even])]
    return Group(*sections)


def _against(value: float, least: float) -> str:
    return "cheapest" if value <= least * (1.0 + 1e-9) else f"+{percent(value / least - 1.0)}"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.4g}"


def _break_even(one: Any, rate: float, words: dict[str, str]) -> Any:
    names = f"{words[one.below]} and {words[one.above]}"
    if one.low is None:
        return line(f"{names}: no crossing between 1/128 and 128 times the demand")
    low, high = one.requests_per_s
    return line(
        (f"up to {amount(low)} requests/s ", STRONG), f"({one.low:.3g} times the demand) {words[one.below]} is cheaper, ",
        (f"from {amount(high)} on ", STRONG), f"{words[one.above]}: {usd(one.low_usd[0])} against {usd(one.low_usd[1])}, then"
        f" {usd(one.high_usd[0])} against {usd(one.high_usd[1])} USD/month, all solved",
    )  # fmt: skip
