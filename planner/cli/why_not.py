"""``planner why-not``: why an option is not in the plan, and what it would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.parameters import FILE

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("why-not", epilog="Example: planner why-not problems/02-chat.json --use 'L40S for chat'")
@click.argument("problem", type=FILE)
@click.option("--use", required=True, metavar="OPTION", help="'L40S for chat', 'p5.4xlarge@us-east-1', 'fp8 on H100 for chat'.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, use: str, **asked: Any) -> int:
    """Name the rule that an option breaks, with what is reached and allowed, or the cost of forcing it in.

    Then every limit of which the smallest change alone would bring it in, with what the plan costs there with and without it
    (or the limits that must move together before it can serve at all), and by each price that may be paid for it the part of
    today's at which the service starts to use it and at which nothing else serves it: those of ``planner price --option``.
    """
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.why_not import why_not

        found = why_not(bench, use)
    from planner.report.why_not import why_not_content, why_not_view

    return put(code_of(found[0].base), lambda: why_not_content(found), lambda width: why_not_view(found, width), as_json=asked["as_json"])
