"""``planner profile plan``: which few measurements would tighten a plan most."""

from __future__ import annotations

import click

from planner.cli.inputs import catalog_options, json_option, read_inputs, strict_option
from planner.cli.parameters import CONFIDENCE, GAP, SECONDS
from planner.cli.parameters import FILE
from planner.errors import ExitCode


@click.command("plan", epilog="Example: planner profile plan problems/02-chat.json")
@click.argument("problem", type=FILE)
@click.option("--confidence", type=CONFIDENCE, default=0.9, show_default=True, help="Of the safe plan that measurements make cheaper.")
@click.option("--most", type=click.IntRange(1, 50), default=5, show_default=True, help="Configurations to try, each with a solve.")
@click.option("--gap", type=GAP, default=1e-3, show_default=True, help="Relative gap of each solve.")
@click.option("--time-limit", type=SECONDS, help="Seconds for each solve.")
@json_option
@catalog_options
@strict_option
def command(
    problem: str, confidence: float, most: int, gap: float, time_limit: float | None, as_json: bool, catalog: str | None,
    overlay: str | None, strict: bool,
) -> int:
    """Rank configurations by what a measurement of each would save on a plan that is safe against wrong predictions.

    PROBLEM is solved with the nominal predictions, with the safe and the optimistic end of their bands, and once for each
    configuration in use as if a benchmark had confirmed its prediction.
    """
    from planner.analysis.worth_measuring import worth_measuring
    from planner.cli.streams import results_only, say
    from planner.solve import Options

    loaded, facts = read_inputs(problem, catalog, overlay, strict)
    options = Options(gap=gap, time_limit_s=time_limit)
    with results_only():
        found = worth_measuring(loaded.problem, facts, options, confidence=confidence, most=most, tell=lambda text: say(f"solving: {text}"))
    code = ExitCode.STOPPED_WITHOUT if found.nominal_usd_per_month is None and found.safe_usd_per_month is None else ExitCode.DONE
    if as_json:
        from dataclasses import asdict

        from planner.cli.outcome import document, write_json

        write_json(document(code, **asdict(found)))
        return code
    from planner.cli.console import show
    from planner.report.profiles import worth_view

    show(lambda width: worth_view(found, width))
    return code
