"""Puts a report together: the answer in one sentence, then every section that the plan has something for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.report.figures import amount, percent, usd
from planner.report.page.analyses import Analysis, analysis_sections
from planner.report.page.content import Line, Name, Report, Section
from planner.report.page.hidden_prices import hidden, index_factor
from planner.report.page.reader import Reader
from planner.report.page.sections.capacity import capacity
from planner.report.page.sections.carbon import carbon
from planner.report.page.sections.compared import compared
from planner.report.page.sections.foundations import foundations, left_out
from planner.report.page.sections.latency import latency
from planner.report.page.sections.limits import limits
from planner.report.page.sections.money import money
from planner.report.page.sections.placement import placement
from planner.report.page.sections.proof import proof
from planner.report.page.sections.rest import rest


def report_of(
    plan: Plan, *, other: Plan | None = None, analyses: Sequence[Analysis] = (), hide_prices: bool = False
) -> Report:
    """The report on ``plan``.

    other        a plan to compare with
    analyses     what other commands found out about the same problem
    hide_prices  amounts of money become shares of this plan's total, which is 100; unit prices are left out

    Raises ValueError for analyses with hidden prices: their words state amounts.
    """
    if hide_prices and analyses:
        raise ValueError("what other commands found states prices in words")
    factor = index_factor(plan) if hide_prices else None
    reader = _reader(plan, factor)
    sections: list[Section | None] = [money(reader)]
    if other is not None:
        sections.append(compared(reader, _reader(other, factor, "other:")))
    sections += [capacity(reader), placement(reader), latency(reader), carbon(reader), limits(reader)]
    sections += analysis_sections(analyses, plan.inputs.problem_digest)
    sections += [left_out(reader), rest(reader), foundations(reader), proof(reader)]
    found = tuple(section for section in sections if section is not None)
    name = plan.inputs.problem.get("name")
    title = f"Deployment plan {name}" if name else "Deployment plan"
    return Report(title, _answer(reader), tuple(_facts(reader)), found)


def _reader(plan: Plan, factor: float | None, prefix: str = "") -> Reader:
    document: dict[str, Any] = plan.model_dump(mode="json")
    return Reader(document, prefix) if factor is None else Reader(hidden(document, factor), prefix, "index")


def _answer(plan: Reader) -> Line:
    """The sentence that somebody who reads nothing else takes away."""
    services = plan.derived(amount, "count", "services")
    noun = "service" if services.value == 1 else "services"
    what = "The cheapest deployment" if plan.get("proven") else "The best deployment found"
    cost = plan.money("cost", TOTAL)
    unit = "USD a month" if plan.unit == "USD/month" else "on an index where this plan's total is 100"
    return (what, " of ", services, f" {noun} costs ", cost, f" {unit}", *_proof(plan), ".")


def _proof(plan: Reader) -> Line:
    gap = plan.figure(percent, "gap")
    if plan.get("proven") and gap is not None:
        return (", proven optimal",) if gap.value <= 1e-9 else (", proven within ", gap)
    return (", not proven",) if gap is None else (": at most ", gap, " could be saved")


def _facts(plan: Reader) -> list[Line]:
    certificate = plan.get("certificate", default=None)
    lines: list[Line] = []
    if certificate and certificate["passed"]:
        lines.append(("Checked again without the solver: ", plan.derived(amount, "checks"), " checks passed."))
    elif certificate:
        lines.append(("The check without the solver did not pass.",))
    saving = plan.derived(usd, "saving")
    if saving is not None:
        paid = plan.money("inputs", "problem", "paid_now_usd_per_month")
        lines.append(("Paid today: ", paid, f" {plan.unit}. Saved by this plan: ", saving, f" {plan.unit}."))
    if not plan.get("deterministic"):
        lines.append(("The clock or a signal ended the search: another run may end with another plan.",))
    periods, months = plan.derived(amount, "count", "periods"), plan.quantity("inputs", "problem", "horizon", "months")
    facts: list = [periods, " period" if periods.value == 1 else " periods"]
    facts += [", horizon of ", months, " months"] if months is not None else []
    facts += [", catalogue ", Name(plan.get("inputs", "catalog_edition", default=""))]
    lines.append(tuple(facts))
    description = plan.get("inputs", "problem", "description", default="")
    return [*lines, (Name(description),)] if description else lines
