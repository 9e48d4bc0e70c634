"""The budget gate of ``solve``: one line and an exit code that a pipeline can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from planner.cli.parameters import FILE, INCREASE, USD
from planner.errors import CheckFailed, ExitCode, UsageError

if TYPE_CHECKING:
    from planner.plan.schema import Plan


@dataclass(frozen=True)
class Gate:
    """A limit on the plan's cost that decides the exit code, not the plan.

    limit_usd_per_month  the lowest of what the options ask
    basis                in words, where it comes from
    """

    limit_usd_per_month: float
    basis: str


def gate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--max-cost``, ``--max-increase`` and ``--against``."""
    for option in (
        click.option("--against", type=FILE, metavar="PLAN", help="The plan that --max-increase is measured against."),
        click.option("--max-increase", type=INCREASE, help="Gate: exit 8 when the cost rises by more, such as 5%."),
        click.option("--max-cost", type=USD, help="Gate: exit 8 when the plan costs more a month."),
    ):
        command = option(command)
    return command


def gate_of(asked: dict[str, Any]) -> Gate | None:
    """The gate that the options describe; None without one."""
    if (asked["max_increase"] is None) != (asked["against"] is None):
        raise UsageError("--max-increase and --against go together", hint="--max-increase 5% --against plan.json")
    gates = []
    if asked["max_cost"] is not None:
        gates.append(Gate(asked["max_cost"], "--max-cost"))
    if asked["against"] is not None:
        gates.append(_against(asked["against"], asked["max_increase"], asked))
    return min(gates, key=lambda gate: gate.limit_usd_per_month, default=None)


def report_gate(gate: Gate, plan: Plan, code: ExitCode, *, as_json: bool) -> int:
    """Prints the gate's one line; exit code 8 when the plan costs more, else the plan's own.

    With ``--json`` a plan that passes is printed whole and the line goes to standard error.
    """
    from planner.cli.outcome import error_document, write_json, write_json_text
    from planner.cli.streams import say, write_result
    from planner.plan.cost import TOTAL
    from planner.plan.write import plan_text
    from planner.report.gate import gate_line

    cost, limit = plan.cost[TOTAL], gate.limit_usd_per_month
    passed = within(cost, limit)
    line = gate_line(cost, limit, gate.basis, passed=passed, bound=plan.bound_usd_per_month, proven=plan.proven)
    if not as_json:
        write_result(f"{line}\n")
        return code if passed else ExitCode.GATE_FAILED
    say(line)
    if passed:
        write_json_text(plan_text(plan))
        return code
    content = error_document(ExitCode.GATE_FAILED, [{"path": gate.basis, "code": "over_limit", "message": line}])
    figures = {"cost_usd_per_month": cost, "limit_usd_per_month": limit, "bound_usd_per_month": plan.bound_usd_per_month}
    write_json({**content, **figures, "gap": plan.gap, "proven": plan.proven})
    return ExitCode.GATE_FAILED


# Money is compared on the unrounded sum with this relative slack, as everywhere else.
_SLACK = 1e-9


def within(cost: float, limit: float) -> bool:
    """Whether a cost keeps to a limit, both in USD per month."""
    return cost <= limit * (1.0 + _SLACK)


def _against(path: str, increase: float, asked: dict[str, Any]) -> Gate:
    """A plan that does not hold is no measure: its figures are recomputed first."""
    from planner.cli.verify import checked
    from planner.documents.clean import visible
    from planner.plan.cost import TOTAL
    from planner.report.figures import percent, usd

    plan, certificate = checked(path, None, asked["catalog"], asked["overlay"])
    if not certificate.passed:
        failed = next(check.name for check in certificate.checks if not check.passed)
        raise CheckFailed(f"the plan to compare with does not hold: {failed}", where=path, hint=f"planner verify {path}")
    before = plan.cost[TOTAL]
    return Gate(before * (1.0 + increase), f"{percent(increase)} over {usd(before)} of {visible(path)}")
