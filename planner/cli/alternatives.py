"""``planner alternatives``: near-optimal plans that really differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.parameters import FILE, GAP

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("alternatives", epilog="Example: planner alternatives problems/02-chat.json --within 5%")
@click.argument("problem", type=FILE)
@click.option("--within", type=GAP, default=0.03, show_default=True, help="Of the cheapest plan's cost, such as 3%.")
@click.option("--count", type=click.IntRange(1, 20), default=3, show_default=True, help="Plans at most.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, within: float, count: int, **asked: Any) -> int:
    """Find plans that cost little more than the cheapest of PROBLEM and share as few deployments with it as possible.

    A deployment is a service in a pool, firm or spot. Each plan shares the fewest with all before it.
    """
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.alternatives import alternatives

        found = alternatives(bench, within=within, most=count)
    from planner.report.alternatives import alternatives_content, alternatives_view

    return put(code_of(found.base), lambda: alternatives_content(found), lambda width: alternatives_view(found, width), as_json=asked["as_json"])
