"""How far the plan is proven, who checked it, and how it was found."""

from __future__ import annotations

from planner.report.figures import amount, percent
from planner.report.page.content import Line, Name, Section, Table
from planner.report.page.reader import Reader


def proof(plan: Reader) -> Section:
    """The bound, the certificate and what no check can find."""
    bound, gap = plan.money("bound_usd_per_month"), plan.figure(percent, "gap")
    lines: list[Line] = []
    if bound is not None and gap is not None:
        lines.append(("No plan of this problem costs less than ", bound, f" {plan.unit}: the gap is ", gap, "."))
    else:
        lines.append(("No lower bound is known.",))
    certificate = plan.get("certificate", default=None)
    parts = []
    if certificate:
        verdict = "passed" if certificate["passed"] else "did not pass"
        lines.append(("The check without the solver ", verdict, ": ", plan.derived(amount, "checks"), " checks."))
        rows = tuple(
            (Name(one["name"]), "passed" if one["passed"] else "FAILED", plan.figure(_tiny, "certificate", "checks", at, "worst"),
             Name(one["where"]), Name(one["detail"]))
            for at, one in enumerate(certificate["checks"])
        )  # fmt: skip
        parts.append(Table("Checks", ("check", "verdict", "largest difference, relative", "where", "remark"), rows, (2,), folded=certificate["passed"]))
        lines += [("Not checked: ", Name(text), ".") for text in certificate.get("cannot_check", ())]
    else:
        lines.append(("The plan carries no certificate.",))
    parts.append(Table("How it was found", ("what", "value"), _found(plan), folded=True))
    return Section("proof", "Proof and check", tuple(lines), tuple(parts))


def _tiny(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def _found(plan: Reader) -> tuple:
    names = ("backend", "version", "method", "message")
    counts = ("seconds", "columns", "rows", "nonzeros", "integers", "nodes", "gap_asked")
    rows = [(name.replace("_", " "), Name(plan.get("solver", name))) for name in names if plan.get("solver", name)]
    rows += [(name.replace("_", " "), plan.quantity("solver", name)) for name in counts if plan.quantity("solver", name) is not None]
    facts = ("catalog_edition", "catalog_digest", "problem_digest", "overlay_digest", "planner_version")
    rows += [(name.replace("_", " "), Name(plan.get("inputs", name))) for name in facts if plan.get("inputs", name)]
    return tuple(rows)
