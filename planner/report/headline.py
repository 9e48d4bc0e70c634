"""The answer in one sentence, how far it is proven, and who checked it."""

from __future__ import annotations

from rich.text import Text

from planner.plan.cost import TOTAL
from planner.plan.schema import Plan, Safety
from planner.plan.shadow import Shadow
from planner.plan.waiting import Waiting
from planner.report.cell import BAD, FAINT, GOOD, STRONG, WARNING, line
from planner.report.figures import amount, counted, level, percent, usd
from planner.report.simulated import simulated_lines

# Money is compared with this relative slack, so a smaller gap is none.
NO_GAP = 1e-9


def headline(plan: Plan) -> list[Text]:
    """Two or three lines: the cost, the proof, the size of the question."""
    what = "Cheapest deployment" if plan.proven else "Best deployment found"
    lines = [line((f"{what}: ", STRONG), (f"{usd(plan.cost[TOTAL])} USD/month", STRONG))]
    lines.append(line(_proof(plan), ". ", _check(plan)))
    lines += simulated_lines(plan)
    if plan.safety is not None:
        lines.append(_safety(plan.safety))
    if plan.waiting is not None:
        lines.append(_waiting(plan.waiting))
    if plan.shadow is not None:
        lines.append(_shadow(plan.shadow))
    paid = plan.inputs.problem.get("paid_now_usd_per_month")
    if paid is not None:
        lines.append(_saving(plan.cost[TOTAL], paid))
    if not plan.deterministic:
        lines.append(line(("The clock or a signal ended the search: another run may end with another plan.", WARNING)))
    lines.append(line((_size(plan), FAINT)))
    return lines


def _proof(plan: Plan) -> Text:
    bound = plan.bound_usd_per_month
    if plan.proven and plan.gap is not None:
        if plan.gap <= NO_GAP:
            return line(("Proven optimal", GOOD), ": no plan costs less")
        if bound is not None and usd(bound) == usd(plan.cost[TOTAL]):
            return line(("Proven optimal", GOOD), " to the cent")
        return line(("Proven optimal", GOOD), f" within {percent(plan.gap)}: no plan costs less than {usd(bound or 0.0)}")
    if plan.gap is None or bound is None:
        return line(("Not proven", WARNING), ": no lower bound is known")
    return line(("Not proven", WARNING), f": at most {percent(plan.gap)} could be saved (no plan costs less than {usd(bound)})")


def _check(plan: Plan) -> Text:
    certificate = plan.certificate
    if certificate is None:
        return line(("Not checked.", BAD) if not plan.checked else ("Checked without the solver.", GOOD))
    if certificate.passed:
        return line(("Checked", GOOD), f" without the solver: {counted(len(certificate.checks), 'check')} passed.")
    failed = [check.name for check in certificate.checks if not check.passed]
    return line(("The check failed", BAD), f": {', '.join(failed)}.")


def _safety(safety: Safety) -> Text:
    """What the stated confidence costs."""
    stated = sorted(set(safety.confidence.values()))
    how = level(stated[0]) if len(stated) == 1 else f"{level(stated[0])} to {level(stated[-1])}"
    begin = f"Planned so that each prediction holds in {how} of cases: "
    if safety.extra_usd_per_month is None or safety.nominal_usd_per_month is None:
        return line(begin, (f"what that costs is not known, {safety.message}", WARNING))
    share = f" ({percent(safety.extra_usd_per_month / safety.nominal_usd_per_month)})" if safety.nominal_usd_per_month > 0 else ""
    return line(begin, (f"{usd(safety.extra_usd_per_month)} USD/month{share}", STRONG),
                f" more than the nominal plan of {usd(safety.nominal_usd_per_month)}.")


def _saving(cost: float, paid: float) -> Text:
    """Against what is paid today."""
    word = "less" if cost <= paid else "more"
    share = f" ({percent(abs(paid - cost) / paid)})" if paid > 0.0 else ""
    return line((f"{usd(abs(paid - cost))} USD/month{share}", STRONG), f" {word} than the {usd(paid)} paid today.")


def _waiting(waiting: Waiting) -> Text:
    """What it saves to let work wait."""
    begin = "Letting work wait within its window saves "
    if waiting.saved_usd_per_month is None:
        return line(begin, (f"an amount that is not known: {waiting.message}", WARNING))
    carbon = waiting.saved_carbon_kg_per_month
    also = "" if carbon is None else f" and {amount(round(carbon, 1))} kgCO2e/month" if carbon >= 0 else (
        f", for {amount(round(-carbon, 1))} kgCO2e/month more"
    )
    return line(begin, (f"{usd(waiting.saved_usd_per_month)} USD/month{also}", STRONG),
                f" against {usd(waiting.as_it_comes_usd_per_month)} where it is served as it comes.")


def _shadow(shadow: Shadow) -> Text:
    """What mirroring costs."""
    begin = f"Mirroring requests to {', '.join(shadow.services)} costs "
    if shadow.extra_usd_per_month is None:
        return line(begin, (f"an amount that is not known: {shadow.message}", WARNING))
    return line(begin, (f"{usd(shadow.extra_usd_per_month)} USD/month", STRONG),
                f" over the horizon, against {usd(shadow.without_usd_per_month)} where nothing is mirrored.")


def _size(plan: Plan) -> str:
    services, periods = len(plan.services), len(plan.periods)
    months = plan.inputs.problem.get("horizon", {}).get("months")
    facts = [counted(services, "service"), counted(periods, "period")]
    if months is not None:
        facts.append(f"horizon of {counted(months, 'month')}")
    if plan.routing != "divisible":
        facts.append(f"routing in {'slices' if plan.routing == 'slices' else 'slices and divisible'}")
    facts.append(f"catalogue {plan.inputs.catalog_edition}")
    return ", ".join(facts)
