"""The table of faults, for people."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from planner.report.cell import BAD, FAINT, GOOD, STRONG, cell, line, listed
from planner.report.figures import amount


def fault_view(found: dict[str, Any]) -> RenderableType:
    """``found`` as ``planner simulate --faults --json`` prints it."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name, right in (("fault", False), ("service", False), ("in time", True), ("without", True), ("recovered", True), ("again", True), ("lost", True), ("survives", False)):
        table.add_column(name, justify="right" if right else "left", overflow="fold", header_style=STRONG)
    for one in found["faults"]:
        survives = {None: cell("–", FAINT), True: cell("yes", GOOD), False: cell("NO", BAD)}[one["survives"]]
        after = "at once" if one["recover_s"] == 0.0 else f"{amount(one['recover_s'])} s"
        table.add_row(
            cell(one["fault"]), cell(one["service"]), _share(one["during"]), _share(one["undisturbed"]), cell(after),
            cell(f"{one['retried']:,}"), cell(f"{one['lost'] + one['refused']:,}"), survives,
        )  # fmt: skip
    notes = [
        line(("In time: share of the requests arriving during the fault that were served within all limits.", FAINT)),
        line(("Recovered: end of the last minute that missed a limit and would not have without the fault.", FAINT)),
    ]
    if not found["faults"]:
        return line("No such fault can happen to this plan.")
    return Group(table, listed(notes, indent=0))


def _share(value: float | None) -> Any:
    return cell("–", FAINT) if value is None else cell(f"{100 * value:.1f} %")
