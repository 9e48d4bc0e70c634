"""What a simulation said of a plan, and what each tightening cost."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from planner.plan.schema import Plan
from planner.plan.simulation import Round, SimulatedLimit
from planner.report.cell import BAD, FAINT, GOOD, STRONG, WARNING, line
from planner.report.figures import amount, usd

#: Plans on the way that are shown of each kind: the first and the last.
MOST_SHOWN = 7
WORDS = {"ttft_ms": "TTFT", "tpot_ms": "TPOT", "end_to_end_ms": "end to end"}


def simulated_lines(plan: Plan) -> list[Text]:
    """The score, each limit that is not surely kept, and the plans on the way; nothing where nothing was simulated."""
    found = plan.simulation
    if found is None:
        return []
    missed = [one for one in found.limits if not _kept(one)]
    if not found.held_where_picked:
        lines = [line(("Simulated: no plan was found that keeps its limits", BAD), f" on {found.picked_on}. This one comes nearest.")]
    elif not found.limits:
        lines = [line(("Simulated", WARNING), ": no limit is stated, so none can be missed.")]
    elif plan.simulated:
        lines = [line(("Simulated", GOOD), f": every limit is kept with 95 % confidence on {found.requests}.")]
    elif any(not one.requests for one in missed) and all(_reached(one) or not one.requests for one in missed):
        lines = [line(("Simulated: not every limit was measured", WARNING), f", with {found.requests}.")]
    elif all(_reached(one) for one in missed):
        lines = [line(("Simulated: the limits were kept, but not surely", WARNING), f": too few requests, or too bursty, on {found.requests}.")]
    else:
        lines = [line(("Simulated: the plan does not hold", BAD), f" on {found.requests}.")]
    if found.picked_on is not None and found.limits:
        lines.append(line((f"  picked on {found.picked_on}; scored once on what it had not met", FAINT)))
    lines += [_limit(one) for one in missed]
    lines += _way(found.rounds) if len(found.rounds) > 1 else []
    lines.append(line(("  proven for the shares of saturation as simulated, which the plan states", FAINT)))
    return lines


def _kept(one: SimulatedLimit) -> bool:
    return one.lower_bound is not None and one.lower_bound >= one.percentile / 100.0


def _reached(one: SimulatedLimit) -> bool:
    return one.attainment is not None and one.attainment >= one.percentile / 100.0


def _way(rounds: Sequence[Round]) -> list[Text]:
    """What each tightening cost: the plans on the way, by what their shares rest on, in order."""
    lines = [line(f"  {len(rounds)} plans on the way, USD/month:")]
    for basis in dict.fromkeys(one.basis for one in rounds):
        said = list(dict.fromkeys((usd(one.usd_per_month), "missed" if one.missed else "kept") for one in rounds if one.basis == basis))
        shown: list[tuple[str, str] | None] = [*said] if len(said) <= MOST_SHOWN else [*said[:3], None, *said[3 - MOST_SHOWN :]]
        text = line((f"    {basis or 'shares'}: ", FAINT))
        for number, one in enumerate(shown):
            text.append_text(line(" → " if number else "", *((("…", FAINT),) if one is None else ((one[0], STRONG), (f" {one[1]}", FAINT)))))
        lines.append(text)
    return lines


def _limit(one: SimulatedLimit) -> Text:
    reached = "not reached" if one.measured_ms is None else f"{amount(one.measured_ms)} ms"
    where = (f" in {one.period}" if one.period else "") + (f" after loss of {one.lost}" if one.lost else "")
    name = f"  {one.service}{where} {WORDS[one.metric]} p{one.percentile:g}: {reached} of {amount(one.limit_ms)} ms"
    if one.attainment is None or one.lower_bound is None:
        return line((name.partition(":")[0], WARNING), ": not measured, nobody asked" if not one.requests else ": unknown")
    return line((name, WARNING), f", {100 * one.attainment:.2f} % in time of {one.requests:,}, surely {100 * one.lower_bound:.2f} %")
