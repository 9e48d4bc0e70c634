"""Which limits shape the plan, and how much of the others is left."""

from __future__ import annotations

from planner.report.figures import amount, usd
from planner.report.page.content import Name, Section, Table
from planner.report.page.reader import Reader

BINDS = 1e-6


def limits(plan: Reader) -> Section:
    """Binding limits first, the rest by what is left of them."""
    entries = list(enumerate(plan.get("binding", default=[])))
    binding = [(at, one) for at, one in entries if _binds(one)]
    loose = sorted((pair for pair in entries if not _binds(pair[1])), key=lambda pair: pair[1]["slack"] / max(1e-12, abs(pair[1]["limit"])))
    count = plan.derived(amount, "binding")
    lines = ((count, " of the limits bind." if len(binding) != 1 else " limit binds."),) if binding else ((
        "No limit is used up; what each one costs is what `planner price` says.",),)  # fmt: skip
    parts = []
    headings = ("limit", "where", "reached", "limit is", "left", "unit")
    if binding:
        parts.append(Table("What binds", headings, tuple(_row(plan, *pair) for pair in binding), (2, 3, 4)))
    if loose:
        parts.append(Table("Limits with room", headings, tuple(_row(plan, *pair) for pair in loose), (2, 3, 4), folded=True))
    return Section("limits", "What binds", lines, tuple(parts))


def _binds(one: dict) -> bool:
    return one["slack"] <= BINDS * max(1.0, abs(one["limit"]))


def _row(plan: Reader, at: int, one: dict) -> tuple:
    show = usd if "USD" in one["unit"] else _nothing_left
    unit = one["unit"] if plan.unit == "USD/month" else one["unit"].replace("USD/month", plan.unit).replace("USD", plan.unit)
    figures = (plan.figure(show, "binding", at, field) for field in ("value", "limit", "slack"))
    return (Name(one["constraint"]), Name(one["where"]), *figures, unit)


def _nothing_left(value: float) -> str:
    """What arithmetic leaves of zero is zero."""
    return amount(0.0 if abs(value) < 1e-9 else value)
