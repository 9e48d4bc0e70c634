"""``planner weeks``: a plan made from earlier weeks, replayed on the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.inputs import catalog_options, json_option, read_inputs
from planner.cli.parameters import CONFIDENCE, FILE, GAP, SECONDS
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.replay.weeks import Weeks


@click.command("weeks", epilog="Example: planner weeks problems/07-day.yaml --band 90%")
@click.argument("problem", type=FILE)
@click.option("--band", type=CONFIDENCE, default=0.9, show_default=True, help="Quantile of the rates of each period that is planned for.")
@click.option("--gap", type=GAP, default=1e-3, show_default=True, help="Relative gap to prove of each plan.")
@click.option("--time-limit", type=SECONDS, help="Stop each solve after so many seconds.")
@json_option
@catalog_options
def command(problem: str, as_json: bool, catalog: str | None, overlay: str | None, **asked: Any) -> int:
    """Plan PROBLEM from all weeks of its rates but the last, and replay the last one.

    Shows the forecast band of each service, how its limits were kept in the week that was not planned with, replica-hours
    too many and too few, and what the plan made with hindsight costs. Exit code 7: a limit was missed, or nobody came by whom
    it could be measured.
    """
    loaded, facts = read_inputs(problem, catalog, overlay, False)
    from planner.replay.weeks import replay_weeks
    from planner.solve import Options

    found = content(replay_weeks(loaded, facts, asked["band"], Options(gap=asked["gap"], time_limit_s=asked["time_limit"])))
    code = ExitCode.DONE if found["slo_met"] else ExitCode.CHECK_FAILED
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, **found))
        return code
    from planner.cli.console import show
    from planner.report.weeks import weeks_view

    show(lambda width: weeks_view(found))
    return code


def content(found: Weeks) -> dict[str, Any]:
    """The result as plain data."""
    from dataclasses import asdict

    from planner.plan.cost import TOTAL
    from planner.simulate.tally import verdict

    return {
        "slo_met": verdict(limit.met for week in found.weeks for limit in week.limits),
        "usd_per_month": found.plan.cost[TOTAL],
        "hindsight_usd_per_month": found.hindsight.cost[TOTAL],
        "regret_usd_per_month": found.regret_usd_per_month,
        "services": [
            {
                "name": week.service,
                "forecast": asdict(week.band),
                "actual_per_s": week.actual,
                "over_replica_hours": week.over_replica_hours,
                "under_replica_hours": week.under_replica_hours,
                "limits": [asdict(limit) | {"met": limit.met, "confident": limit.confident} for limit in week.limits],
            }
            for week in found.weeks
        ],
    }
