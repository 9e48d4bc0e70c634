"""``planner showback``: what a plan costs each service or team, at list, contracted and effective price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.parameters import FILE
from planner.cli.plan_file import plan_file
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("showback", epilog="Example: planner showback problems/08-fleet.json --by service")
@click.argument("file", metavar="PROBLEM|PLAN", type=FILE)
@click.option("--by", type=click.Choice(["service", "team"]), default="team", show_default=True, help="A line for each team or each service.")
@click.option("--rule", type=click.Choice(["spread", "whole"]), default="spread", show_default=True, help="Who carries empty slots and has the savings of commitments.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, file: str, by: str, rule: str, **asked: Any) -> int:
    """Split the cost of a plan, or of the best plan of a problem, between services or teams.

    Three prices: the seller's list price, the contracted one (private discounts, no commitments), and the effective one,
    whose lines sum to the plan's total to the cent. With --rule spread those who stand on an instance carry its empty slots
    and share its commitments; with --rule whole both stand on a line of their own. A plan is recomputed first: exit code 7
    where it does not hold.
    """
    if _is_plan(file):
        read = plan_file(file, asked["catalog"], asked["overlay"])
        plan, problem, catalog, listed = read.plan, read.problem, read.catalog, read.listed
        code = ExitCode.DONE if plan.proven else ExitCode.STOPPED_WITH_PLAN
    else:
        with bench_of(file, asked, interrupts) as bench:
            answer = bench.base()
        if not hasattr(answer, "plan"):
            from planner.report.no_plan import answer_content, answer_view

            return put(code_of(answer), lambda: answer_content(answer) | {"status": _word(answer)}, lambda width: answer_view(answer), as_json=asked["as_json"])
        from planner.catalog import load_catalog

        plan, problem, catalog, code = answer.plan, bench.loaded.problem, bench.catalog, code_of(answer)
        listed = load_catalog(asked["catalog"] or problem.catalog)
    from planner.analysis.showback import showback
    from planner.report.showback import showback_content, showback_view

    found = showback(plan, problem, catalog, listed, by=by, rule=rule)
    return put(code, lambda: showback_content(found), lambda width: showback_view(found, width), as_json=asked["as_json"])


def _is_plan(file: str) -> bool:
    """A plan carries its inputs and its cost; a problem has neither."""
    from planner.documents import read

    data = read(file).data
    return isinstance(data, dict) and "inputs" in data and "cost" in data


def _word(answer: Any) -> str:
    from planner.cli.outcome import STATUS

    return STATUS[code_of(answer)]
