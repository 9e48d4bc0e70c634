"""What the independent check found in a plan, and what no check can find."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from planner.plan.cost import TOTAL
from planner.plan.schema import Certificate, Check, Plan
from planner.report.cell import BAD, FAINT, GOOD, STRONG, cell, line, listed
from planner.report.figures import counted, usd


def certificate_view(plan: Plan, certificate: Certificate, *, everything: bool) -> RenderableType:
    """The verdict, then the checks that failed; every check and the placement with ``everything``."""
    failed = [check for check in certificate.checks if not check.passed]
    sections: list[RenderableType] = [_verdict(plan, certificate, len(failed))]
    if failed:
        sections.append(_table(failed))
    if everything:
        sections.append(listed(_passed(certificate)))
        placed = [line(f"{name}: ", (", ".join(where), FAINT)) for name, where in sorted(certificate.placement.items())]
        sections += [line(("Instances that hold the replicas in the tightest period", STRONG)), listed(placed)] if placed else []
    sections += [line((f"Not checked: {text}.", FAINT)) for text in certificate.cannot_check]
    return Group(*sections)


def _verdict(plan: Plan, certificate: Certificate, failed: int) -> Text:
    count = counted(len(certificate.checks), "check")
    if certificate.passed:
        cost = usd(plan.cost[TOTAL])
        return line(("The plan holds: ", GOOD), f"{count} passed, {cost} USD/month recomputed without the solver.")
    return line(("The plan does not hold: ", BAD), f"{failed} of {count} failed.")


def _passed(certificate: Certificate) -> list[Text]:
    """Names of the checks that passed; those that had nothing to look at apart."""
    passed = [check for check in certificate.checks if check.passed]
    idle = [check.name for check in passed if check.detail]
    busy = [check.name for check in passed if not check.detail]
    worst = max((check for check in passed if not check.detail), key=lambda check: check.worst, default=None)
    lines = [line(("passed: ", GOOD), ", ".join(busy))] if busy else []
    if worst is not None and worst.worst > 0.0:
        lines.append(line((f"largest difference {worst.worst:.1e}, relative: {worst.name} {worst.where}", FAINT)))
    return lines + ([line((f"nothing of the kind in this plan: {', '.join(idle)}", FAINT))] if idle else [])


def _table(checks: list[Check]) -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for check in checks:
        found = "; ".join(text for text in (check.where, check.detail, f"off by {check.worst:.3g}, relative") if text)
        table.add_row(cell("  FAIL", BAD), cell(check.name, STRONG), cell(found))
    return table
