"""``planner replan``: from what runs today to a better plan, with what moving costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.parameters import FILE, Number
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts

HOURS = Number("HOURS", 0.0, 10_000.0, what="hours, such as 2")


@click.command("replan", epilog="Example: planner replan problems/02-chat.json --from plan.json --max-changes 2")
@click.argument("problem", type=FILE)
@click.option("--from", "today", type=FILE, required=True, metavar="PLAN", help="The plan that runs today.")
@click.option("--max-changes", type=click.IntRange(0, 1_000_000), metavar="N", help="Instances started and stopped at most.")
@click.option("--migration-hours", type=HOURS, default=1.0, show_default=True, help="How long an instance started runs beside what it replaces.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, today: str, max_changes: int | None, migration_hours: float, **asked: Any) -> int:
    """Solve PROBLEM from what runs today: what to start, stop and keep, and the cheapest plan within so many changes.

    Every instance that is started is paid for the migration hours beside what it replaces; that is spread over the horizon
    and minimised with the rest. Exit code 4: no plan lies within so many changes.
    """
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.replan import replan
        from planner.plan.read import read_plan

        found = replan(bench, read_plan(today), most=max_changes, hours=migration_hours)
    from planner.report.replan import replan_content, replan_view

    code = code_of(found.base)
    if found.chosen is None and code is ExitCode.DONE:
        code = ExitCode.INFEASIBLE
    return put(code, lambda: replan_content(found), lambda width: replan_view(found, width), as_json=asked["as_json"])
