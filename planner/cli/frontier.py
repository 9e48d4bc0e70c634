"""``planner frontier``: cost against carbon, latency, quality or spot risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.parameters import FILE, GAP
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("frontier", epilog="Example: planner frontier problems/09-carbon.json --between cost,carbon")
@click.argument("problem", type=FILE)
@click.option("--between", default="cost,carbon", show_default=True, metavar="A,B", help="cost and one of carbon, latency, quality, spot (risk).")
@click.option("--step", type=GAP, default=0.02, show_default=True, help="Narrowest box between two points, of the whole span.")
@click.option("--most", type=click.IntRange(2, 1000), default=160, show_default=True, help="Solves at most.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, between: str, step: float, most: int, **asked: Any) -> int:
    """List the plans of PROBLEM that no other one beats in both of two objectives, the cheapest first, and mark the knee.

    Where both depend on whole numbers alone every such plan is listed. Otherwise both ends and all plans that are cheapest at some
    price of the other objective are, and between any two points what else there may be lies in a box that is proven empty or
    narrower than --step; of latency the ends are narrowed to a ten-thousandth.
    """
    names = [name.strip().removesuffix(" risk") for name in between.split(",")]
    if step <= 0:
        raise UsageError("a box has some width", where="--step", hint="--step 0.02 or 2%")
    if len(names) != 2 or "cost" not in names:
        raise UsageError("the plan is traded between cost and one thing more", where="--between", hint="--between cost,carbon")
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.frontier import frontier

        found = frontier(bench, next(name for name in names if name != "cost") if names != ["cost", "cost"] else "cost", step=step, most=most)
    from planner.report.frontier import frontier_content, frontier_view

    code = code_of(found.base)
    if not found.points and code is ExitCode.DONE:
        code = ExitCode.STOPPED_WITHOUT
    return put(code, lambda: frontier_content(found), lambda width: frontier_view(found, width), as_json=asked["as_json"])
