"""A plan of earlier weeks on the last one, for people."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from planner.report.cell import BAD, FAINT, GOOD, STRONG, WARNING, line
from planner.report.figures import amount, usd
from planner.report.sparkline import sparkline

WORDS = {"ttft": "TTFT", "tpot": "TPOT", "end_to_end": "end to end"}


def weeks_view(found: dict[str, Any]) -> RenderableType:
    """``found`` as ``planner weeks --json`` prints it."""
    regret = found["regret_usd_per_month"]
    word = "more" if regret >= 0 else "less"
    lines = [
        line((f"{usd(found['usd_per_month'])} USD/month", STRONG), f", planned from the weeks before; with hindsight {usd(found['hindsight_usd_per_month'])}"),
        line(f"{usd(abs(regret))} USD/month {word} than the plan made knowing the week"),
    ]
    for one in found["services"]:
        lines += [Text(""), line((one["name"], STRONG), f"  {amount(one['over_replica_hours'])} replica-hours too many in the week, {amount(one['under_replica_hours'])} too few")]
        lines.append(line("  planned for ", (sparkline(one["forecast"]["high"], 24), FAINT), "  met ", (sparkline(one["actual_per_s"], 24), FAINT)))
        for limit in one["limits"]:
            asked = limit["limit"]
            share = "no requests" if limit["attainment"] is None else f"{100 * limit['attainment']:.2f} % in time"
            state = {True: ("  kept    ", GOOD), False: ("  MISSED  ", BAD), None: ("  not measured  ", WARNING)}[limit["met"]]
            lines.append(line(state, f"{WORDS[asked['metric']]} p{asked['percentile']:g} of {amount(asked['limit_ms'])} ms: {share}"))
    return Group(*lines)
