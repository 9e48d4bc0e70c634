"""Planned, billed and used on one page: the variance first, then where it arose, what lies idle, and the plan for what was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from planner.report.cell import BAD, FAINT, GOOD, STRONG, WARNING, cell, line, listed, title
from planner.report.figures import amount, cents_that_add_up, percent, usd
from planner.report.plain import plain
from planner.report.plan_view import spaced

_PARTS = ("price", "volume", "mix")
_OUTSIDE_SHOWN = 5


def actuals_content(found: Any, resolved: dict[str, Any] | None) -> dict[str, Any]:
    """For machines, unrounded; ``resolved`` is the answer for the measured demand, None where none was asked."""
    return {**plain(found), "measured_demand": resolved}


def actuals_view(found: Any, resolved: RenderableType | None) -> RenderableType:
    """For a terminal of any width."""
    sections: list[RenderableType] = []
    if found.months is not None:
        sections.append(Group(*_headline(found)))
        if found.pools:
            sections.append(Group(line(title("Pools"), (" in USD/month", FAINT)), *_lines(found.pools, _hours)))
        if found.hosted:
            sections.append(Group(line(title("Hosted options"), (" in USD/month", FAINT)), *_lines(found.hosted, _quantities)))
        sections.append(Group(line(title("Services"), (" in USD/month", FAINT)), *_lines(found.services, _hours)))
    measured = [one for one in found.served if one.measured_per_s is not None]
    if measured:
        sections.append(Group(title("Demand"), listed(map(_served, measured))))
    if found.under_used:
        sections.append(Group(title("Under-used"), listed(map(_under_used, found.under_used))))
    if found.outside:
        sections.append(Group(title("In the bill, not of this plan"), listed(_outside(found.outside))))
    if resolved is not None:
        sections.append(resolved)
    if found.notes:
        sections.append(Group(title("How it is compared"), listed([line((note, FAINT)) for note in found.notes])))
    return spaced(sections)


def _headline(found: Any) -> list[Text]:
    variance = found.variance
    months = f", over {amount(found.months)} months" if found.months != 1.0 else ""
    against = f" against {usd(found.planned_usd)} planned{months}: "
    first = line((f"Billed {usd(found.billed_usd)} USD/month", STRONG), against, _more(variance.usd, found.planned_usd))
    return [first, line(f"  {_parts(variance)}")]


def _more(change: float, planned: float) -> Text:
    if abs(change) < 0.005:
        return line(("as planned", GOOD))
    share = f" ({percent(abs(change) / planned)})" if planned > 0.0 else ""
    return line((f"{usd(abs(change))} {'more' if change > 0 else 'less'}{share}", BAD if change > 0 else GOOD))


def _parts(variance: Any) -> str:
    """To the cent, and adding up to the whole to the cent."""
    cents = cents_that_add_up({name: getattr(variance, name) for name in _PARTS}, variance.usd)
    return ", ".join(f"{name} {'+' if cents[name] > 0 else ''}{usd(cents[name])}" for name in _PARTS)


def _lines(lines: tuple[Any, ...], amounts: Callable[[Any], str]) -> list[RenderableType]:
    found: list[RenderableType] = []
    for one in lines:
        facts = [line(f"planned {usd(one.planned_usd)}, billed {usd(one.billed_usd)}: ", _more(one.variance.usd, one.planned_usd))]
        if abs(one.variance.usd) >= 0.005:
            facts.append(line((_parts(one.variance), FAINT)))
        facts += [line((text, FAINT)) for text in (amounts(one),) if text]
        found += [line(f"  {_name(one.name)}"), listed(facts, indent=4)]
    return found


def _hours(one: Any) -> str:
    planned, billed = one.planned_accelerator_hours, one.billed_accelerator_hours
    if not (planned or billed):
        return ""
    text = f"accelerator-hours planned {amount(round(planned, 1))}, billed {amount(round(billed, 1))}"
    if planned:
        text += f"; busy {percent(one.planned_used_hours / planned)} planned"
    if one.used_hours is not None and billed:
        text += f", {percent(one.used_hours / billed)} measured"
    return text


def _quantities(one: Any) -> str:
    billed = "not stated" if one.billed is None else amount(round(one.billed, 1))
    text = f"{one.unit} planned {amount(round(one.planned, 1))}, billed {billed}"
    if one.mode in ("serverless", "provisioned") and one.planned and one.planned_used is not None:
        text += f"; at work {percent(one.planned_used / one.planned)} planned"
        if one.used is not None and one.billed:
            text += f", {percent(one.used / one.billed)} measured"
    return text + (f"; for {', '.join(one.services)}" if one.services else "; not planned")


def _served(one: Any) -> Text:
    share = one.measured_per_s / one.planned_per_s - 1.0 if one.planned_per_s else None
    change = f" ({'+' if share > 0 else ''}{percent(share)})" if share is not None else ""
    label = f", as {one.served_as}" if one.served_as not in (None, one.name) else ""
    rates = f"{amount(one.measured_per_s)} requests/s measured, {amount(one.planned_per_s)} planned"
    return line((f"{one.name} ", STRONG), f"{rates}{change}{label}")


def _under_used(one: Any) -> Text:
    text = line((f"{_name(one.what)} ", STRONG), (f"{usd(one.idle_usd)} USD/month", WARNING), f": {one.kind} {one.reason}")
    if one.used_share is not None:
        planned = f" (planned {percent(one.planned_share)})" if one.planned_share is not None else ""
        text.append_text(cell(f", {percent(one.used_share)} used{planned}"))
    return text


def _outside(outside: dict[str, float]) -> list[Text]:
    lines = [line(f"{name}: {usd(paid)} USD/month") for name, paid in list(outside.items())[:_OUTSIDE_SHOWN]]
    rest = list(outside.values())[_OUTSIDE_SHOWN:]
    return [*lines, line((f"and {len(rest)} more, {usd(sum(rest))} USD/month", FAINT))] if rest else lines


def _name(text: str) -> str:
    """Pools read as elsewhere: seller, type, place."""
    seller, colon, rest = text.partition(":")
    kind, at, place = rest.rpartition("@")
    return f"{seller} {kind}, {place}" if colon and at else text
