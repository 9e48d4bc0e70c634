"""The table of faults, for people."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from planner.report.cell import BAD, FAINT, GOOD, STRONG, cell, line, listed
from planner.report.figures import amount


NOTES = (
    "In time: share of the requests arriving during the fault that were served within all limits (all that a provider API let in); without: the same requests without the fault.",
    "Refused: share that no replica was left for, or beyond the fraction that the plan undertakes to serve after such a loss.",
    "Back: from its start to the end of the last minute that missed a limit and would not have without it, before five good ones in a row.",
    "Again: sent once more, from the start, because their replica was lost. Lost: given up with it (--lose), or unanswered when the run ended.",
)


def fault_view(found: dict[str, Any]) -> RenderableType:
    """``found`` as ``planner simulate --faults --json`` prints it."""
    if not found["faults"]:
        return line("Nothing to tell: none of these faults can happen to this plan, or no request comes while one lasts.")
    sections: list[RenderableType] = []
    for service in dict.fromkeys(one["service"] for one in found["faults"]):
        own = [one for one in found["faults"] if one["service"] == service]
        periods = ", ".join(dict.fromkeys(one["period"] for one in own))
        sections += [line((service, STRONG), f"  in period {periods}"), _table(own), line("")]
    return Group(*sections, listed([line((note, FAINT)) for note in NOTES], indent=0))


def _table(faults: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    widest = max(len(word) for one in faults for word in one["fault"].split())
    table.add_column("fault", overflow="fold", header_style=STRONG, min_width=min(widest, 40))
    for name in ("in time", "refused", "without", "back", "again", "lost", "survives"):
        table.add_column(name, justify="right", overflow="fold", header_style=STRONG)
    for one in faults:
        survives = {None: cell("–", FAINT), True: cell("yes", GOOD), False: cell("NO", BAD)}[one["survives"]]
        after = "not by the end" if one["unrecovered"] else "at once" if one["recover_s"] == 0.0 else f"{amount(one['recover_s'])} s"
        table.add_row(
            cell(one["fault"]), _share(one["during"]), _share(one["turned_away"]), _share(one["undisturbed"]), cell(after), cell(f"{one['retried']:,}"),
            cell(f"{one['lost'] + one['unfinished']:,}"), survives,
        )  # fmt: skip
    return table


def _share(value: float | None) -> Any:
    return cell("–", FAINT) if value is None else cell(f"{100 * value:.1f} %")
