"""What a simulation said of a plan, and what each tightening cost."""

from __future__ import annotations

from rich.text import Text

from planner.plan.schema import Plan
from planner.plan.simulation import SimulatedLimit
from planner.report.cell import BAD, FAINT, GOOD, STRONG, WARNING, line
from planner.report.figures import amount, usd

WORDS = {"ttft_ms": "TTFT", "tpot_ms": "TPOT", "end_to_end_ms": "end to end"}


def simulated_lines(plan: Plan) -> list[Text]:
    """The verdict, each limit that is not surely kept, and the plans on the way; nothing where nothing was simulated."""
    found = plan.simulation
    if found is None:
        return []
    missed = [one for one in found.limits if not _kept(one)]
    if plan.simulated:
        lines = [line(("Simulated", GOOD), f": every limit is kept with 95 % confidence on {found.requests}.")]
    else:
        lines = [line(("Simulated: the limits are not surely kept", BAD), f" on {found.requests}.")]
    lines += [_limit(one) for one in missed]
    if len(found.rounds) > 1:
        steps = [line("  plans on the way: ")]
        for number, one in enumerate(found.rounds):
            word = ", ".join((*(("queueing rule",) if one.first else ()), "missed" if one.missed else "kept"))
            steps[0].append_text(line(" → " if number else "", (usd(one.usd_per_month), STRONG), (f" ({word})", FAINT)))
        lines += steps
    lines.append(line(("  proven for the shares of saturation as simulated, which the plan states", FAINT)))
    return lines


def _kept(one: SimulatedLimit) -> bool:
    return one.lower_bound is None or one.lower_bound >= one.percentile / 100.0


def _limit(one: SimulatedLimit) -> Text:
    reached = "not reached" if one.measured_ms is None else f"{amount(one.measured_ms)} ms"
    name = f"  {one.service} {WORDS[one.metric]} p{one.percentile:g}: {reached} of {amount(one.limit_ms)} ms"
    return line((name, WARNING), f", {100 * (one.attainment or 0):.2f} % in time, surely {100 * (one.lower_bound or 0):.2f} %")
