"""``planner replan``: from what runs today, the cheapest plan within so many changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.output import refuse_output
from planner.cli.parameters import FILE
from planner.cli.plan_file import plan_file

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("replan", epilog="Example: planner replan problems/02-chat.json --from plan.json --max-changes 2")
@click.argument("problem", type=FILE)
@click.option("--from", "running", type=FILE, required=True, metavar="PLAN", help="The plan that runs today.")
@click.option("--max-changes", type=click.IntRange(0, 100_000), help="Deployments that may be started, stopped or resized; without it any number.")
@click.option("--recommit", is_flag=True, help="Choose commitments anew; without it those that PLAN bought are held and paid on.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Also write the plan to a file.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, running: str, max_changes: int | None, recommit: bool, output: str | None, **asked: Any) -> int:
    """Re-plan PROBLEM from what runs today: what to start, stop and keep, and what each further change saves.

    A change is a deployment (a configuration of a service in a pool, firm or spot) that is started, stopped or resized. The
    work it takes and the hours in which what starts runs beside what still serves are part of the cost, as
    existing.migration states them. PLAN is recomputed first: exit code 7 where it does not hold.
    """
    refuse_output(output, (problem, running, asked["overlay"]))
    today = plan_file(running, asked["catalog"], asked["overlay"])
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.replan import replan

        found = replan(bench, today.plan, today.problem, today.catalog, max_changes=max_changes, recommit=recommit)
    from planner.report.replan import replan_content, replan_view

    if output is not None and hasattr(found.chosen.answer, "plan"):
        from planner.plan.write import write_plan

        write_plan(found.chosen.answer.plan, output)
    return put(code_of(found.chosen.answer), lambda: replan_content(found), lambda width: replan_view(found, width), as_json=asked["as_json"])
