"""Regret: the robust commitments beside the nominal plan's, over all scenarios and in each."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from planner.report.cell import BAD, FAINT, NARROW, STRONG, WARNING, cell, line, listed, title
from planner.report.commit import level_content, units_text
from planner.report.difference import interval_text
from planner.report.figures import percent, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain
from planner.report.plan_view import spaced

_AIMS = {"mean": "least mean cost", "cvar95": "least mean cost of the dearest 5 %", "regret": "smallest regret at worst"}
_SHOWN = 40


def regret_content(found: Any) -> dict[str, Any]:
    """For machines."""
    content: dict[str, Any] = {
        "aim": found.aim,
        "base": answer_content(found.base),
        "scenarios": [{"name": name, "weight": weight, "optimum_usd_per_month": cost} for (name, weight), cost in zip(found.scenarios, found.optima)],
        "nominal": level_content(found.nominal),
    }
    if found.stuck is not None:
        return {**content, "without_plan": found.stuck[0], "answer": answer_content(found.stuck[1])}
    return {
        **content,
        "robust": level_content(found.robust),
        "aim_bound_usd_per_month": found.bound,
        "left_out": list(found.left_out),
        "gained_usd_per_month": plain(found.gained),
        "foresight_usd_per_month": plain(found.foresight),
    }


def regret_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    if found.stuck is not None:
        return Group(line((f"{found.stuck[0]}: no plan.", BAD)), answer_view(found.stuck[1]))
    head = [
        line(("Robust: ", STRONG), (units_text(found.robust), STRONG), f", for the {_AIMS[found.aim]}"),
        line("Nominal: ", units_text(found.nominal)),
    ]
    if found.gained is None:
        missing = next(one for one in (found.nominal, found.robust) if one.expected is None)
        head.append(line((f"The {missing.name} commitments leave {missing.worst} without a plan.", WARNING)))
    elif found.gained.sign == "same":
        head.append(line("On average both cost the same."))
    else:
        head.append(line("On average robust costs ").append_text(interval_text(found.gained)).append_text(line(" than nominal")))
    if found.left_out:
        head.append(line((f"Not for robust, since some scenario cannot use it: {', '.join(found.left_out)}.", WARNING)))
    if found.foresight is not None:
        head.append(line((f"Knowing the scenario beforehand would be worth {usd(found.foresight.value)} USD/month.", FAINT)))
    sections: list[RenderableType] = [Group(*head), Group(line(title("Over all scenarios"), (" in USD/month", FAINT)), _summary(found, width))]
    sections.append(Group(line(title("In each"), (" in USD/month, over its own optimum", FAINT)), _each(found, width)))
    return spaced(sections)


def _summary(found: Any, width: int) -> RenderableType:
    rows = []
    for one in (found.nominal, found.robust):
        if one.expected is None:
            rows.append((one.name, usd(one.usd_per_hour), "no plan", "", "", one.worst))
        else:
            rows.append((one.name, usd(one.usd_per_hour), usd(one.expected), usd(one.cvar95), usd(one.regret.value), one.regretted))
    if width < NARROW:
        return listed([line((f"{name}: ", STRONG), f"mean {mean}, CVaR 95 {tail}, most regret {most} in {where}") for name, _, mean, tail, most, where in rows])
    return _table(("", "left"), ("USD/h", "right"), ("mean", "right"), ("CVaR 95", "right"), ("most regret", "right"), ("in", "left"), rows=rows)


def _each(found: Any, width: int) -> RenderableType:
    rows = []
    for index, ((name, weight), best) in enumerate(zip(found.scenarios, found.optima)):
        figures = [_regret(one.regrets[index]) for one in (found.nominal, found.robust)]
        rows.append((name, percent(weight), usd(best), *figures))
    more = [line((f"and {len(rows) - _SHOWN} more (--json has all)", FAINT))] if len(rows) > _SHOWN else []
    if width < NARROW:
        return listed([*(line((f"{name}: ", STRONG), f"optimum {best}, nominal +{nominal}, robust +{robust}") for name, _, best, nominal, robust in rows[:_SHOWN]), *more])
    table = _table(("scenario", "left"), ("weight", "right"), ("optimum", "right"), ("nominal +", "right"), ("robust +", "right"), rows=rows[:_SHOWN])
    return Group(table, listed(more))


def _regret(one: Any) -> str:
    if one is None:
        return "no plan"
    proven = one.value == 0.0 or one.sign == "higher"
    return usd(one.value) if proven else f"{usd(one.value)} ?"


def _table(*columns: tuple[str, str], rows: Any) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for name, side in columns:
        table.add_column(name, justify=side, overflow="fold", no_wrap=side == "right")
    for row in rows:
        table.add_row(*map(cell, row))
    return Padding(table, (0, 0, 0, 2))
