"""``planner explain``: why a plan is as it is, in sentences with numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_options, put
from planner.cli.parameters import FILE
from planner.errors import CheckFailed, ExitCode

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("explain", epilog="Example: planner explain plan.json")
@click.argument("plan", type=FILE)
@click.option("--from-plan-alone", is_flag=True, help="Solve nothing: leave out what services cost alone and the runners-up.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, plan: str, from_plan_alone: bool, **asked: Any) -> int:
    """Say why PLAN is as it is: what it pays for, what binds, what each service would cost alone, what sharing saves.

    The plan is recomputed first (exit code 7 where it does not hold). What services cost alone, and the next best without
    the accelerator that serves most of a service, are solved again from the problem that the plan carries.
    """
    from planner.analysis.explain import bench_of_plan, explain
    from planner.catalog import load_catalog
    from planner.cli.progress import ProgressLine
    from planner.cli.streams import results_only
    from planner.cli.verify import checked
    from planner.solve import Options

    with ProgressLine() as progress:
        interrupts.phase = lambda: progress.phase
        found, certificate = checked(plan, None, asked["catalog"], asked["overlay"])
        if not certificate.passed:
            failed = next(one for one in certificate.checks if not one.passed)
            raise CheckFailed(f"the plan does not pass the check: {failed.name}: {failed.detail or failed.where}", where=plan, hint=f"planner verify {plan}")
        bench = None
        if not from_plan_alone:
            catalog = load_catalog(asked["catalog"] or found.inputs.catalog_edition, asked["overlay"])
            options = Options(gap=asked["gap"], time_limit_s=asked["time_limit"], backend=asked["backend"], seed=asked["seed"])
            bench = bench_of_plan(found, plan, catalog, options=options, on_progress=progress, stop=interrupts.stop)
        with results_only():
            why = explain(found, bench)
    from planner.report.explanation import explanation_content, explanation_view

    return put(ExitCode.DONE, lambda: explanation_content(why), lambda width: explanation_view(why, width), as_json=asked["as_json"])
