"""What limits and options cost: ladders ranked as a tornado, and the stretches of one price."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from planner.plan.cost import TOTAL
from planner.report.cell import BAD, FAINT, GOOD, NARROW, STRONG, WARNING, cell, line, listed, title
from planner.report.figures import percent, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain
from planner.report.plan_view import spaced

_BAR = 24


def prices_content(found: Any) -> dict[str, Any]:
    """For machines."""
    return {
        "base": answer_content(found.base),
        "limits": [
            {
                "path": one.limit.path, "kind": one.limit.kind.name, "limit": str(one.limit), "value": plain(one.limit.value),
                "unit": one.limit.unit, "swing_usd_per_month": one.swing, "steps_without_plan": one.impossible, "steps": plain(one.rungs),
                "costs": None if one.costs is None else {
                    "usd_per_month_with": found.base.plan.cost[TOTAL], "usd_per_month_without": one.without.cost, "difference": plain(one.costs),
                },
            }
            for one in found.ladders
        ],
    }  # fmt: skip


def prices_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    if not hasattr(found.base, "plan"):
        return answer_view(found.base)
    head = line((f"The plan as it is costs {usd(found.base.plan.cost[TOTAL])} USD/month.", STRONG), " What moving each limit does, by solving again:")
    if not found.ladders:
        return Group(head, line("No limit is stated."))
    widest = max(one.swing for one in found.ladders) or 1.0
    return spaced([head, *(_ladder(one, found.base.plan, widest, width) for one in found.ladders)])


def _ladder(one: Any, plan: Any, widest: float, width: int) -> RenderableType:
    bar = "█" * round(_BAR * one.swing / widest) if width >= NARROW else ""
    words, swing = f"{one.limit}", f"  swing {usd(one.swing)} "
    beside = len(words) + len(swing) + len(bar) <= width
    head = line((words, STRONG), swing, (bar, FAINT) if beside else "")
    below = [] if beside else [line((bar, FAINT))]
    return Group(head, *below, listed([_rung(rung, plan) for rung in one.rungs]))


def _rung(rung: Any, plan: Any) -> Any:
    value = "" if rung.given_up else f" ({rung.value:,.6g})"
    if rung.delta is None:
        return line(f"{rung.words}{value}: ", ("no plan", BAD), f" {rung.message}" if rung.message and "no plan" not in rung.message else "")
    sign = rung.delta.sign
    shown = "no difference" if sign == "same" else f"{'+' if rung.delta.value > 0 else ''}{usd(rung.delta.value)} USD/month"
    style = {"higher": BAD, "lower": GOOD}.get(sign, WARNING if sign == "not proven" else FAINT)
    note = "" if rung.same_plan else ", another plan"
    if rung.given_up and rung.delta.value:
        note += f": {usd(plan.cost[TOTAL])} with it, {usd(rung.cost)} without"
    return line(f"{rung.words}{value}: ", (shown, style), ", sign not proven" if sign == "not proven" else "", note)


def option_content(found: Any) -> dict[str, Any]:
    """For machines; factors are of today's price."""
    return {
        "base": answer_content(found.base), "option": found.option, "purchase": found.purchase, "unit": found.unit,
        **({"today_usd_per_hour": found.today} if found.purchase in ("on_demand", "spot", "reserved") else {"today": found.today}),
        "exact": found.exact, "why_not_exact": found.why_not_exact, "enters_at_factor": found.enters, "takes_over_at_factor": found.takes_over,
        "discount_to_enter": _discount(found.enters), "discount_to_take_over": _discount(found.takes_over), "solves": found.solves,
        "bends": [{"at_factor": one.at, "least_factor": one.least, "most_factor": one.most} for one in found.bends],
        "stretches": [
            {
                "from_factor": one.low, "to_factor": one.high, "usd_per_month_at_ends": None if one.plan is None else [one.usd_at_low, one.usd_at_high],
                f"share_of_{found.shared.replace('-', '_')}": None if one.plan is None else one.share, "taken_over": one.whole,
                "instances": one.instances, "plan": plain(one.plan),
                "no_plan": None if one.plan is not None else {"proven": one.proven, "why": one.why},
            }
            for one in found.stretches
        ],
    }  # fmt: skip


