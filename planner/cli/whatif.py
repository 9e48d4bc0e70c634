"""``planner whatif``: the difference that changes make, against the proven plan of the problem as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.parameters import FILE
from planner.cli.plan_file import plan_file
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("whatif", epilog="Example: planner whatif problems/02-chat.json --set services.chat.slo.ttft_ms.p95=500 --set demand=+20%")
@click.argument("problem", type=FILE)
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="A change: absolute, +20%, -20% or *1.2; may be repeated.")
@click.option("--without", "left_out", multiple=True, metavar="NAME", help="Leave out a provider, vendor, region or accelerator; may be repeated.")
@click.option("--base", type=FILE, metavar="PLAN", help="A plan of PROBLEM solved before, at whatever gap; without it PROBLEM is solved first.")
@click.option("--quick", is_flag=True, help="Stop after the first answer, an upper estimate from few candidates.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, settings: tuple[str, ...], left_out: tuple[str, ...], base: str | None, quick: bool, **asked: Any) -> int:
    """Solve PROBLEM as it is and after changes, and show what moves, what it costs and why.

    Paths are those of `planner schema`; members of lists go by name, patterns take several, and a unit at the end may be
    left out. `demand` scales every service's rates, `offers.<pattern>.spot` and its like change prices. Every difference
    carries the interval in which the true one lies; where it straddles zero its sign is not proven. A plan given by --base is
    recomputed first: exit code 7 where it does not hold.
    """
    if not settings and not left_out:
        raise UsageError("there is no change to try", where="planner whatif", hint="--set PATH=VALUE or --without NAME")
    from planner.problem.patch import parsed

    changes = parsed(settings)
    known = None if base is None else plan_file(base, asked["catalog"], asked["overlay"]).plan
    with bench_of(problem, asked, interrupts) as bench:
        if known is not None:
            bench.take(known)
        from planner.analysis.whatif import what_if
        from planner.problem.without import without

        after = without(bench.after(*changes), left_out, bench.catalog)
        found = what_if(bench, after, changes, quick=quick, first=_say, left_out=left_out)
    from planner.report.what_if import what_if_content, what_if_view
    from planner.solve import Infeasible

    # That the problem as it is has no plan is often why one asks: then the answer to the changes decides.
    code = code_of(found.after) if isinstance(found.base, Infeasible) else code_of(found.base, found.after)
    if quick and found.proof == "upper_estimate" and code is ExitCode.STOPPED_WITH_PLAN:
        code = code_of(found.base)  # the estimate was asked for
    return put(code, lambda: what_if_content(found), lambda width: what_if_view(found, width), as_json=asked["as_json"])


def _say(estimate: Any) -> None:
    """The first answer, while the program is solved to its gap."""
    from planner.cli.streams import say
    from planner.report.figures import usd

    most = "unknown" if estimate.most is None else usd(estimate.most)
    say(f"first estimate: at most {most} USD/month more than now; solving on to the gap")
