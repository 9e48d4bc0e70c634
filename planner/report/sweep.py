"""Many scenarios as a table, as CSV and as JSON; the last two depend on nothing but what was asked."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from planner.report.cell import BAD, FAINT, NARROW, STRONG, WARNING, cell, line, listed, title
from planner.report.figures import amount, counted, usd
from planner.report.plain import plain
from planner.report.rows import csv_text

_SHOWN = 60


def sweep_rows(found: Any) -> list[dict[str, Any]]:
    """One flat row a scenario, settings in columns of their own."""
    rows = []
    for row in found.rows:
        one = row.result
        rows.append(
            {
                "id": one.id, "name": one.name, "weight": one.weight, **{f"set {path}": value for path, value in one.settings.items()},
                "status": one.status, "total_usd_per_month": one.total_usd_per_month, "bound_usd_per_month": one.bound_usd_per_month,
                "gap": one.gap, "delta_usd_per_month": None if row.delta is None else row.delta.value,
                "delta_least": None if row.delta is None else row.delta.least, "delta_most": None if row.delta is None else row.delta.most,
                "sign": None if row.delta is None else row.delta.sign, "carbon_kg_per_month": one.carbon_kg_per_month,
                "plan": row.plan, "instances": one.plan, "message": one.message,
            }
        )  # fmt: skip
    return rows


def sweep_csv(found: Any) -> str:
    """For a spreadsheet."""
    rows = sweep_rows(found)
    settings = list(dict.fromkeys(name for row in rows for name in row if name.startswith("set ")))
    fixed = [name for name in rows[0] if not name.startswith("set ")]
    at = fixed.index("status")
    return csv_text([*fixed[:at], *settings, *fixed[at:]], rows)


def sweep_content(found: Any) -> dict[str, Any]:
    """For machines."""
    return {"plans": dict(found.plans), "scenarios": [{**plain(row.result), "plan": row.plan, "instances": row.result.plan, "delta_usd_per_month": plain(row.delta)} for row in found.rows]}


def sweep_view(found: Any, width: int) -> RenderableType:
    """For a terminal: scenarios, then the plans."""
    rows = found.rows[:_SHOWN]
    if width < NARROW:
        body: RenderableType = listed([line(f"{row.result.name}: ", (_outcome(row), STRONG), f" {row.plan}") for row in rows])
    else:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
        for name, side in (("scenario", "left"), ("USD/month", "right"), ("difference", "right"), ("kgCO2e", "right"), ("plan", "left")):
            table.add_column(name, justify=side, overflow="fold")
        for row in rows:
            carbon = row.result.carbon_kg_per_month
            table.add_row(cell(row.result.name), cell(_outcome(row), _style(row)), cell(_delta(row)), cell("" if carbon is None else amount(round(carbon))), cell(row.plan))
        body = Padding(table, (0, 0, 0, 2))
    more = [line((f"  and {counted(len(found.rows) - _SHOWN, 'more scenario')} (-o and --json have all)", FAINT))] if len(found.rows) > _SHOWN else []
    plans = list(found.plans.items())
    legend = listed([line((f"{letter}  ", STRONG), text) for letter, text in plans[:_SHOWN]])
    return Group(line((f"{counted(len(found.rows) - 1, 'scenario')} beside the problem as it is", STRONG)), body, *more, *([line(""), title("Which plan"), legend] if plans else []))


def _outcome(row: Any) -> str:
    total = row.result.total_usd_per_month
    return usd(total) if total is not None else {"infeasible": "no plan"}.get(row.result.status, row.result.status)


def _style(row: Any) -> str:
    return {"optimal": "", "feasible": WARNING}.get(row.result.status, BAD)


def _delta(row: Any) -> str:
    if row.delta is None:
        return row.result.message if row.result.status in ("invalid", "crashed") else ""
    text = "same" if row.delta.sign == "same" else f"{'+' if row.delta.value > 0 else ''}{usd(row.delta.value)}"
    return f"{text} ?" if row.delta.sign == "not proven" else text
