"""``planner check``: a problem examined without solving it."""

from __future__ import annotations

import click

from planner.cli.inputs import catalog_options, json_option, read_inputs, strict_option
from planner.cli.parameters import FILE
from planner.errors import ExitCode


@click.command("check", epilog="Example: planner check problems/02-chat.json")
@click.argument("problem", type=FILE)
@json_option
@catalog_options
@strict_option
@click.option("-v", "--verbose", is_flag=True, help="Also every set of rules, every closest miss, and pools left out.")
def command(problem: str, as_json: bool, catalog: str | None, overlay: str | None, strict: bool, verbose: bool) -> int:
    """Validate PROBLEM and say, for each service, which rules left which options out and the closest miss.

    Exit code 3: the problem is invalid. 4: a service has nothing to choose from.
    """
    loaded, facts = read_inputs(problem, catalog, overlay, strict)
    from planner.candidates.report import check_report
    from planner.cli.freshness import prices_of, say_old_prices
    from planner.report.options import options_content
    from planner.solve import judged

    stated = judged(loaded.problem, facts)
    say_old_prices(facts, prices_of(stated.pools), "to choose from")
    report = options_content(check_report(stated.choices))
    code = ExitCode.DONE if all(service["kept"] for service in report["services"]) else ExitCode.INFEASIBLE
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, **report))
    else:
        from planner.cli.console import show
        from planner.report.options import options_view

        show(lambda width: options_view(report, everything=verbose))
    return code
