"""``planner compare``: build or buy on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, put
from planner.cli.parameters import FILE
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("compare", epilog="Example: planner compare problems/20-provider-api.json")
@click.argument("problem", type=FILE)
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, **asked: Any) -> int:
    """The best plan of PROBLEM of each kind: all by provider APIs, all serverless, self-hosted on demand, self-hosted any way, mixed.

    Each with its cost by million tokens and thousand requests and how busy what is paid for is; between neighbours, the demand
    at which they change places, solved again on both sides. Policies, places and latency limits of PROBLEM hold for all kinds.
    """
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.compare import KINDS, compare

        found = compare(bench)
    from planner.report.comparison import comparison_content, comparison_view

    plans = [kind.plan for kind in found.kinds if kind.plan is not None]
    proven = all(plan.proven for plan in plans)
    code = ExitCode.INFEASIBLE if not plans else ExitCode.DONE if proven else ExitCode.STOPPED_WITH_PLAN
    return put(code, lambda: comparison_content(found), lambda width: comparison_view(found, width, KINDS), as_json=asked["as_json"])