def option_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    if not hasattr(found.base, "plan") and not found.stretches:
        return answer_view(found.base)
    single = next(iter(found.today.values())) if len(found.today) == 1 else None
    pools = ", ".join(f"{name} {price:,.4g} {found.unit}" for name, price in sorted(found.today.items())[:6])
    more = f" and {len(found.today) - 6} more" if len(found.today) > 6 else ""
    head = [line((f"{found.option}, {found.purchase.replace('_', ' ')}: ", STRONG), f"{pools}{more}")]
    if not hasattr(found.base, "plan"):
        head.append(line(("At today's price no plan meets all limits.", BAD)))
    head += [
        line(_threshold("enters the plan", found.enters, single, found)),
        line(_threshold("takes over all that it may serve", found.takes_over, single, found)),
        *(line((text, WARNING)) for text in _without_plan(found)),
        line((f"{exactness(found)}; {found.solves} solves.", FAINT if found.exact else WARNING)),
    ]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for name, side in (("of today's price", "right"), ("USD/month", "right"), ("share", "right"), ("instances and hosted options", "left")):
        table.add_column(name, justify=side, overflow="fold")
    for one in found.stretches:
        span = percent(one.low) if one.low == one.high else f"{percent(one.low)} – {percent(one.high)}"
        if one.plan is None:
            table.add_row(span, cell("no plan" if one.proven else "not known", BAD), "", cell(one.why))
            continue
        low, high = usd(one.usd_at_low), usd(one.usd_at_high)
        table.add_row(span, cell(low if low == high else f"{low} – {high}"), percent(one.share), cell(one.instances))
    return spaced([Group(*head), Group(line(title("Which plan at which price"), (f", and the option's share of {found.shared}", FAINT)), Padding(table, (0, 0, 0, 2)))])


def _without_plan(found: Any) -> list[str]:
    """Where no plan is, and where none was found."""
    lines = []
    for proven, words in ((True, "No plan meets all limits"), (False, "It is not known whether there is a plan")):
        spans = [percent(one.low) if one.low == one.high else f"{percent(one.low)} – {percent(one.high)}" for one in found.stretches if one.plan is None and one.proven is proven]
        if spans:
            lines.append(f"{words} at {', '.join(spans)} of today's price.")
    return lines


def exactness(found: Any) -> str:
    """Whether prices are exact, and why not."""
    if found.exact:
        return "Exact"
    return f"Not exact: {found.why_not_exact}, so {'prices between the stretches are not known' if found.swept else 'each price at which the plan changes is an interval'}"


def _threshold(words: str, factor: float | None, single: float | None, found: Any) -> str:
    if factor is None:
        return f"At no price looked at it {words}."
    return f"It {threshold(words, factor, single, found)}"


def threshold(words: str, factor: float, single: float | None, found: Any) -> str:
    """At which part of today's price ``words`` hold, with the discount; ``single`` is today's price where there is one."""
    if found.stretches and factor >= found.stretches[-1].high:
        return f"{words} at every price up to {percent(factor)} of today's."
    price = f" ({single * factor:,.6g} {found.unit})" if single is not None else ""
    # The bend above the last price at which it holds: of a sweep the interval begins there.
    near = next((one for one in reversed(found.bends) if one.least <= factor <= one.most), None)
    within = f", somewhere between {100 * near.least:.5g} and {100 * near.most:.5g} %" if near is not None and not found.exact else ""
    return f"{words} at {100 * factor:.6g} % of today's price and below{price}{within}" + (f": a discount of {100 * (1 - factor):.4g} %." if factor < 1 else ".")


def within(found: Any) -> str:
    """From which to which part of today's price was looked."""
    return f"{percent(found.stretches[0].low)} to {percent(found.stretches[-1].high)} of today's" if found.stretches else "none"


def _discount(factor: float | None) -> float | None:
    return None if factor is None else max(0.0, 1.0 - factor)
