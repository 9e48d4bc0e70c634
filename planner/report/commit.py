"""How much to commit to: the recommended level, the levels beside it, and what each commitment needs to pay."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from planner.report.cell import BAD, FAINT, NARROW, STRONG, WARNING, cell, line, listed, title
from planner.report.difference import interval_text
from planner.report.figures import amount, percent, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain
from planner.report.plan_view import spaced

_SHOWN = 12


def commit_content(found: Any) -> dict[str, Any]:
    """For machines."""
    content: dict[str, Any] = {
        "scenarios": [{"name": name, "weight": weight} for name, weight in found.scenarios],
        "base": answer_content(found.base),
    }
    if found.stuck is not None:
        return {**content, "without_plan": found.stuck[0], "answer": answer_content(found.stuck[1])}
    return {
        **content,
        "recommended": level_content(recommended(found)),
        "expected_bound_usd_per_month": found.bound,
        "saved_usd_per_month": plain(found.saved),
        "levels": [level_content(one) for one in found.levels],
        "rates": plain(found.rates),
        "commitments": plain(found.terms),
        "beside": [{"kinds": name, **answer_content(answer)} for name, answer in found.beside],
    }


def level_content(level: Any) -> dict[str, Any] | None:
    """A level for machines, units in its names; None: there is none."""
    if level is None:
        return None
    return {
        "name": level.name, "units": plain(level.units), "counted_in_usd_per_hour": list(level.spend), "usd_per_hour": level.usd_per_hour,
        "expected_usd_per_month": level.expected, "expected_bound_usd_per_month": level.bound, "cvar95_usd_per_month": level.cvar95,
        "most_regret_usd_per_month": plain(level.regret), "most_regret_in": level.regretted,
        "used_least_in": level.worst, "used_share_there": level.used, "usd_per_month_there": level.worst_cost,
        "usd_per_month_by_scenario": plain(level.costs), "regret_usd_per_month_by_scenario": plain(level.regrets),
    }  # fmt: skip


def commit_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    if found.stuck is not None:
        hint = "planner negotiate PROBLEM names every conflict and what must give" if found.stuck[0] == "the problem as it is" else "planner negotiate of the problem with that scenario's changes names what must give; scenarios of less demand, or looser limits, may have a plan"
        return Group(line((f"No level suits: {found.stuck[0]} has no plan.", BAD)), answer_view(found.stuck[1]), line((f"try: {hint}", FAINT)))
    level = recommended(found)
    head = [_committed(level), _saved(found, level)]
    sections: list[RenderableType] = [Group(*head), Group(line(title("Levels"), (" in USD/month over the scenarios", FAINT)), _levels(found, width), _scenarios(found))]
    if found.terms:
        sections.append(Group(title("What a commitment needs"), _terms(found, width)))
    if found.beside:
        sections.append(Group(line(title("Beside each other"), (" in the problem as it is", FAINT)), listed([_beside(name, answer) for name, answer in found.beside])))
    else:
        sections.append(line("Nothing is on offer to commit to: neither reserved prices of what may be used nor commitments.offers."))
    sections.append(listed([_rates(found.rates)], indent=0))
    return spaced(sections)


def recommended(found: Any) -> Any:
    """The level that is best on average."""
    return next(one for one in found.levels if "recommended" in one.name.split(" = "))


def units_text(level: Any) -> str:
    """``3 × 1y aws:…, 4.57 USD/h of compute savings plan``."""
    found = [f"{usd(count)} USD/h of {name}" if name in level.spend else f"{amount(round(count, 2))} × {name}" for name, count in sorted(level.units.items())]
    return ", ".join(found) or "nothing"


def _committed(level: Any) -> Any:
    return line(("Commit to ", STRONG), (units_text(level), STRONG), f": {usd(level.usd_per_hour)} USD/h, used or not")


def _saved(found: Any, level: Any) -> Any:
    if level.expected is None:
        return line(("Some scenario has no plan with it.", WARNING))
    text = line(f"{usd(level.expected)} USD/month on average")
    if found.bound is not None:
        text.append_text(line(f" (no level costs less than {usd(min(found.bound, level.expected))})"))
    return text.append_text(line("; ")).append_text(interval_text(found.saved)).append_text(line(" than without")) if found.saved is not None else text


def _levels(found: Any, width: int) -> RenderableType:
    rows = []
    for one in found.levels:
        figures = ["no plan" if value is None else usd(value) for value in (one.expected, one.regret.value if one.regret else None)]
        rows.append((one.name, usd(one.usd_per_hour), *figures, "" if one.used is None else f"{percent(one.used)} in {one.worst}"))
    if width < NARROW:
        return listed([line((f"{name}: ", STRONG), f"{each} USD/h, mean {mean}, regret {regret}, used {used}") for name, each, mean, regret, used in rows])
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for name, side in (("level", "left"), ("USD/h", "right"), ("mean", "right"), ("most regret", "right"), ("used at least", "left")):
        table.add_column(name, justify=side, overflow="fold", no_wrap=side == "right")
    for row in rows:
        table.add_row(*(cell(text, STRONG if "recommended" in row[0] and at == 0 else "") for at, text in enumerate(row)))
    return Padding(table, (0, 0, 0, 2))


def _scenarios(found: Any) -> RenderableType:
    shown = ", ".join(f"{name} ({percent(weight)})" for name, weight in found.scenarios[:_SHOWN])
    more = "" if len(found.scenarios) <= _SHOWN else f" and {len(found.scenarios) - _SHOWN} more"
    return listed([line((f"scenarios, with their weights: {shown}{more}", FAINT))])


def _terms(found: Any, width: int) -> RenderableType:
    rows = [one for one in found.terms if one.units or one.recommended] or list(found.terms[:_SHOWN])
    lines = []
    for one in rows[:_SHOWN]:
        lines.append(line((one.name, STRONG), f", {one.term_months} months, {one.measure}"))
        even = "no on-demand price to compare with" if one.break_even is None else f"pays from {percent(one.break_even)} of hours on"
        unit = " USD/h" if one.measure == "spend" else ""
        parts = [even, f"{amount(round(one.units, 2))}{unit} in the plan as it is"]
        parts += [f"used {percent(one.used)}"] if one.used is not None else []
        parts += [f"the last unit in {percent(one.last)} of hours"] if one.last is not None else []
        parts += [f"one more would be used in {percent(one.next)}"] if one.next is not None else []
        lines.append(line(f"  {', '.join(parts)}; recommended {amount(round(one.recommended, 2))}{unit}"))
    return listed(lines)


def _beside(name: str, answer: Any) -> Any:
    return line(f"{name}: ", answer_view(answer)) if hasattr(answer, "plan") else line(f"{name}: ", ("no plan", BAD))


def _rates(rates: Any) -> Any:
    parts = [("coverage", rates.coverage), ("utilisation", rates.utilisation), ("effective savings rate", rates.effective_savings_rate)]
    known = [f"{name} {percent(value)}" for name, value in parts if value is not None]
    return line(f"The plan as it is: {', '.join(known)} of rented firm instances." if known else "The plan as it is rents no firm instances.")
