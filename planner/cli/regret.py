"""``planner regret``: plans against scenarios, and robust commitments beside the nominal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.commit import scenarios_of
from planner.cli.parameters import FILE
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("regret", epilog="Example: planner regret problems/15-savings-plan.json --over demand=0.7,1,1.3 --aim regret")
@click.argument("problem", type=FILE)
@click.option("--scenarios", type=FILE, metavar="FILE", help='A list of {"name", "set": {PATH: VALUE}, "weight"}, JSON or YAML.')
@click.option("--over", multiple=True, metavar="PATH=FROM:TO:STEP", help="Scenarios, all weighing the same, as for sweep; of several paths, all combinations.")
@click.option("--aim", type=click.Choice(["mean", "cvar95", "regret"]), default="mean", show_default=True, help="What the robust commitments make least.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, scenarios: str | None, over: tuple[str, ...], aim: str, **asked: Any) -> int:
    """Price the commitments of PROBLEM's plan in scenarios of demand and prices, beside robust ones.

    Commit now, adapt later: commitments, at today's price, are the same in all scenarios, everything else is decided in
    each. Regret is what a scenario costs over its own optimum, had it been known; CVaR 95 is the mean cost of the dearest
    scenarios up to 5 % of the weight.
    """
    if bool(over) == (scenarios is not None):
        raise UsageError("one of --scenarios and --over says which scenarios there are", where="planner regret", hint="--over demand=0.7,1,1.3")
    chosen = scenarios_of(over, scenarios)
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.regret import regret

        found = regret(bench, chosen, aim=aim)
    from planner.report.regret import regret_content, regret_view

    code = code_of(found.base if found.stuck is None else found.stuck[1])
    if code is ExitCode.DONE and not _proven(found, asked["gap"]):
        code = ExitCode.STOPPED_WITH_PLAN
    return put(code, lambda: regret_content(found), lambda width: regret_view(found, width), as_json=asked["as_json"])


def _proven(found: Any, gap: float) -> bool:
    """Whether the robust choice reaches its aim within the gaps of the programs that it took."""
    robust = found.robust
    if robust.expected is None or found.bound is None:
        return False
    reached = {"mean": robust.expected, "cvar95": robust.cvar95, "regret": robust.regret.value}[found.aim]
    # Costs are proven to the gap each, and a regret is the difference of two.
    return reached - found.bound <= 3.0 * max(gap, 1e-9) * max(one for one in (*robust.costs, 1.0))
