"""Cost by part and by service, and the commitments that are signed."""

from __future__ import annotations

from planner.plan.cost import COST_PARTS, TOTAL
from planner.report.figures import amount, percent, usd
from planner.report.page.content import Bar, Bars, Name, Section, Stack, Table
from planner.report.page.reader import Reader


_CASH = (("running_usd", "running"), ("upfront_usd", "upfront"), ("one_off_usd", "one-off work"))


def money(plan: Reader) -> Section:
    """The bill: largest parts first in the picture, in the order of the format in the table."""
    parts = [part for part in plan.get("cost", default={}) if part != TOTAL and plan.get("cost", part, default=0.0)]
    bars = tuple(Bar(part_name(part), plan.money("cost", part)) for part in sorted(parts, key=lambda one: -plan.get("cost", one)))
    rows = [(part_name(part), plan.money("cost", part), plan.derived(percent, "cost_share", part)) for part in parts]
    rows.append(("total", plan.money("cost", TOTAL), None))
    tables = [Table("Cost by part", ("part", plan.unit, "share"), tuple(rows), (1, 2))]
    shares = _by_service(plan)
    charts = [Bars("Cost by part", plan.unit, bars)] if bars else []
    if shares:
        charts.append(Bars("Cost by service", plan.unit, tuple(Bar(row[0].text, row[2]) for row in shares)))
        tables.append(Table("Cost by service", ("service", "team", f"share, {plan.unit}"), shares, (2,)))
    tables += _commitments(plan)
    spread, months = _cash(plan)
    charts += spread
    tables += months
    lines = ((
        "Shares of services count accelerators, hours and the price of their pool on demand (spot for spot), as budgets of teams do: "
        "empty slots and savings of commitments belong to the whole, so they do not sum to the total.",
    ),) if shares else ()  # fmt: skip
    return Section("cost", "Cost", lines, (*charts, *tables))


def part_name(part: str) -> str:
    """A part of the cost in words; one that is not known here by its name in the format."""
    return COST_PARTS.get(part) or part.removesuffix("_usd_per_month").replace("_", " ")


def _by_service(plan: Reader) -> tuple:
    teams = {one.get("name"): one.get("team") for one in plan.get("inputs", "problem", "services", default=[])}
    rows = [
        (Name(one["name"]), Name(teams[one["name"]]) if teams.get(one["name"]) else None, plan.money("services", at, "share_usd_per_month"))
        for at, one in enumerate(plan.get("services", default=[]))
    ]
    known = [row for row in rows if row[2] is not None]
    return tuple(sorted(known, key=lambda row: -row[2].value))


def _cash(plan: Reader) -> tuple[list[Stack], list[Table]]:
    """What is paid month by month, where it differs from the cost spread over the horizon."""
    months = plan.get("cash", default=[])
    kinds = [(name, words) for name, words in _CASH if any(one.get(name) for one in months)]
    sums = {round(sum(one[name] for name, _ in _CASH), 2) for one in months}
    if len(sums) < 2 and kinds[:1] == kinds:
        return [], []
    names = tuple(str(one["month"] + 1) for one in months)
    series = tuple((words, tuple(plan.money("cash", at, name) for at in range(len(months)))) for name, words in kinds)
    rows = tuple((plan.derived(amount, "month", at), *(figures[at] for _, figures in series)) for at in range(len(months)))
    unit = plan.unit.removesuffix("/month")
    table = Table("Cash by month", ("month", *(words for words, _ in series)), rows, tuple(range(len(series) + 1)), folded=True, unit=unit)
    return [Stack("Cash by month of the horizon", unit, names, series)], [table]


def _commitments(plan: Reader) -> list[Table]:
    rows = []
    for at, one in enumerate(plan.get("commitments", default=[])):
        here = ("commitments", at)
        rows.append((
            Name(one["name"]), plan.quantity(*here, "units"), Name(one["measure"]), plan.quantity(*here, "term_months"),
            plan.figure(usd, *here, "usd_per_unit_hour"), plan.money(*here, "upfront_usd"), plan.money(*here, "beyond_horizon_usd"),
            plan.figure(percent, *here, "used_share"),
        ))  # fmt: skip
    headings = ("commitment", "units", "counted in", "months", "USD/h each", "upfront", "for after the horizon", "used")
    if plan.unit != "USD/month":
        rows = [(*row[:4], *row[5:]) for row in rows]
        headings = (*headings[:4], *headings[5:])
    numeric = tuple(at for at, name in enumerate(headings) if name not in ("commitment", "counted in"))
    return [Table("Commitments bought", headings, tuple(rows), numeric)] if rows else []
